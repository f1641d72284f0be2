"""The rules as Great Expectations suites, run over the metrics.

Belongs here: translating rules to expectations, running them once per frame, translating results back. Does not belong
here: what a failed rule means for a delivery (`verdicts`); pages (`docs`).

Great Expectations is imported when the first suite runs: it costs seconds, and a night without news needs none of it.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from expectations.metrics import Metrics
from expectations.rules import GRAINS, Rule

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

KEYS = {
    "delivery": ["organisation_id", "delivery_id"],
    "item": ["organisation_id", "delivery_id", "node_id", "role"],
}


@dataclass(frozen=True)
class Result:
    """What one rule found: how many rows of its frame it applied to, and which of them (by position) failed."""

    rule: Rule
    judged: tuple[int, ...]
    failed: tuple[int, ...]


def open_context() -> "EphemeralDataContext":
    """A Great Expectations context that keeps everything in memory and talks to nobody."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def run(context: "EphemeralDataContext", rules: Iterable[Rule], metrics: Metrics) -> list[Result]:
    """Validate both frames, each with one suite; results in the order of the rules.

    Raises RuntimeError when an expectation itself breaks: then nothing was judged.
    """
    by_grain = {grain: [rule for rule in rules if rule.grain == grain] for grain in GRAINS}
    found = {
        result.rule.code: result
        for grain, own in by_grain.items()
        if own
        for result in _validate(context, grain, own, metrics.of(grain))
    }
    return [found[rule.code] for rule in rules]


def rule_columns(rules: Sequence[Rule], frame: pd.DataFrame) -> pd.DataFrame:
    """One column per rule: its metric where the rule applies, else empty."""
    columns = {}
    for rule in rules:
        applies = pd.Series(True, index=frame.index)
        for column, values in rule.where.items():
            applies &= frame[column].isin(values)
        for column, least in rule.minimum.items():
            applies &= frame[column].astype("float64") >= least
        columns[rule.code] = frame[rule.metric].astype("float64").where(applies)
    return pd.DataFrame(columns, index=frame.index)


def _validate(
    context: "EphemeralDataContext", grain: str, rules: Sequence[Rule], frame: pd.DataFrame
) -> list[Result]:
    import great_expectations as gx

    columns = rule_columns(rules, frame)
    keys = frame[KEYS[grain]].assign(position=range(len(frame)))
    asset = context.data_sources.add_pandas(f"{grain} metrics").add_dataframe_asset(f"{grain} metrics")
    suite = gx.ExpectationSuite(name=f"{grain} rules", expectations=[_expectation(rule) for rule in rules])
    definition = gx.ValidationDefinition(
        name=f"{grain} rules",
        data=asset.add_batch_definition_whole_dataframe("night"),
        suite=context.suites.add(suite),
    )
    outcome = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": pd.concat([keys, columns], axis="columns")},
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [*keys.columns],
            "exclude_unexpected_values": True,
            "include_unexpected_rows": False,
        },
    )
    by_code = {one.expectation_config.meta["code"]: one for one in outcome.results if one.expectation_config}
    return [_result(rule, by_code[rule.code], columns[rule.code]) for rule in rules]


def _expectation(rule: Rule) -> Any:
    import great_expectations.expectations as gxe

    return getattr(gxe, rule.expectation)(
        column=rule.code,
        **rule.bounds,
        meta={"code": rule.code, "metric": rule.metric, "severity": rule.severity},
        notes=f"{rule.metric}: {rule.text_en}",
    )


def _result(rule: Rule, outcome: Any, column: pd.Series) -> Result:
    if outcome.exception_info.get("raised_exception", True):
        raise RuntimeError(
            f"gate: the expectation of rule {rule.code} could not be evaluated; check its bounds"
        )
    listed = outcome.result.get("unexpected_index_list") or []
    failed = sorted(int(position) for part in listed for position in part["position"])
    judged = (int(position) for position in column.notna().to_numpy().nonzero()[0])
    return Result(rule, tuple(judged), tuple(failed))
