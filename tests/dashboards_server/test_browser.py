"""Every dashboard and tab in a real browser: each card has marks or rows, and no text of an error."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from dashboards.client import Superset
from dashboards.pages import ORDER
from tests.dashboards_server.browser import NOTHING, Browser, Card, browser
from tests.dashboards_server.server import Server
from tests.dashboards_server.sights import PICTURES, Sight, slugs

pytestmark = pytest.mark.browser

WRONG = re.compile(r"violates|\b[Ee]rror\b|\bFout\b|Onverwacht|Unexpected|geweigerd|No data|undefined|NaN")
# Words of Superset that stay English when a translation is missing, and words that no Dutch sentence has.
ENGLISH = re.compile(
    r"\b(results?|Loading|Apply|Clear|Sign in|Select|options?|rows|Show|Search|ago|the|and|by|with|without)\b"
)
# Superset's front end carries a pixel that reports its use; the policy blocks it, the attempt stays in the log.
BLOCKED = "https://apachesuperset.gateway.scarf.sh/"


def faults_of(card: Card) -> Iterator[str]:
    """What a reader would stumble over."""
    if not card.is_loaded:
        yield "still loading"
    if not card.has_marks:
        yield "no marks and no rows"
    if NOTHING in card.text:
        yield f"says {NOTHING!r}"
    yield from wrong_words(card)
    if card.spills:
        yield "spills out of its card"


def wrong_words(card: Card) -> Iterator[str]:
    """What only a chart that broke says."""
    if wrong := WRONG.search(card.text):
        yield f"says {wrong.group()!r}"


def test_every_card_of_every_dashboard(sights: list[Sight]) -> None:
    faults = [
        (sight.name, card.title, fault)
        for sight in sights
        for card in sight.cards
        for fault in faults_of(card)
    ]
    assert not faults, "\n".join(map(str, faults))
    assert {sight.slug for sight in sights} == set(ORDER) and all(sight.cards for sight in sights)


def test_what_is_wrong_with_a_card_is_found(page: Browser) -> None:
    """Cards of a sound dashboard, each spoiled in a way of its own."""
    page.open("briefing")
    page.spoil(0, "card.querySelectorAll('tbody').forEach(one => one.remove())")
    page.spoil(1, "card.append('Data error')")
    page.spoil(2, "card.insertAdjacentHTML('afterbegin', '<p style=width:3000px>te breed</p>')")
    page.spoil(3, "card.querySelector('[data-test=slice-container]').innerHTML = '<div class=loading></div>'")
    page.spoil(4, f"card.querySelector('tbody').innerText = '{NOTHING}'")
    assert [list(faults_of(card)) for card in page.cards()[:5]] == [
        ["no marks and no rows"],
        ["says 'error'"],
        ["spills out of its card"],
        ["still loading", "no marks and no rows"],
        ["no marks and no rows", f"says {NOTHING!r}"],
    ]


def test_no_word_is_english(sights: list[Sight]) -> None:
    found = {(sight.name, line) for sight in sights for line in sight.lines if ENGLISH.search(line)}
    assert not found


def test_the_browser_asked_nobody_else(page: Browser, sights: list[Sight]) -> None:
    assert sights
    assert {one for one in page.outside_requests() if not one.startswith(BLOCKED)} == set()


def test_an_organisation_sees_itself_only(server: Server, uwv: Superset) -> None:
    """Its own figures and those over all; a card may be empty, none may be broken."""
    with browser(server.url, PICTURES / "uwv") as page:
        page.sign_in("uwv")
        for slug in slugs(uwv):
            page.open(slug)
            page.keep(slug)
            cards = page.cards()
            assert not [(slug, card.title, wrong) for card in cards for wrong in wrong_words(card)]
            assert any(card.has_marks and NOTHING not in card.text for card in cards), slug
            assert "Kamer van Koophandel" not in page.text(), slug
            assert not page.driver.find_elements("css selector", "[data-test='edit-dashboard-button']"), slug
