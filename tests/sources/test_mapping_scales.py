"""Consistency of scales: ends, points, labels and missing codes."""

from decimal import Decimal
from pathlib import Path

import pytest

from sources.mapping import Scale
from tests.sources.mapping_files import edited, issues, line_with, load

WRITTEN = (
    '{min: 1, max: 5, points: 5, kind: likert_agree, direction: high_is_good, missing: {"9": dont_know}}'
)
FIVE = "{a: 1, b: 2, c: 3, d: 4, e: 5}"


def scale_of(folder: Path, written: str) -> Scale:
    scale = load(folder, (WRITTEN, written)).items[0].scale
    assert scale is not None
    return scale


@pytest.mark.parametrize(
    ("written", "field", "allowed"),
    [
        ("{kind: likert_agree}", "scales.eens5", "min and max, or labels"),
        ("{kind: likert_agree, min: 1}", "scales.eens5", "min and max, or labels"),
        ("{kind: likert_agree, min: 5, max: 1}", "scales.eens5.max", "max above min"),
        ("{kind: likert_agree, labels: {a: 1, b: 1}}", "scales.eens5.max", "max above min"),
        ("{kind: likert_agree, min: 0, max: 5000}", "scales.eens5.max", "at most 1000 above min"),
        ("{kind: likert_agree, min: 1, max: 5, points: 7}", "scales.eens5.points", "5, as min, max and labels say"),
        ("{kind: likert_agree, min: 1, max: 5, points: 4}", "scales.eens5.points", "5, as min, max and labels say"),
        (f"{{kind: likert_agree, labels: {FIVE}, points: 4}}", "scales.eens5.points", "5, as"),
        ("{kind: likert_agree, labels: {a: 1, b: 2, d: 4, e: 5}, points: 5}", "scales.eens5.points", "4, as"),
        (f"{{kind: likert_agree, labels: {FIVE}, min: 1, max: 4}}", "scales.eens5.labels.e", "a value from 1 to 4"),
        ("{kind: likert_agree, min: 1, max: 5, allow_decimals: true, points: 6}", "scales.eens5.points", "5, as"),
        ("{kind: likert_agree, min: 1, max: 5.5}", "scales.eens5.max", "allow_decimals: true"),
        ("{kind: likert_agree, labels: {Ja: 5, JA: 1}}", "scales.eens5.labels.JA", "differ in case only"),
        ('{kind: likert_agree, min: 1, max: 5, missing: {"5": dont_know}}', "scales.eens5.missing.5", "1 to 5"),
        ('{kind: likert_agree, min: 1, max: 5, missing: {"05": dont_know}}', "scales.eens5.missing.05", "1 to 5"),
        ("{kind: likert_agree, min: 1, max: 5, missing: {5.0: dont_know}}", "scales.eens5.missing.5.0", "1 to 5"),
        (
            "{kind: likert_agree, min: 1, max: 5, allow_decimals: true, missing: {2.5: dont_know}}",
            "scales.eens5.missing.2.5", "1 to 5",
        ),
        (f"{{kind: likert_agree, labels: {FIVE}, missing: {{A: dont_know}}}}", "scales.eens5.missing.A", "not a label"),
        (f"{{kind: likert_agree, labels: {FIVE}, missing: {{3: dont_know}}}}", "scales.eens5.missing.3", "1 to 5"),
        (
            "{kind: likert_agree, min: 1, max: 5, missing: {nvt: dont_know, NVT: not_applicable}}",
            "scales.eens5.missing.NVT", "one reason",
        ),
    ],
)  # fmt: skip
def test_an_inconsistent_scale_is_named(tmp_path: Path, written: str, field: str, allowed: str) -> None:
    found = [one for one in issues(tmp_path, (WRITTEN, written)) if one.field == field]
    assert [allowed in one.allowed for one in found] == [True]
    assert found[0].line == line_with("eens5: {", edited((WRITTEN, written)))


def test_an_inline_scale_is_checked_too(tmp_path: Path) -> None:
    inline = (
        "scale: eens5, comparability: A",
        "scale: {min: 1, max: 5, points: 3, kind: stars}, comparability: A",
    )
    assert [one.field for one in issues(tmp_path, inline)] == ["items[0].scale.points"]


@pytest.mark.parametrize(
    ("written", "ends", "points", "takes_numbers"),
    [
        ("{kind: likert_agree, min: 1, max: 5}", (1, 5), 5, True),
        (f"{{kind: likert_agree, labels: {FIVE}}}", (1, 5), 5, False),
        (f"{{kind: likert_agree, labels: {FIVE}, min: 1, max: 5}}", (1, 5), 5, True),
        ("{kind: likert_agree, min: 1, max: 5, labels: {Slecht: 1, Goed: 5}}", (1, 5), 5, True),
        ("{kind: yes_no, labels: {Nee: 0, Ja: 1, No: 0, Yes: 1}, points: 2}", (0, 1), 2, False),
        ("{kind: rapportcijfer, min: 1, max: 10, points: 91, allow_decimals: true}", (1, 10), 91, True),
        ("{kind: rapportcijfer, min: 1, max: 10, points: 10, allow_decimals: true}", (1, 10), 10, True),
        ("{kind: likert_agree, min: -2, max: 2}", (-2, 2), 5, True),
        (
            "{kind: pomp, min: 0, max: 100, points: 5, labels: {a: 0, b: 25, c: 50, d: 75, e: 100}}",
            (0, 100),
            5,
            True,
        ),
    ],
)
def test_what_is_left_out_follows_from_the_rest(
    tmp_path: Path, written: str, ends: tuple[int, int], points: int, takes_numbers: bool
) -> None:
    scale = scale_of(tmp_path, written)
    assert (scale.min, scale.max) == (Decimal(ends[0]), Decimal(ends[1]))
    assert (scale.points, scale.takes_numbers) == (points, takes_numbers)
    assert scale.direction == "high_is_good"


@pytest.mark.parametrize(
    ("written", "scale_id", "family"),
    [
        ("{kind: likert_agree, min: 1, max: 5}", "likert_agree_1_5", "likert5"),
        ("{kind: likert_agree, min: 1.0, max: 5.00}", "likert_agree_1_5", "likert5"),
        ("{kind: likert_agree, min: -2, max: 2}", "likert_agree_-2_2", "likert5"),
        ("{kind: rapportcijfer, min: 1, max: 10}", "rapportcijfer_1_10", "cijfer10"),
    ],
)
def test_a_scale_has_an_id_and_the_family_of_the_model(
    tmp_path: Path, written: str, scale_id: str, family: str
) -> None:
    scale = scale_of(tmp_path, written)
    assert (scale.scale_id, scale.scale_family) == (scale_id, family)


def test_spelling_variants_of_a_code_may_share_a_reason(tmp_path: Path) -> None:
    scale = scale_of(
        tmp_path, "{kind: likert_agree, min: 1, max: 5, missing: {nvt: dont_know, NVT: dont_know}}"
    )
    assert set(scale.missing) == {"nvt", "NVT"}
