"""Every rule judges, fails and passes, through the real suites."""

import pytest

from expectations import rules
from tests.expectations.cases import CASES
from tests.expectations.conftest import Night


def test_every_rule_has_a_case_on_both_sides() -> None:
    assert {(code, fails) for code, fails, _ in CASES} == {
        (rule.code, fails) for rule in rules() for fails in (True, False)
    }


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{code}-{fails}" for code, fails, _ in CASES])
def test_a_rule_fails_where_it_is_broken_and_only_there(night: Night, number: int) -> None:
    code, fails, _ = CASES[number]
    verdict = night.verdict(night.judged[number])
    assert (code in {finding.code for finding in verdict.findings}) is fails


def test_the_rule_summary_counts_deliveries(night: Night) -> None:
    results = {result.code: result for result in night.judgement.rules}
    assert [result.code for result in night.judgement.rules] == [rule.code for rule in rules()]
    for code, fails, _ in CASES:
        result = results[code]
        assert result.failed == len(result.failing_ids)
        assert 0 < result.failed < result.judged <= len(CASES), code
        case = next(i for i, (name, failing, _) in enumerate(CASES) if (name, failing) == (code, fails))
        assert (night.judged[case].delivery_id in result.failing_ids) is fails


def test_a_verdict_is_the_worst_of_its_findings(night: Night) -> None:
    severity = {rule.code: rule.severity for rule in rules()}
    for verdict in night.judgement.verdicts:
        severities = {severity[finding.code] for finding in verdict.findings}
        expected = "reject" if "reject" in severities else "hold" if "hold" in severities else "accept"
        assert verdict.verdict == expected


def test_findings_count_and_name_the_item(night: Night) -> None:
    number = next(i for i, (code, fails, _) in enumerate(CASES) if code == "MH-K-ONGELDIG" and fails)
    finding = next(one for one in night.verdict(night.judged[number]).findings if one.code == "MH-K-ONGELDIG")
    assert (finding.node_id, finding.count, finding.severity, finding.problem_severity) == (
        "k1",
        11,
        "hold",
        "error",
    )
    assert finding.is_told


def test_what_is_only_reported_is_not_told(night: Night) -> None:
    reported = [
        finding
        for verdict in night.judgement.verdicts
        for finding in verdict.findings
        if finding.code in ("MH-K-RICHTING", "MH-K-ZELFDE-ANTWOORD", "MH-K-ONTWERPEFFECT")
    ]
    assert reported
    assert not any(finding.is_told for finding in reported)


def test_data_docs_stand_in_their_folder_and_show_the_rules(night: Night) -> None:
    pages = [page.read_text(encoding="utf-8") for page in night.docs.rglob("*.html")]
    assert (night.docs / "index.html").is_file()
    assert any("MH-K-ONGELDIG" in page for page in pages)
