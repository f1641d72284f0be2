"""Checks: results of the gate, of the receipt law and of the manifest, as Dagster asset checks.

Belongs here: turning a result into an `AssetCheckResult` with counts as evidence. Does not belong here: rules and
thresholds.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from expectations import RuleResult
from orchestration.verification import broken_file
from sources.outcome import Outcome


def gate_results(results: Iterable[RuleResult]) -> Iterator[dg.AssetCheckResult]:
    """One result per rule: how many were judged by it and how many failed."""
    for one in results:
        is_blocking = one.severity in ("reject", "hold")
        yield dg.AssetCheckResult(
            check_name=one.check_name,
            passed=one.failed == 0,
            severity=dg.AssetCheckSeverity.ERROR if is_blocking else dg.AssetCheckSeverity.WARN,
            metadata={"judged": one.judged, "failed": one.failed, "deliveries": list(one.failing_ids[:20])},
        )


def conservation_law(name: str, outcomes: Iterable[Outcome]) -> dg.AssetCheckResult:
    """Whether every delivery's rows add up; the evidence names deliveries, never their content."""
    broken = [one.delivery_id for one in outcomes if one.rows and not one.rows.adds_up]
    return dg.AssetCheckResult(check_name=name, passed=not broken, metadata={"deliveries": broken[:20]})


def disclosure_check(name: str, recoverable: pd.DataFrame) -> dg.AssetCheckResult:
    """Whether every hidden figure stays hidden; the evidence is how many do not, and in which organisations."""
    organisations = sorted(set(recoverable["organisation_id"]))
    metadata: dict[str, Any] = {"recoverable": len(recoverable), "organisations": organisations[:20]}
    return dg.AssetCheckResult(check_name=name, passed=recoverable.empty, metadata=metadata)


def manifest_check(name: str, published: Path) -> dg.AssetCheckResult:
    """Whether the published file is the one its manifest describes."""
    faults = broken_file(published)
    return dg.AssetCheckResult(check_name=name, passed=not faults, metadata={"faults": faults})
