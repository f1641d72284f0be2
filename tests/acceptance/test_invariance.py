"""What may not matter, does not: order of rows, splitting of files, other words for the same answers, doubled rows."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pandas as pd
import pytest

from tests.acceptance.harness import Installation
from tests.acceptance.mappings import AGREE5, GRADE_ITEM, HEADER, NPS11, Row, csv_text, mapping, source

BASE, SHUFFLED, SPLIT, RELABELLED, DOUBLED = "test0001", "test0002", "test0003", "test0004", "test0005"
COLUMNS = (*HEADER, "nps", "serieus", "kanaal", "groep")
WORDS = {1: "helemaal oneens", 2: "oneens", 3: "neutraal", 4: "eens", 5: "helemaal eens"}
FIGURES = ["value", "value_unweighted", "standard_error", "ci_low", "ci_high"]
CELL = ["kpi_id", "statistic", "period_id", "service_group", "channel", "audience"]


def responses() -> list[Row]:
    """Seven hundred responses over five months, two channels and two audiences, with gaps."""
    chance = random.Random(20261123)
    start = date(2025, 8, 1)
    return [
        (
            f"r{number}",
            start + timedelta(days=chance.randrange(150)),
            chance.randint(1, 10),
            chance.choice([*range(11), ""]),
            chance.choice([*range(1, 6), ""]),
            chance.choice(["web", "desk"]),
            chance.choice(["citizen", "business"]),
        )
        for number in range(700)
    ]


def items(scale: dict[str, object]) -> list[dict[str, object]]:
    return [
        GRADE_ITEM,
        {"column": "nps", "item": "kpi.aanbeveling", "scale": NPS11, "comparability": "A"},
        {"column": "serieus", "item": "drv.serieus_genomen", "scale": scale, "comparability": "A"},
    ]


def survey(organisation_id: str, snapshot: str = "full", **scale: object) -> dict[str, object]:
    dimensions = {
        "service": {"const": "paspoort"},
        "channel": {"column": "kanaal"},
        "audience": {"column": "groep"},
    }
    return mapping(
        organisation_id,
        source=source(snapshot=snapshot),
        dimensions=dimensions,
        items=items(scale or AGREE5),
    )


def worded(row: Row) -> Row:
    return (*row[:4], WORDS.get(row[4], ""), *row[5:])  # type: ignore[call-overload]


def doubled(rows: list[Row]) -> list[Row]:
    return [*rows, *((f"{row[0]}-again", *row[1:]) for row in rows)]


@pytest.fixture(scope="module")
def kpi(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The published figures of one night over the same responses, delivered in five ways."""
    made = Installation(tmp_path_factory.mktemp("invariance"))
    rows = responses()
    shuffled = random.Random(1).sample(rows, len(rows))
    parts: dict[str, list[list[Row]]] = {
        BASE: [rows],
        SHUFFLED: [shuffled],
        SPLIT: [shuffled[:100], shuffled[100:101], shuffled[101:]],
        RELABELLED: [[worded(row) for row in rows]],
        DOUBLED: [doubled(rows)],
    }
    labels = {text: value for value, text in WORDS.items()}
    for organisation_id, files in parts.items():
        scale = (
            {"kind": "likert_agree", "direction": "high_is_good", "labels": labels}
            if organisation_id == RELABELLED
            else {}
        )
        made.map(organisation_id, survey(organisation_id, "incremental", **scale))
        for number, part in enumerate(files):
            made.drop(f"{organisation_id}/deel{number}.csv", csv_text(part, COLUMNS), records=len(part))
    return made.run().kpi


def figures(kpi: pd.DataFrame, organisation_id: str) -> pd.DataFrame:
    own = kpi[kpi["organisation_id"] == organisation_id]
    return own.set_index(CELL).sort_index()[[*FIGURES, "n", "n_eff", "flags", "is_suppressed"]]


@pytest.mark.parametrize("organisation_id", [SHUFFLED, SPLIT, RELABELLED])
def test_the_same_answers_give_the_same_figures(kpi: pd.DataFrame, organisation_id: str) -> None:
    pd.testing.assert_frame_equal(figures(kpi, organisation_id), figures(kpi, BASE), check_exact=True)


def test_doubled_responses_leave_values_and_double_their_number(kpi: pd.DataFrame) -> None:
    once, twice = (figures(kpi, name)[lambda own: ~own["is_suppressed"]] for name in (BASE, DOUBLED))
    both = once.join(twice, rsuffix="_twice", how="inner")
    assert len(both) > 100
    for column in ("value", "value_unweighted"):
        pd.testing.assert_series_equal(
            both[column], both[f"{column}_twice"], check_names=False, check_exact=True
        )
    assert (both["n_twice"] == 2 * both["n"]).all()
    assert (both["n_eff_twice"] == 2 * both["n_eff"]).all()
    narrower = both["standard_error_twice"] / both["standard_error"]
    expected = ((both["n"] - 1) / (2 * both["n"] - 1)) ** 0.5
    pd.testing.assert_series_equal(narrower, expected, check_names=False, rtol=1e-8)


def test_other_answers_give_other_figures(kpi: pd.DataFrame) -> None:
    """The comparison above can fail: two channels of one organisation are not the same."""
    own = figures(kpi, BASE).reset_index()
    web, desk = (own[own["channel"] == name]["value"].reset_index(drop=True) for name in ("web", "desk"))
    assert not web.equals(desk)
