"""From results to verdicts: what follows for a delivery when rules are not met.

Belongs here: pure functions over results. Does not belong here: computing or validating metrics; texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from expectations.metrics import Metrics
from expectations.rules import PROBLEM_SEVERITY
from expectations.suites import Result


@dataclass(frozen=True)
class Finding:
    """A rule that a delivery does not meet; `node_id` where it is about an item, `count` where one can be given."""

    code: str
    severity: str
    node_id: str | None
    count: int | None

    @property
    def problem_severity(self) -> str:
        """The severity in the words of a receipt: error, warning or info."""
        return PROBLEM_SEVERITY[self.severity]

    @property
    def is_told(self) -> bool:
        """Whether the receipt says so; what is only reported stays in checks and Data Docs."""
        return self.severity != "report"


@dataclass(frozen=True)
class Verdict:
    """accept, hold or reject, and why."""

    organisation_id: str
    delivery_id: str
    verdict: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class RuleResult:
    """One rule over all deliveries of the night; counts are deliveries, also for rules about items."""

    code: str
    check_name: str
    severity: str
    judged: int
    failed: int
    failing_ids: tuple[str, ...]


def verdicts(results: Sequence[Result], metrics: Metrics) -> tuple[Verdict, ...]:
    """One verdict per row of the delivery frame, in its order; findings in the order of the rules."""
    findings: dict[tuple[str, str], list[Finding]] = {}
    for result in results:
        frame = metrics.of(result.rule.grain)
        for position in result.failed:
            row = frame.iloc[position]
            findings.setdefault((row["organisation_id"], row["delivery_id"]), []).append(
                _finding(result, row)
            )
    keys = metrics.delivery[["organisation_id", "delivery_id"]].itertuples(index=False, name=None)
    return tuple(_verdict(key, findings.get(key, [])) for key in keys)


def summary(results: Sequence[Result], metrics: Metrics) -> tuple[RuleResult, ...]:
    """One line per rule, in the order of the rules."""
    return tuple(
        RuleResult(
            code=result.rule.code,
            check_name=result.rule.check_name,
            severity=result.rule.severity,
            judged=len(_deliveries(result.judged, metrics.of(result.rule.grain))),
            failed=len(failing := _deliveries(result.failed, metrics.of(result.rule.grain))),
            failing_ids=tuple(sorted({delivery_id for _, delivery_id in failing})),
        )
        for result in results
    )


def _verdict(key: tuple[str, str], findings: Sequence[Finding]) -> Verdict:
    severities = {finding.severity for finding in findings}
    verdict = next((severity for severity in ("reject", "hold") if severity in severities), "accept")
    return Verdict(*key, verdict, tuple(findings))


def _finding(result: Result, row: pd.Series) -> Finding:
    count = row[result.rule.count]
    return Finding(
        code=result.rule.code,
        severity=result.rule.severity,
        node_id=row["node_id"] if result.rule.grain == "item" else None,
        count=None if pd.isna(count) else int(count),
    )


def _deliveries(positions: Sequence[int], frame: pd.DataFrame) -> set[tuple[str, str]]:
    chosen = frame.iloc[list(positions)][["organisation_id", "delivery_id"]]
    return set(chosen.itertuples(index=False, name=None))
