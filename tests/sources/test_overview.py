"""The overview of an organisation's files: complete, in order, safe against names, and readable without colour."""

import html.parser
import re
from dataclasses import replace

from orchestration.messages import texts
from sources.outcome import Outcome, Rows
from sources.overview import Arrival, overview_page
from sources.readers.reading import Problem

AT = "2026-02-01T01:00:00+00:00"
HELD = Outcome(
    "uwv", "ab" * 32, "held", rows=Rows(40, processed=40), problems=(Problem("MH-KRIMP", "error", 21),)
)
DONE = Outcome(
    "uwv", "cd" * 32, "processed", is_current=True, rows=Rows(60, processed=60), repeats=("weer.csv",)
)


def page(*arrivals: Arrival, outcomes: tuple[Outcome, ...] = (HELD, DONE)) -> str:
    return overview_page("UWV", arrivals, outcomes, AT, texts())


def cells(text: str) -> list[list[str]]:
    """The table's body, tags taken off."""
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body)
    ]


def test_every_file_under_its_own_name_newest_first() -> None:
    found = cells(
        page(
            Arrival("oud.csv", "2026-01-01T08:00:00+00:00", HELD.delivery_id),
            Arrival("nieuw.csv", "2026-01-03T08:00:00+00:00", DONE.delivery_id),
            Arrival("weer.csv", "2026-01-02T08:00:00+00:00", DONE.delivery_id),
        )
    )
    assert [row[:5] for row in found] == [
        ["nieuw.csv", "03-01-2026 09:00", "verwerkt", "60", "60"],
        ["weer.csv", "02-01-2026 09:00", "hadden wij al", "60", "60"],
        ["oud.csv", "01-01-2026 09:00", "wacht op uw besluit", "40", "0"],
    ]


def test_a_held_file_says_how_to_decide() -> None:
    (row,) = cells(page(Arrival("oud.csv", AT, HELD.delivery_id)))
    assert "_besluiten/abababababab.akkoord" in row[5] and "_besluiten/abababababab.intrekken" in row[5]


def test_what_was_dropped_but_not_settled_is_not_shown_twice() -> None:
    arrivals = [Arrival("a.csv", f"2026-01-0{day}T08:00:00+00:00", DONE.delivery_id) for day in (1, 2)]
    assert [row[1] for row in cells(page(*arrivals))] == ["02-01-2026 09:00"]


def test_a_name_is_text_wherever_it_stands() -> None:
    hostile = '"><script>alert(1)</script>{updated}&amp;.csv'
    outcome = replace(
        DONE, problems=(Problem("MH-KOLOM", "error", 1, column="<img src=x onerror=alert(1)>"),)
    )
    text = page(Arrival(hostile, AT, DONE.delivery_id), outcomes=(outcome,))
    tags: list[str] = []
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(text)
    assert not {"script", "img"} & set(tags)
    assert "{updated}" in text


def test_the_page_is_accessible_and_needs_nothing() -> None:
    text = page(Arrival("a.csv", AT, DONE.delivery_id))
    assert '<html lang="nl">' in text and "<title>" in text and "<caption>" in text
    assert text.count('scope="col"') == 6
    assert not re.search(r"<script|\ssrc=|@import|url\(", text)
    assert all(not link.startswith(("http", "//")) for link in re.findall(r'href="([^"]*)"', text))
