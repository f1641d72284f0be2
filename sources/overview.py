"""The overview: one page in an organisation's folder with every file it dropped, its status and what to do.

Belongs here: the page. Does not belong here: what became of a delivery (`settlement`) and the receipts it links to
(`receipts`). The page needs no script and no other file, and its content follows from the outcomes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from sources.messages import Message
from sources.outcome import Outcome
from sources.periods import AMSTERDAM
from sources.receipts import FOLDER, how_to_decide

NAME = f"{FOLDER}/OVERZICHT.html"
Texts = Callable[[str], Message]

_STATUS = {
    "processed": ("verwerkt", "goed"),
    "partial": ("deels verwerkt", "let-op"),
    "held": ("wacht op uw besluit", "let-op"),
    "rejected": ("afgekeurd", "fout"),
    "duplicate": ("hadden wij al", "rust"),
    "waiting": ("nog niet gelezen", "let-op"),
    "replaced": ("vervangen", "rust"),
    "withdrawn": ("ingetrokken", "rust"),
}
_NOTHING = "Niets."
_PAGE = """<!DOCTYPE html>
<html lang="nl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Overzicht van uw aanleveringen – {organisation}</title>
<style>
body {{ font: 1rem/1.5 sans-serif; color: #1a1a1a; background: #fff }}
main {{ max-width: 80rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
caption {{ text-align: left; padding-bottom: .5rem }}
th, td {{ text-align: left; vertical-align: top; padding: .5rem .75rem; border-bottom: 1px solid #767676 }}
td.getal {{ text-align: right; font-variant-numeric: tabular-nums }}
td.bestand {{ overflow-wrap: anywhere; min-width: 12rem }}
.goed {{ color: #1b5e20 }} .let-op {{ color: #7a4100; font-weight: bold }} .fout {{ color: #a30000; font-weight: bold }}
.rust {{ color: #4a4a4a }}
a {{ color: #01508f }} a:focus {{ outline: 3px solid #01508f; outline-offset: 2px }}
</style>
</head>
<body>
<main>
<h1>Overzicht van uw aanleveringen</h1>
<p>{organisation}. Bijgewerkt op {updated}. {counted}</p>
<table>
<caption>Elk bestand onder zijn eigen naam, het nieuwste bovenaan.</caption>
<thead>
<tr><th scope="col">Bestand</th><th scope="col">Ontvangen</th><th scope="col">Status</th>\
<th scope="col">Rijen</th><th scope="col">Tellen mee</th><th scope="col">Wat kunt u doen?</th></tr>
</thead>
<tbody>
{rows}
</tbody>
</table>
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Arrival:
    """A file as it was dropped: its name, when, and the delivery that its content is."""

    key: str
    stored_at: str
    delivery_id: str


def overview_page(
    organisation: str,
    arrivals: Iterable[Arrival],
    outcomes: Iterable[Outcome],
    updated_at: str,
    texts: Texts,
) -> str:
    """The page as HTML. A file that was dropped again with the same content has its newest moment only."""
    by_delivery = {one.delivery_id: one for one in outcomes}
    newest: dict[tuple[str, str], Arrival] = {}
    for arrival in sorted(arrivals, key=lambda one: one.stored_at):
        if arrival.delivery_id in by_delivery:
            newest[arrival.key, arrival.delivery_id] = arrival
    ordered = sorted(newest.values(), key=lambda one: (one.stored_at, one.key), reverse=True)
    open_ones = sum(by_delivery[one.delivery_id].status in ("held", "rejected", "partial") for one in ordered)
    return _PAGE.format(
        organisation=escape(organisation),
        updated=_moment(updated_at),
        counted=_counted(len(ordered), open_ones),
        rows="\n".join(_row(one, by_delivery[one.delivery_id], texts) for one in ordered),
    )


def _counted(files: int, open_ones: int) -> str:
    told = "1 bestand" if files == 1 else f"{files} bestanden"
    if not open_ones:
        return f"{told}; er is niets dat uw aandacht vraagt."
    return f"{told}; {open_ones} daarvan {'vraagt' if open_ones == 1 else 'vragen'} uw aandacht."


def _row(arrival: Arrival, outcome: Outcome, texts: Texts) -> str:
    status = "duplicate" if arrival.key in outcome.repeats else outcome.status
    name, style = _STATUS[status]
    receipt = f"{outcome.delivery_id[:12]}.{status}.txt"
    rows = outcome.rows
    counts = (
        ("", "") if rows is None else (str(rows.in_file), str(rows.processed if outcome.is_current else 0))
    )
    return (
        f'<tr><td class="bestand">{escape(arrival.key)}</td><td>{_moment(arrival.stored_at)}</td>'
        f'<td><a class="{style}" href="{receipt}">{name}</a></td>'
        f'<td class="getal">{counts[0]}</td><td class="getal">{counts[1]}</td>'
        f"<td>{_advice(outcome, status, texts)}</td></tr>"
    )


def _advice(outcome: Outcome, status: str, texts: Texts) -> str:
    """What to do, most urgent first; a problem that asks for nothing is left to the receipt."""
    if status in ("duplicate", "replaced", "withdrawn"):
        return _NOTHING
    order = {"error": 0, "warning": 1}
    told = sorted(
        (one for one in outcome.problems if one.severity in order),
        key=lambda one: (order[one.severity], one.code, one.column or ""),
    )
    lines = []
    for problem in told:
        filled = texts(problem.code).filled(problem.count, problem.column, problem.line, problem.byte)
        lines.append(f"{escape(filled['text_nl'])} {escape(filled['remedy_nl'])}")
    if status == "held":
        lines.append(how_to_decide(outcome.delivery_id, "<code>{}</code>".format))
    return "<br>".join(dict.fromkeys(lines)) or _NOTHING


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(AMSTERDAM)
    return f'<time datetime="{moment.isoformat(timespec="minutes")}">{moment:%d-%m-%Y %H:%M}</time>'
