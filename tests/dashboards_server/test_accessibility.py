"""What WCAG 2.1 AA asks and a program can check; docs/toegankelijkheid.md says what is left and for whom."""

from __future__ import annotations

import re
from itertools import groupby

import pytest

from dashboards.pages import pages
from tests.dashboards_server.browser import Browser, Violation
from tests.dashboards_server.sights import Sight

pytestmark = pytest.mark.browser

# Faults of Superset 6.1.0's own page: the rule of axe-core, the part of the page, why it stays. Anything else that
# breaks the same rule is a fault of ours.
EXCEPTED = {
    "aria-allowed-attr": (
        r'<span class="f16"|<div class="dashboard-chart [^>]*aria-label',
        "the flag of the language menu and the box around a chart carry a label without a role",
    ),
    "aria-allowed-role": (r'id="main-menu"', "the bar at the top is a header with the role of a navigation"),
    "aria-roles": (
        r'<th [^>]*role="columnheader button"',
        "a column head is a head and a button in one role",
    ),
    "duplicate-id-aria": (
        r'<th id="header-|<input [^>]*id="pageSizeSelect"',
        "two tables give heads of one name, and the choice of rows at a time, the same id",
    ),
    "nested-interactive": (r'<div role="tab"', "a tab holds a link to itself that the keyboard passes over"),
}
PAGES = {page.slug: page for page in pages()}
MOST_KEYS = 600


def is_excepted(found: Violation) -> bool:
    """Whether it is one of Superset's own."""
    part, _ = EXCEPTED.get(found.rule, (None, None))
    return part is not None and re.search(part, found.html) is not None


def test_axe_finds_nothing_but_what_is_superset_s_own(sights: list[Sight]) -> None:
    faults = {
        (sight.name, *vars(one).values())
        for sight in sights
        for one in sight.violations
        if not is_excepted(one)
    }
    assert not faults, "\n".join(map(str, sorted(faults)))


def test_what_a_page_lacks_is_found(page: Browser) -> None:
    """A sound dashboard, spoiled: a picture without a text, pale letters, a drawing nobody tells of, a trap."""
    page.open("briefing")
    page.spoil(0, "card.insertAdjacentHTML('afterbegin', '<img src=x><p style=color:#ccc>bleek</p>')")
    page.spoil(1, "card.insertAdjacentHTML('beforeend', '<canvas></canvas>')")
    page.spoil(0, "card.addEventListener('keydown', one => one.preventDefault())")
    rules = {one.rule for one in page.violations() if not is_excepted(one)}
    assert {"image-alt", "color-contrast"} <= rules
    assert [card.is_told for card in page.cards()[:2]] == [True, False]
    *_, last = page.walk_by_keyboard(60)
    assert last.card == page.cards()[0].title


def test_every_exception_is_still_needed(sights: list[Sight]) -> None:
    assert {one.rule for sight in sights for one in sight.violations} == EXCEPTED.keys()


def test_headings_lead_through_the_page(sights: list[Sight]) -> None:
    """One first heading, the title; below it the sections of the tab that shows."""
    for sight in sights:
        page = PAGES[sight.slug]
        sections = [
            one.heading for one in page.sections if sight.tab == 1 or any(chart.twin for chart in one.charts)
        ]
        assert sight.headings == [("H1", page.title), *(("H2", heading) for heading in sections)], sight.name


def test_every_drawing_has_a_text_alternative(sights: list[Sight]) -> None:
    untold = [(sight.name, card.title) for sight in sights for card in sight.cards if not card.is_told]
    assert not untold


def test_the_keyboard_goes_through_the_page_in_order(page: Browser) -> None:
    """Head, filters, content; every chart and its menu once, in the order of the page, always to be seen, no trap."""
    page.open("briefing")
    walked = list(page.walk_by_keyboard(MOST_KEYS))
    assert len(walked) < MOST_KEYS
    # The title of the dashboard stands beside the filters.
    assert [part for part, _ in groupby(one.part for one in walked)] == ["head", "filters", "head", "content"]
    menus = [one.card for one in walked if one.card and one.label == "Meer keuzes"]
    titles = [card.title for card in page.cards() if card.title.endswith("?")]
    assert menus == titles
    assert [one for one in walked if not one.is_seen] == []
