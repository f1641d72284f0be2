"""After the retention term counts stay and rows go: every figure as it stood, nobody in any file.

Two houses get the same files on the same nights; in one of them the term of two months is over when their figures are
published, that of a third ends before the second night. What they publish must be the same to the last bit.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.acceptance.harness import Installation, Night, codes
from tests.acceptance.mappings import AGREE5, GRADE_ITEM, Row, csv_text, mapping, source
from tests.acceptance.search import holding
from tests.acceptance.test_decisions import sha

PANEL, WEIGHED, TARGETED, ROLLING = (f"test000{number}" for number in range(1, 5))
NIGHTS = tuple(f"2026-{day}T02:00:00+01:00" for day in ("02-15", "12-05", "12-06", "12-07"))
# Of the first two the term of twelve months is over in February, of the third in December.
MONTHS = (date(2024, 12, 2), date(2025, 1, 6), date(2025, 11, 3), date(2025, 12, 1))
ENDED = ("2024-12", "2025-01")
CHANNELS = {
    "service": {"const": "paspoort"},
    "channel": {"column": "kanaal", "map": {"web": "web", "balie": "desk"}},
    "audience": {"const": "citizen"},
}
DRIVERS = ("drv.snelheid", "drv.empathie", "drv.juistheid")
HEADER = ("id", "datum", "kanaal", "cijfer")
PANEL_HEADER = (*HEADER, "klant", "tekst", *(name.partition(".")[2] for name in DRIVERS))
CANARY = "zeldzaam-woord"
LATER = datetime(2026, 12, 5, 12, tzinfo=UTC)


def plain(month: date, n: int = 60, first_id: int = 1) -> list[Row]:
    """n responses of one month, half of them at the desk."""
    return [
        (
            f"{month:%y%m}-{first_id + at}",
            f"{month + timedelta(days=at % 21)}",
            ("web", "balie")[at % 2],
            4 + (at + month.month) % 6,
        )
        for at in range(n)
    ]


def panel(month: date) -> list[Row]:
    """The same 240 people every month, some of them twice, with a word of their own and three drivers."""
    rows = [*plain(month, 240), *plain(month, 20, first_id=301)]
    return [
        (
            *row,
            f"klant-{at % 240:03d}",
            f"{CANARY}-{month:%y%m}-{at}",
            *(1 + (at * step + int(row[3])) % 5 for step in (1, 2, 3)),
        )
        for at, row in enumerate(rows)
    ]


def weighed(*months: date, first_id: int = 1) -> str:
    listed = [row for month in months for row in plain(month, first_id=first_id)]
    rows = [(*row, f"{1 + at % 7 / 10}") for at, row in enumerate(listed)]
    return csv_text(rows, (*HEADER, "gewicht"))


def surveys(months: int) -> dict[str, dict[str, Any]]:
    """The mappings of all organisations under one retention term."""
    legal = {"purpose": "test", "retention_months": months, "contains_free_text": True}
    panel_items = [
        GRADE_ITEM,
        *(
            {
                "column": name.partition(".")[2],
                "item": name,
                "scale": AGREE5,
                "comparability": "B",
                "text_nl": "?",
            }
            for name in DRIVERS
        ),
        {"column": "tekst", "item": "open.toelichting", "kind": "open_text"},
    ]
    weights = {"sample": "census_with_nonresponse", "mode": ["web"]}
    common = {"dimensions": CHANNELS, "legal": legal, "source": source(snapshot="incremental")}
    by_targets = {"method": "poststratify", "by": ["channel"], "targets": "contacten"}
    return {
        PANEL: mapping(
            PANEL,
            items=panel_items,
            keys={"response": {"column": "id"}, "respondent": {"column": "klant"}},
            **common,
        ),
        WEIGHED: mapping(
            WEIGHED, design={**weights, "weights": {"method": "delivered", "column": "gewicht"}}, **common
        ),
        TARGETED: mapping(TARGETED, design={**weights, "weights": by_targets}, **common),
        ROLLING: mapping(ROLLING, **common),
    }


def furnished(root: Any, months: int) -> Installation:
    """A house with everything dropped but what comes later."""
    made = Installation(root)
    for organisation_id, described in surveys(months).items():
        made.map(organisation_id, described)
    made.target(TARGETED, "contacten", "channel,population\nweb,900\ndesk,100\n")
    for month in MONTHS:
        name = f"{month:%Y-%m}.csv"
        made.drop(f"{PANEL}/{name}", csv_text(panel(month), PANEL_HEADER), records=260)
        made.drop(f"{WEIGHED}/{name}", weighed(month), records=60)
        made.drop(f"{TARGETED}/{name}", csv_text(plain(month), HEADER), records=60)
    for name, text in rolling().items():
        made.drop(f"{ROLLING}/{name}", text, records=text.count("\n") - 1)
    return made


def rolling() -> dict[str, str]:
    """Every file repeats those before: nothing but the id tells that a row is there already.

    Of equal rows that of the smaller sha256 counts, here the older one: the repeats are in files that stay.
    """
    files: dict[str, str] = {}
    former: list[Row] = []
    for month in MONTHS:
        for first_id in count(1):
            rows = plain(month, first_id=first_id)
            text = csv_text([*former, *rows], HEADER)
            if all(sha(text) > sha(older) for older in files.values()):
                break
        files[f"{month:%Y-%m}.csv"] = text
        former += rows
    return files


# Other responses of a month whose term is over.
LATE = csv_text(plain(MONTHS[1], first_id=901), HEADER)


@dataclass(frozen=True)
class Houses:
    """The house where the term ended and the one where it goes on, after the same nights."""

    ended: Installation
    going_on: Installation
    before: tuple[Night, Night]
    after: tuple[Night, Night]
    # Where ids and words of people are while their term goes on, and once it has ended.
    held_before: set[str]
    held_after: set[str]
    later: tuple[Night, Night]


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    made = [furnished(tmp_path_factory.mktemp(f"term{months}"), months) for months in (12, 600)]
    ended, going_on = made
    before = ended.run(now=NIGHTS[0]), going_on.run(now=NIGHTS[0])
    words = traces(going_on)
    held_before, held_after = places(going_on, *words), places(ended, *words)
    after = ended.run(now=NIGHTS[1]), going_on.run(now=NIGHTS[1])
    later = later_nights(ended, going_on)
    return Houses(ended, going_on, before, after, held_before, held_after, later)


def traces(house: Installation) -> list[str]:
    """Words and pseudonyms that only stand in responses of the first two months."""
    keys = [
        str(row["response_key"])
        for path in (house.work / "landed").glob("test*/*.parquet")
        for row in pq.read_table(path, columns=["response_key", "period_id"]).to_pylist()
        if row["period_id"] in ENDED and path.parent.name != ROLLING
    ]
    assert len(keys) == 2 * (260 + 60 + 60)
    return [f"{CANARY}-2412-7", f"{CANARY}-2501-7", *keys[:5], *keys[-5:]]


def places(house: Installation, *words: str) -> set[str]:
    return {path.relative_to(house.root).parts[1] for path in holding(house, *words)}


def later_nights(ended: Installation, going_on: Installation) -> tuple[Night, Night]:
    """A warehouse made anew, a file once more, two withdrawals, and in one house rows for past months."""
    for house in (ended, going_on):
        (house.work / "warehouse.duckdb").unlink(missing_ok=True)
        again = csv_text(panel(MONTHS[0]), PANEL_HEADER)
        house.drop(f"{PANEL}/opnieuw.csv", again, records=260, at=LATER)
        for text in (weighed(MONTHS[1]), rolling()["2025-01.csv"]):
            house.meethuis("withdraw", sha(text), "--by", "j.visser", "--reason", "test").expect(0)
    ended.drop(f"{TARGETED}/laat.csv", LATE, records=60, at=LATER)
    ended.drop(
        f"{WEIGHED}/samen.csv", weighed(MONTHS[0], date(2026, 1, 5), first_id=901), records=120, at=LATER
    )
    return ended.run(now=NIGHTS[2]), going_on.run(now=NIGHTS[2])


def tables(night: Night) -> dict[str, Any]:
    """What was published, but for the table that tells of the publication itself."""
    return {name: entry for name, entry in night.manifest["tables"].items() if name != "snapshot"}


def test_every_figure_stands_as_it_was(houses: Houses) -> None:
    assert tables(houses.before[0]) == tables(houses.before[1])
    assert tables(houses.after[0]) == tables(houses.after[1])
    assert houses.after[0].manifest["organisations"] == houses.after[1].manifest["organisations"]


def test_receipts_stay_as_they_were(houses: Houses) -> None:
    law = [
        sorted(
            (one["organisation_id"], one["sha256"], one["status"], str(one["rows"])) for one in night.receipts
        )
        for night in (*houses.before, *houses.after)
    ]
    assert law[0] == law[1] == law[2] == law[3]


def test_nobody_is_in_any_file(houses: Houses) -> None:
    """The comments and the copies held them, and nothing does after the term."""
    assert {"landing", "landed", "comments"} <= houses.held_before
    assert houses.held_after == set()


def test_only_counts_are_left_of_the_deliveries(houses: Houses) -> None:
    kept = []
    for path in sorted((houses.ended.work / "landed").glob("test*/*.parquet")):
        lines = pq.read_table(path).to_pylist()
        if {one["period_id"] for one in lines} <= set(ENDED) and path.stem != sha(LATE):
            kept += lines
    assert kept
    for name in (
        "response_key",
        "response_hash",
        "respondent_key",
        "contact_date",
        "submitted_at",
        "language",
    ):
        assert {one[name] for one in kept} == {None}
    assert all(sum(answer is not None for answer in one["answers"]) <= 1 for one in kept)


def test_the_same_file_is_known_and_not_kept_again(houses: Houses) -> None:
    name = sha(csv_text(panel(MONTHS[0]), PANEL_HEADER))
    assert not (houses.ended.work / "landing" / name).exists()
    assert (houses.going_on.work / "landing" / name).exists()


def test_a_warehouse_made_anew_gives_the_same_figures(houses: Houses) -> None:
    ended, going_on = (night.manifest["organisations"] for night in houses.later)
    assert (ended[PANEL], ended[TARGETED]) == (going_on[PANEL], going_on[TARGETED])


def test_rows_for_a_past_month_are_refused_and_told_why(houses: Houses) -> None:
    refused = houses.later[0].receipt(TARGETED, "rejected")
    assert codes(refused) == {"MH-BEWAARTERMIJN"}
    assert refused["rows"]["in_file"] == refused["rows"]["quarantined"] == 60


def test_the_other_rows_of_such_a_file_count(houses: Houses) -> None:
    taken = houses.later[0].receipt(WEIGHED, "partial")
    assert (taken["rows"]["processed"], taken["rows"]["quarantined"]) == (60, 60)
    assert {one["code"]: one["count"] for one in taken["problems"]}["MH-BEWAARTERMIJN"] == 60


def test_a_withdrawal_takes_the_counts_away(houses: Houses) -> None:
    """The rows that repeated it in a later file take its place."""
    for organisation_id, n in ((WEIGHED, None), (ROLLING, 60)):
        of_month = [
            night.kpi[
                (night.kpi["organisation_id"] == organisation_id)
                & (night.kpi["period_id"] == "2025-01")
                & (night.kpi["channel"] == "all")
            ]
            for night in houses.later
        ]
        assert [sorted(one["n"].dropna().unique()) for one in of_month] == [[n] if n else []] * 2
        assert of_month[0]["value"].tolist() == of_month[1]["value"].tolist()


def test_damaged_counts_stop_the_run(houses: Houses, tmp_path: Path) -> None:
    shutil.copytree(houses.ended.root, tmp_path / "house", symlinks=True)
    house = Installation(tmp_path / "house")
    kept = next(
        path
        for path in sorted((house.work / "landed" / PANEL).glob("*.parquet"))
        if pq.read_table(path)["response_key"].null_count
    )
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    told = house.meethuis("run", now=NIGHTS[3]).expect(4).stderr
    assert kept.name in told
    assert "backup" in told


def test_a_lost_mapping_of_counts_stops_the_run(houses: Houses, tmp_path: Path) -> None:
    shutil.copytree(houses.ended.root, tmp_path / "house", symlinks=True)
    house = Installation(tmp_path / "house")
    changed = surveys(12)[PANEL]
    changed["mapping_version"] = "9.0.0"
    house.map(PANEL, changed)
    for kept in house.work.glob(f"mappings/*/{PANEL}/kto.yml"):
        kept.unlink()
    told = house.meethuis("run", "--json", now=NIGHTS[3]).expect(4).json["fault"]
    assert "kto.yml is gone" in told
    assert "backup" in told
