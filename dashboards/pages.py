"""The pages: one YAML file per dashboard, the text that a person reviews.

Belongs here: the shape of a page and reading it. Does not belong here: how Superset stores a chart (`charts`), where
it stands on the screen (`layout`).

A chart names the question it answers (`question`, its title), how to read it (`read`), the numbers of the analyst's
questions it answers (`answers`), the mart (`mart`), the kind of picture (`kind`) and its columns. `twin` are the
columns of the table that shows the same rows. A page is read by its file name, in the order of `ORDER`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PAGES = Path(__file__).with_name("pages")
FILTERS = Path(__file__).with_name("filters.yml")
ORDER = (
    "briefing",
    "overheidsbreed",
    "vergelijken",
    "drijfveren",
    "ontwikkeling",
    "kanalen-en-levensgebeurtenissen",
    "aanleveringen-en-kwaliteit",
    "wat-meten-we",
)


@dataclass(frozen=True)
class Chart:
    """One chart. `where`: column to value, list of values, `!value` or `!null`; `order`: columns, `-` for descending,
    `page`: rows of a table at once, 0 for all of a short one."""

    name: str
    question: str
    read: str
    mart: str
    kind: str
    columns: tuple[str, ...] = ()
    x: str | None = None
    y: str | None = None
    by: str | None = None
    size: str | None = None
    metrics: tuple[str, ...] = ()
    where: dict[str, Any] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    limit: int = 1000
    page: int = 0
    answers: tuple[int, ...] = ()
    width: int = 6
    height: int = 46
    ignores: tuple[str, ...] = ()
    twin: tuple[str, ...] = ()
    format: str = ",.1f"


@dataclass(frozen=True)
class Section:
    """Charts under one heading."""

    heading: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class Page:
    """A dashboard: `read` says in a sentence what it is for, `filters` are names of `filters.yml`."""

    slug: str
    title: str
    read: str
    filters: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def charts(self) -> tuple[Chart, ...]:
        return tuple(chart for section in self.sections for chart in section.charts)


@dataclass(frozen=True)
class Filter:
    """A native filter; see `filters.yml`."""

    name: str
    column: str
    dataset: str = "kpi"
    single: bool = False
    first_by: str | None = None
    descending: bool = False


def pages() -> list[Page]:
    """Every page in the order of the menu."""
    return [
        _page(slug, yaml.safe_load((PAGES / f"{slug}.yml").read_text(encoding="utf-8"))) for slug in ORDER
    ]


def filters() -> dict[str, Filter]:
    """Every native filter by its key."""
    found = yaml.safe_load(FILTERS.read_text(encoding="utf-8"))
    return {key: Filter(**entry) for key, entry in found.items()}


def _page(slug: str, found: dict[str, Any]) -> Page:
    sections = tuple(
        Section(section["heading"], tuple(_chart(entry) for entry in section["charts"]))
        for section in found["sections"]
    )
    return Page(slug, found["title"], found["read"].strip(), tuple(found["filters"]), sections)


def _chart(entry: dict[str, Any]) -> Chart:
    values: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in entry.items()}
    return Chart(**values)
