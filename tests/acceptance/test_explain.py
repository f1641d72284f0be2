"""`meethuis explain`: a published figure back to formula, question, delivery and receipt, without a row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.acceptance.conftest import Nights


@pytest.fixture(scope="module")
def explained(sample: Nights) -> dict[str, Any]:
    outcome = sample.installation.meethuis("explain", "uwv", "kpi.tevredenheid", "2025-H2", "--json")
    assert outcome.code == 0, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def test_figures_are_the_published_ones(sample: Nights, explained: dict[str, Any]) -> None:
    published = sample.installation.query(
        "select statistic, value, n from marts.kpi where organisation_id = 'uwv' and period_id = '2025-H2'"
        " and kpi_id = 'kpi.tevredenheid' and service_group = 'all' and channel = 'all' and audience = 'all'"
    )
    told = {(one["statistic"], one["value"], one["n"]) for one in explained["figures"]}
    assert told == set(published.itertuples(index=False, name=None))
    assert all(one["formula_nl"] and one["formula_en"] for one in explained["figures"])


def test_the_quote_is_complete_and_names_the_publication_and_its_day(
    sample: Nights, explained: dict[str, Any]
) -> None:
    snapshot_id = sample.installation.manifest["snapshot_id"]
    (mean,) = (one for one in explained["figures"] if one["statistic"] == "mean_pomp")
    assert mean["quote_nl"] == (
        "Tevredenheid bij Uitvoeringsinstituut Werknemersverzekeringen (UWV), 2e halfjaar 2025: "
        "Gemiddelde score (0-100) 65,3 (95%-betrouwbaarheidsinterval 64,2 tot 66,4); n = 1425; vergelijkbaarheid B; "
        "Relatiemeting; meetmodel: reconstructie; bron: Overheidsbreed Meethuis, "
        f"publicatie {snapshot_id} van 15-02-2026."
    )
    assert mean["quote_en"] == (
        "Satisfaction at Uitvoeringsinstituut Werknemersverzekeringen (UWV), the second half of 2025: "
        "Mean score (0-100) 65.3 (95% confidence interval 64.2 to 66.4); n = 1425; comparability B; "
        "Relation survey; measurement model: reconstruction; source: Overheidsbreed Meethuis, "
        f"publication {snapshot_id} of 2026-02-15."
    )
    for one in explained["figures"]:
        assert one["quote_nl"].endswith(f", publicatie {snapshot_id} van 15-02-2026.")
        assert one["quote_en"].endswith(f", publication {snapshot_id} of 2026-02-15.")


def test_question_mapping_and_model_are_named(explained: dict[str, Any]) -> None:
    assert explained["model_version"] == "v0-reconstructie"
    assert [(one["mapping_id"], one["mapping_version"]) for one in explained["questions"]] == [
        ("uwv-ko-halfjaar", "2.0.0")
    ]
    assert explained["questions"][0]["text_nl"] == "Welk rapportcijfer geeft u de dienstverlening van UWV?"
    assert explained["questions"][0]["weight_method"] == "delivered"


def test_every_delivery_behind_it_has_its_receipt(sample: Nights, explained: dict[str, Any]) -> None:
    assert [one["files"] for one in explained["deliveries"]] == [["klantonderzoek/uwv-ko-2025-2.sav"]]
    for one in explained["deliveries"]:
        receipt = json.loads((sample.installation.bucket / one["receipt"]).read_text())
        assert receipt["sha256"] == one["delivery_id"]
        assert receipt["mapping_version"] == one["mapping_version"]


def test_people_get_the_same_in_words(sample: Nights) -> None:
    outcome = sample.installation.meethuis("explain", "uwv", "kpi.tevredenheid", "2025-H2")
    assert outcome.code == 0
    for word in (
        "weighted mean of the school marks",
        "uwv-ko-2025-2.sav",
        "uwv-ko-halfjaar 2.0.0",
        "processed.json",
    ):
        assert word in outcome.stdout


def test_every_quote_stands_on_a_line_of_its_own(sample: Nights, explained: dict[str, Any]) -> None:
    lines = sample.installation.meethuis("explain", "uwv", "kpi.tevredenheid", "2025-H2").stdout.splitlines()
    for one in explained["figures"]:
        assert {one["quote_nl"], one["quote_en"]} <= set(lines)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("uwv", "kpi.tevredenheid", "2025-Q1"), "2025, 2025-H1, 2025-H2"),
        (("uwv", "kpi.aanbeveling", "2025-H2"), "catalogue"),
        (("nobody", "kpi.tevredenheid", "2025-H2"), "catalogue"),
    ],
)
def test_what_is_not_published_says_what_is(
    sample: Nights, arguments: tuple[str, str, str], hint: str
) -> None:
    outcome = sample.installation.meethuis("explain", *arguments)
    assert outcome.code == 3
    assert hint in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_nothing_published_is_said(sample: Nights) -> None:
    elsewhere = str(sample.installation.root / "nowhere")
    outcome = sample.installation.meethuis(
        "explain", "uwv", "kpi.tevredenheid", "2025-H2", "--published", elsewhere
    )
    assert outcome.code == 3
    assert "nothing is published yet" in outcome.stderr
