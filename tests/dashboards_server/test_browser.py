"""Every dashboard and tab in a real browser: each card has marks or rows, and no text of an error."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from dashboards.client import Superset
from tests.dashboards_server.browser import Browser, Card, browser
from tests.dashboards_server.server import CLONE, Server

PICTURES = CLONE / "data" / "superset-pictures"
WRONG = re.compile(
    r"violates|\bError\b|\bFout\b|error:|Onverwacht|Unexpected|Geen cijfers bij deze keuze|No data|undefined|NaN"
)
# Words of Superset that stay English when a translation is missing, and words that no Dutch sentence has.
ENGLISH = re.compile(
    r"\b(results?|Loading|Apply|Clear|Sign in|Select|options?|rows|Show|Search|ago|the|and|by|with|without)\b"
)
# Superset's front end carries a pixel that reports its use; the policy blocks it, the attempt stays in the log.
BLOCKED = "https://apachesuperset.gateway.scarf.sh/"


@pytest.fixture(scope="module")
def signed_in(server: Server) -> Iterator[Browser]:
    with browser(server.url, PICTURES / "analist") as opened:
        opened.sign_in("analist")
        yield opened


def slugs(user: Superset) -> list[str]:
    """The dashboards this user may open."""
    found = sorted(one["slug"] for one in user.everything("dashboard"))
    assert found
    return found


def walk(page: Browser, slug: str) -> dict[str, list[str]]:
    """Open every tab; the faults per card."""
    page.open(slug)
    faults = look(page, slug)
    for position, tab in enumerate(page.tabs()[1:], 2):
        page.show(tab)
        faults |= look(page, f"{slug}-{position}")
    return faults


def look(page: Browser, picture: str) -> dict[str, list[str]]:
    """What is wrong with each card that shows now."""
    page.keep(picture)
    cards = page.cards()
    if not cards:
        return {picture: ["no card at all"]}
    found = {f"{picture} / {card.title}": list(faults_of(card)) for card in cards}
    found[picture] = [f"English: {line!r}" for line in page.text().splitlines() if ENGLISH.search(line)]
    return {name: faults for name, faults in found.items() if faults}


def faults_of(card: Card) -> Iterator[str]:
    """What a reader would stumble over."""
    if not card.is_loaded:
        yield "still loading"
    if not card.has_marks:
        yield "no marks and no rows"
    if wrong := WRONG.search(card.text):
        yield f"says {wrong.group()!r}"
    if card.spills:
        yield "spills out of its card"


def test_every_card_of_every_dashboard(signed_in: Browser, analyst: Superset) -> None:
    faults = {card: found for slug in slugs(analyst) for card, found in walk(signed_in, slug).items()}
    assert not faults, "\n".join(f"{card}: {found}" for card, found in faults.items())


def test_the_browser_asked_nobody_else(signed_in: Browser) -> None:
    assert {one for one in signed_in.outside_requests() if not one.startswith(BLOCKED)} == set()


def test_an_organisation_sees_itself_only(server: Server, uwv: Superset) -> None:
    with browser(server.url, PICTURES / "uwv") as page:
        page.sign_in("uwv")
        for slug in slugs(uwv):
            page.open(slug)
            page.keep(slug)
            assert "Kamer van Koophandel" not in page.text(), slug
            assert not page.driver.find_elements("css selector", "[data-test='edit-dashboard-button']"), slug
