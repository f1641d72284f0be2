"""Every dashboard and tab in a real browser: each card has marks or rows, and no text of an error."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from dashboards.client import Superset
from tests.dashboards_server.browser import Browser, browser
from tests.dashboards_server.server import CLONE, Server

PICTURES = CLONE / "data" / "superset-pictures"
WRONG = re.compile(
    r"violates|\bError\b|\bFout\b|error:|Onverwacht|Unexpected|Geen cijfers bij deze keuze|No data|undefined|NaN"
)
ENGLISH = re.compile(r"\b(No results|Loading|Apply filters|Clear all|Sign in|Select \.\.\.|options?)\b")
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
    """Open every tab; the faults per card, and how many cards were looked at."""
    page.open(slug)
    faults: dict[str, list[str]] = {}
    looked = _look(page, slug, faults)
    for position in range(len(page.tabs())):
        tab = page.tabs()[position]
        name = tab.text.strip() or str(position)
        page.driver.execute_script("arguments[0].click()", tab)
        page.settle()
        looked += _look(page, f"{slug}-{position + 1}", faults, where=name)
    if not looked:
        faults[""] = ["no card at all"]
    return faults


def _look(page: Browser, picture: str, faults: dict[str, list[str]], where: str = "") -> int:
    page.keep(picture)
    page.settle()
    cards = page.cards()
    for card in cards:
        found = [
            *(["no marks and no rows"] if not card.has_marks else []),
            *([f"says {wrong.group()!r}"] if (wrong := WRONG.search(card.text)) else []),
            *([f"English: {english.group()!r}"] if (english := ENGLISH.search(card.text)) else []),
            *(["spills out of its card"] if card.spills else []),
        ]
        if found:
            faults[f" {where} / {card.title}"] = found
    return len(cards)


def test_every_card_of_every_dashboard(signed_in: Browser, analyst: Superset) -> None:
    faults = {slug: found for slug in slugs(analyst) if (found := walk(signed_in, slug))}
    lines = [f"{slug}{card}: {found}" for slug, cards in faults.items() for card, found in cards.items()]
    assert not lines, "\n".join(lines)


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
