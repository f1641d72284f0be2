"""What the gate promises beyond its rules: gentleness with small deliveries, secrecy, and nothing without news."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from expectations import judge, rules, suites
from expectations.metrics import measure
from expectations.rules import RuleError, parameters, parse_rules
from expectations.suites import rule_columns
from tests.expectations.landing import CODEBOOK, NODES, Landing, agreeing, codebook, mapping_item, tables

CANARY = "KANARIE"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path, "test0001")


@pytest.mark.parametrize(("before", "after"), [(499, 5000), (5000, 499)])
def test_a_small_delivery_is_never_held_for_a_shift(landing: Landing, before: int, after: int) -> None:
    """All answers turn from the lowest to the highest; below 500 on either side the shift rules do not apply."""
    history = landing.deliver(agreeing(before, lambda i: 1, items=1), "2025-12")
    judged = landing.deliver(agreeing(after, lambda i: 5, items=1), "2026-01")
    metrics = measure([judged], [history], *tables([judged]), NODES, parameters())
    moved = metrics.item[["psi", "mean_moved"]].iloc[0]
    assert (moved > [0.25, 15]).all()
    shift = [rule for rule in rules() if rule.metric in ("psi", "mean_moved")]
    assert rule_columns(shift, metrics.item).isna().all(axis=None)


@pytest.mark.parametrize(
    "row", [[None] * 6 + ["!invalid"], [None] * 7 + ["!invalid"]], ids=["own", "secondary"]
)
def test_unreadable_answers_hold_only_where_they_feed_a_figure(
    landing: Landing, row: list[str | None]
) -> None:
    judged = landing.deliver([row] * 20)
    metrics = measure([judged], [], *tables([judged]), NODES, parameters())
    assert metrics.item["invalid_share"].tolist() == [1.0]
    invalid = [rule for rule in rules() if rule.metric == "invalid_share"]
    assert rule_columns(invalid, metrics.item).isna().all(axis=None)


def test_no_answer_stands_in_results_or_pages(landing: Landing, tmp_path: Path) -> None:
    known, unknown = f"{CANARY} tevreden", f"{CANARY} 06-12345678"
    judged = landing.deliver([[known]] * 5 + [[unknown]] * 5)
    extra = {"organisation_id": "test0001", "mapping_id": "m", "mapping_version": "1.0.0", "item_seq": 1}
    book = pa.concat_tables(
        [
            codebook(["test0001"]),
            pa.Table.from_pylist([{**extra, "raw_value": known, "value": 5}], schema=CODEBOOK),
        ]
    )
    judgement = judge([judged], [], mapping_item(["test0001"]), book, NODES, tmp_path / "docs")
    assert [finding.count for finding in judgement.verdicts[0].findings] == [5, 5]
    assert CANARY in judged.landed_path.read_bytes().decode("latin-1")
    written = [page.read_bytes() for page in (tmp_path / "docs").rglob("*") if page.is_file()]
    assert written
    assert not any(CANARY.encode() in page for page in (*written, repr(judgement).encode()))


def test_pages_of_the_night_before_are_replaced(landing: Landing, tmp_path: Path) -> None:
    judged = landing.deliver(agreeing(5))
    for _ in range(2):
        judge([judged], [], *tables([judged]), NODES, tmp_path / "docs")
    assert len(list((tmp_path / "docs" / "validations").rglob("*.html"))) == 2


def test_a_night_without_deliveries_imports_and_opens_nothing() -> None:
    code = (
        "import sys, pyarrow as pa\n"
        "from expectations import judge\n"
        "found = judge([], [], pa.table({}), pa.table({}), [])\n"
        "assert found.verdicts == () and all(rule.judged == 0 for rule in found.rules)\n"
        "assert 'great_expectations' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_an_expectation_that_cannot_be_evaluated_stops_the_gate(landing: Landing) -> None:
    judged = landing.deliver(agreeing(5))
    metrics = measure([judged], [], *tables([judged]), NODES, parameters())
    text = RULE.replace("ExpectColumnValuesToBeBetween", "ExpectColumnValuesToMatchRegex")
    broken = parse_rules(text.replace("{max_value: 0}", "{regex: '('}"))
    with pytest.raises(RuntimeError, match="MH-K-X"):
        suites.run(suites.open_context(), broken, metrics)


RULE = """
rules:
  - code: MH-K-X
    grain: delivery
    metric: rows_landed
    expectation: ExpectColumnValuesToBeBetween
    bounds: {max_value: 0}
    severity: hold
    count: rows_landed
    text_nl: a
    text_en: b
    remedy_nl: c
    remedy_en: d
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    severity: hold\n", "", "missing"),
        ("    severity: hold\n", "    severity: maybe\n", "severity must be one of"),
        ("    grain: delivery\n", "    grain: row\n", "grain must be one of"),
        ("    text_nl: a\n", "    text_nl: '{value}'\n", "text_nl may hold"),
        ("    count: rows_landed\n", "    count: rows_landed\n    colour: red\n", "unknown"),
        ("rules:\n", "rules:\n" + RULE.removeprefix("\nrules:\n"), "more than once"),
    ],
)
def test_a_faulty_rule_is_refused(old: str, new: str, message: str) -> None:
    assert parse_rules(RULE)
    with pytest.raises(RuleError, match=message):
        parse_rules(RULE.replace(old, new))


def test_texts_can_be_filled_and_names_can_be_checks() -> None:
    for rule in rules():
        for text in (rule.text_nl, rule.text_en, rule.remedy_nl, rule.remedy_en):
            assert "{" not in text.format(count=3, column="node")
        assert rule.check_name.isidentifier()
        assert rule.problem_severity in ("error", "warning", "info")
