"""The picture of a result: a bar per way, the night's bar divided by what it went to.

Belongs here: drawing. Does not belong here: choosing the figures (`report`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LEFT, _RIGHT = 980, 250, 110
_BAR, _STEP, _HEAD = 20, 30, 46
_COLOURS = (
    ("#7d8794", "#9aa4b1"), ("#b58900", "#e0b84a"), ("#9a6412", "#d89a4a"), ("#2f5d8a", "#6fa5da"),
    ("#6c4a8a", "#b08fd4"), ("#3f7040", "#7fbf82"), ("#1f7a7a", "#63c2c2"), ("#a33b3b", "#e58080"),
    ("#4a5a9a", "#93a3ea"), ("#b9b9b0", "#5c5c55"),
)  # fmt: skip
_STYLE = """
    .page { fill: #fdfdfb; stroke: #d5d5cf } .name { fill: #1a1a1a; font-size: 16px; font-weight: 600 }
    .text { fill: #333; font-size: 13.5px } .bar { fill: #8f9aa8 }"""
_DARK = """
      .page { fill: #15181c; stroke: #3a3f46 } .name { fill: #f2f2f0 } .text { fill: #d8d8d4 } .bar { fill: #77828f }"""


@dataclass(frozen=True)
class Bar:
    """One way: processor seconds, in parts where they are known; a note stands in the place of a bar."""

    label: str
    parts: Sequence[float]
    note: str | None = None


@dataclass(frozen=True)
class Panel:
    """The bars of one size, drawn on one scale."""

    title: str
    bars: Sequence[Bar]


def drawn(title: str, panels: Sequence[Panel], legend: Sequence[str]) -> str:
    """The picture as SVG; colours follow the reader's light or dark setting."""
    body: list[str] = []
    y = 20
    for panel in panels:
        body += _panel(panel, y)
        y += _HEAD + _STEP * len(panel.bars) + 14
    body += _legend(legend, y)
    height = y + 26 * -(-len(legend) // 4) + 20
    style = _STYLE + "".join(f" .p{i} {{ fill: {light} }}" for i, (light, _) in enumerate(_COLOURS))
    dark = _DARK + "".join(f" .p{i} {{ fill: {dark} }}" for i, (_, dark) in enumerate(_COLOURS))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
            " font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\">",
            f"  <title>{escape(title)}</title>",
            f"  <style>{style}\n    @media (prefers-color-scheme: dark) {{{dark}\n    }}\n  </style>",
            f'  <rect class="page" x="1" y="1" width="{_WIDTH - 2}" height="{height - 2}" rx="8"/>',
            *(f"  {line}" for line in body),
            "</svg>",
            "",
        ]
    )


def _panel(panel: Panel, y: int) -> list[str]:
    longest = max(sum(bar.parts) for bar in panel.bars) or 1.0
    room = _WIDTH - _LEFT - _RIGHT
    found = [f'<text class="name" x="24" y="{y + 18}">{escape(panel.title)}</text>']
    for number, bar in enumerate(panel.bars):
        top = y + _HEAD - 10 + number * _STEP
        found.append(
            f'<text class="text" x="{_LEFT - 12}" y="{top + 15}" text-anchor="end">{escape(bar.label)}</text>'
        )
        x = float(_LEFT)
        for index, part in enumerate(bar.parts):
            if not part:
                continue
            width = room * part / longest
            kind = "bar" if len(bar.parts) == 1 else f"p{index % len(_COLOURS)}"
            found.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{top}" width="{max(width, 0.5):.1f}" height="{_BAR}"/>'
            )
            x += width
        text = bar.note or f"{sum(bar.parts):,.1f} s"
        found.append(f'<text class="text" x="{x + 8:.1f}" y="{top + 15}">{escape(text)}</text>')
    return found


def _legend(labels: Sequence[str], y: int) -> list[str]:
    found = []
    for index, label in enumerate(labels):
        x, top = 24 + 236 * (index % 4), y + 26 * (index // 4)
        found.append(f'<rect class="p{index % len(_COLOURS)}" x="{x}" y="{top}" width="14" height="14"/>')
        found.append(f'<text class="text" x="{x + 22}" y="{top + 12}">{escape(label)}</text>')
    return found
