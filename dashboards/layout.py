"""Dashboards: where charts stand, which filters they have, and the sentences between them.

Belongs here: `position` and `metadata` of a dashboard. Does not belong here: what a chart shows (`charts`).

A page is a head (what it is for, which publication it shows), a tab with the pictures and a tab with the same figures
as tables. The numbers `chartId` are places in one dashboard, which the importer replaces by its own.
"""

import math
from typing import Any

from dashboards import charts, identity
from dashboards.datasets import datasets
from dashboards.pages import Chart, Filter, Page, Section, filters

Json = dict[str, Any]
COLUMNS = 12
# Of a row 12 columns wide in a window of 1,300 pixels, beside the filter bar.
CHARACTERS_PER_COLUMN = 11
UNIT, LINE, MARGIN = 8, 22, 40
# Superset writes N/A, in English, for an empty number.
CSS = """
.dt-is-null { visibility: hidden; }
.dt-is-null::after { content: "–"; visibility: visible; }
"""

BANNER = Chart(
    name="publicatie",
    question="Welke publicatie ziet u?",
    read="Elke nacht kan er een nieuwe publicatie zijn. Noem dit nummer als u een cijfer aanhaalt.",
    mart="snapshot",
    kind="table",
    columns=("notice_nl", "published_nl", "snapshot_id", "model_nl"),
    limit=10,
    width=12,
    height=18,
)


def asset(page: Page) -> Json:
    """The YAML of a dashboard."""
    places = {chart.name: number for number, chart in enumerate(charts_of(page), 1)}
    return {
        "dashboard_title": page.title,
        "description": page.read,
        "css": CSS,
        "slug": page.slug,
        "uuid": identity.uuid_of("dashboard", page.slug),
        "position": _position(page, places),
        "metadata": _metadata(page, places),
        "published": True,
        "version": "1.0.0",
    }


def charts_of(page: Page) -> list[Chart]:
    """Every chart of a dashboard: the banner, the page's own and the tables beside pictures."""
    return [BANNER, *page.charts, *(charts.twin(chart) for chart in page.charts if chart.twin)]


class _Board:
    """The nested boxes of one dashboard, by id."""

    def __init__(self, page: Page, places: dict[str, int]) -> None:
        self.page = page
        self.places = places
        self.boxes: Json = {
            "DASHBOARD_VERSION_KEY": "v2",
            "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
            "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
            "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": page.title}},
        }

    def add(self, kind: str, name: str, parents: list[str], meta: Json) -> list[str]:
        """A box in the last of `parents`; gives the path to it."""
        box = f"{kind}-{name}"
        self.boxes[box] = {"type": kind, "id": box, "children": [], "parents": parents, "meta": meta}
        self.boxes[parents[-1]]["children"].append(box)
        return [*parents, box]

    def row(self, name: str, parents: list[str]) -> list[str]:
        return self.add("ROW", name, parents, {"background": "BACKGROUND_TRANSPARENT"})

    def text(self, name: str, parents: list[str], code: str, width: int, height: int | None = None) -> None:
        """A text as high as it needs, or as is given."""
        meta = {"code": code, "width": width, "height": height or _height(code, width)}
        self.add("MARKDOWN", name, parents, meta)

    def charts(self, found: list[Chart], parents: list[str]) -> None:
        """Charts side by side, each under the sentence that says how to read it; they begin at one height."""
        height = max(_height(chart.read, chart.width) for chart in found)
        for chart in found:
            self.chart(chart, parents, height)

    def chart(self, chart: Chart, parents: list[str], explained: int = 0) -> None:
        """A chart, under its sentence where that is `explained` units high."""
        meta = {"width": chart.width, "background": "BACKGROUND_TRANSPARENT"}
        column = self.add("COLUMN", chart.name, parents, meta)
        if explained:
            self.text(f"lees-{chart.name}", column, chart.read, chart.width, explained)
        self.add(
            "CHART",
            chart.name,
            column,
            {
                "chartId": self.places[chart.name],
                "uuid": identity.uuid_of("chart", chart.name),
                "sliceName": chart.question,
                "width": chart.width,
                "height": chart.height,
            },
        )


