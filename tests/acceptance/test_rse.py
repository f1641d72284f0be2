"""Three real national variants of one survey: means per organisation equal to a direct calculation."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.acceptance import cases
from tests.acceptance.conftest import Nights

FREQUENCY = {"Never": 0, "Sometimes": 25, "Often": 50, "Very Often": 75, "Always": 100}
AGREEMENT = {
    "Strongly disagree": 0,
    "Disagree": 25,
    "Neither agree or disagree": 50,
    "Agree": 75,
    "Strongly Agree": 100,
}
YES = {"No": 0, "Yes": 100}

# country, code of the question, node, how one label becomes 0-100
EXPECTED = [
    ("nl", "likert5[satisgen1]", "kpi.tevredenheid", "0-10"),
    ("nl", "likert4[affRec3]", "kpi.menselijkheid", AGREEMENT),
    ("nl", "likert4[affRec1]", "kpi.vertrouwen", AGREEMENT),
    ("nl", "likert1[perfCheck3]", "drv.juistheid", FREQUENCY),
    ("nl", "likert1[perfCheck4]", "drv.transparantie", FREQUENCY),
    ("nl", "likert2[progRSE3]", "drv.regie", AGREEMENT),
    ("nl", "likert3[turnOver4]", "drv.belofte_nagekomen", "reversed"),
    ("uk", "satisGen1[SQ001]", "kpi.tevredenheid", "0-10"),
    ("uk", "likertagree2[affRec3]", "kpi.menselijkheid", AGREEMENT),
    ("uk", "likertagree3[affRec1]", "kpi.vertrouwen", AGREEMENT),
    ("uk", "likerttime1[perfCheck3]", "drv.juistheid", FREQUENCY),
    ("uk", "likertime2[perfCheck4]", "drv.transparantie", FREQUENCY),
    ("uk", "likerttime1[turnOver4]", "drv.belofte_nagekomen", "reversed"),
    ("uk", "likertagree2[affSat1]", "drv.meedenken", AGREEMENT),
    ("can", "open1_can", "drv.transparantie", FREQUENCY),
    ("can", "open3_can", "drv.juistheid", FREQUENCY),
    ("can", "time1can", "drv.regie", "1-10"),
    ("can", "paper2", "kpi.doel_bereikt", YES),
    ("can", "data1_can", "drv.veiligheid_gegevens", YES),
]


def score(label: str, rule: object) -> float:
    """One answer on 0-100, from the label alone."""
    if isinstance(rule, dict):
        return float(rule[label])
    if rule == "reversed":
        return 100.0 - FREQUENCY[label]
    number = int(label.split()[0])
    return 10.0 * number if rule == "0-10" else 100.0 * (number - 1) / 9


def answers_of(country: str, code: str) -> list[str]:
    """The filled cells of the one column whose heading starts with this code."""
    path = cases.REAL_FILES / f"{country}.csv"
    if not path.exists():
        pytest.skip("the real files are not at hand")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    (heading,) = [name for name in frame.columns if name.startswith(f"{code}. ")]
    return [value for value in frame[heading] if value]


@pytest.mark.parametrize(("country", "code", "node", "rule"), EXPECTED)
def test_means_equal_the_direct_calculation(
    healthy: Nights, country: str, code: str, node: str, rule: object
) -> None:
    scores = pd.Series([score(label, rule) for label in answers_of(country, code)])
    found = healthy.first.figure(cases.RSE[country], node, "mean_pomp", "2017-11")
    assert found["n"] == len(scores)
    assert math.isclose(found["value"], scores.mean(), rel_tol=1e-9)


@pytest.mark.parametrize("country", cases.RSE)
def test_every_response_is_processed(healthy: Nights, country: str) -> None:
    receipts = healthy.first.receipts_of(cases.RSE[country])
    if not receipts:
        pytest.skip("the real files are not at hand")
    (receipt,) = receipts
    assert receipt["status"] == "processed"
    assert receipt["rows"]["processed"] == receipt["rows"]["in_file"]
    assert receipt["invalid_cells"] == 0
