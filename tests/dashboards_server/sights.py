"""Sights: what every tab of a dashboard shows, taken down once.

Belongs here: going through the dashboards. Does not belong here: what must be seen there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.client import Superset
from tests.dashboards_server.browser import Browser, Card, Violation
from tests.dashboards_server.server import CLONE

PICTURES = CLONE / "data" / "superset-pictures"


@dataclass(frozen=True)
class Sight:
    """One tab of one dashboard, counted from one; `lines` is everything that is written there."""

    slug: str
    tab: int
    cards: list[Card]
    lines: list[str]
    headings: list[tuple[str, str]]
    violations: list[Violation]

    @property
    def name(self) -> str:
        """The name of its picture."""
        return f"{self.slug}-{self.tab}"


def slugs(user: Superset) -> list[str]:
    """The dashboards this user may open."""
    found = sorted(one["slug"] for one in user.everything("dashboard"))
    assert found
    return found


def walk(page: Browser, slug: str) -> Iterator[Sight]:
    """Open a dashboard and each of its tabs."""
    page.open(slug)
    yield _look(page, slug, 1)
    for number, tab in enumerate(page.tabs()[1:], 2):
        page.show(tab)
        yield _look(page, slug, number)


def _look(page: Browser, slug: str, tab: int) -> Sight:
    page.keep(f"{slug}-{tab}")
    return Sight(slug, tab, page.cards(), page.text().splitlines(), page.headings(), page.violations())