def _height(code: str, width: int) -> int:
    """Units of 8 pixels that a text needs."""
    lines = sum(
        max(1, math.ceil(len(line) / (width * CHARACTERS_PER_COLUMN))) * _lines_high(line)
        for line in code.splitlines()
        if line
    )
    return math.ceil((lines * LINE + MARGIN) / UNIT)


def _lines_high(line: str) -> float:
    """Lines of plain text that a line is high: a title three, a heading two."""
    return 3 if line.startswith("# ") else 2 if line.startswith("## ") else 1


def _position(page: Page, places: dict[str, int]) -> Json:
    board = _Board(page, places)
    grid = ["ROOT_ID", "GRID_ID"]
    head = board.row("kop", grid)
    board.text("kop", head, f"# {page.title}\n\n{page.read}", COLUMNS)
    board.chart(BANNER, board.row("publicatie", grid))
    twins = [
        Section(section.heading, tuple(charts.twin(chart) for chart in section.charts if chart.twin))
        for section in page.sections
    ]
    if any(section.charts for section in twins):
        tabs = board.add("TABS", "bladen", grid, {})
        _fill(board, board.add("TAB", "beeld", tabs, {"text": "Beeld"}), "beeld", page.sections)
        _fill(board, board.add("TAB", "tabellen", tabs, {"text": "Tabellen"}), "tabellen", twins)
    else:
        _fill(board, grid, "beeld", page.sections)
    return board.boxes


def _fill(board: _Board, parents: list[str], name: str, sections: Any) -> None:
    for number, section in enumerate(sections, 1):
        if not section.charts:
            continue
        heading = board.row(f"{name}-{number}", parents)
        board.text(f"{name}-{number}", heading, f"## {section.heading}", COLUMNS)
        for line, row in enumerate(_rows(section.charts), 1):
            place = board.row(f"{name}-{number}-{line}", parents)
            board.charts(row, place)


def _rows(found: tuple[Chart, ...]) -> list[list[Chart]]:
    """Charts side by side as far as a row is wide."""
    rows: list[list[Chart]] = []
    for chart in found:
        if rows and sum(other.width for other in rows[-1]) + chart.width <= COLUMNS:
            rows[-1].append(chart)
        else:
            rows.append([chart])
    return rows


def _metadata(page: Page, places: dict[str, int]) -> Json:
    shown = charts_of(page)
    return {
        "native_filter_configuration": [
            _native_filter(page, key, filters()[key], shown, places) for key in page.filters
        ],
        "cross_filters_enabled": True,
        # Empty: a scheme of the whole dashboard would paint the map's provinces in colours of categories.
        "color_scheme": "",
        "label_colors": {label: colour for one in shown for label, colour in charts.colours(one).items()},
        "shared_label_colors": [],
        "expanded_slices": {},
        "refresh_frequency": 0,
        "timed_refresh_immune_slices": [],
        "filter_bar_orientation": "VERTICAL",
    }


def _native_filter(page: Page, key: str, found: Filter, shown: list[Chart], places: dict[str, int]) -> Json:
    """A filter, which leaves alone the charts whose dataset lacks its column and those that ignore it."""
    excluded = [
        places[chart.name]
        for chart in shown
        if found.column not in datasets()[chart.mart].columns or key in chart.ignores
    ]
    return {
        "id": f"NATIVE_FILTER-{page.slug}-{key}",
        "name": found.name,
        "filterType": "filter_select",
        "type": "NATIVE_FILTER",
        "description": "",
        "targets": [
            {
                "datasetUuid": identity.uuid_of("dataset", found.dataset),
                "column": {"name": found.column},
            }
        ],
        "controlValues": {
            "enableEmptyFilter": found.single,
            "defaultToFirstItem": found.single,
            "multiSelect": not found.single,
            "searchAllOptions": False,
            "inverseSelection": False,
            "sortAscending": not found.descending,
        },
        **({"sortMetric": found.first_by} if found.first_by else {}),
        # Without this the first value is shown in the bar but not applied.
        "requiredFirst": found.single,
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": excluded},
    }
