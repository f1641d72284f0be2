"""One night's judgement: metrics, suites, verdicts and pages, in that order.

Belongs here: the way through the room. Does not belong here: any of its steps.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from expectations import docs, suites
from expectations.delivery import Delivery
from expectations.metrics import measure
from expectations.rules import parameters, rules
from expectations.verdicts import RuleResult, Verdict, summary, verdicts


@dataclass(frozen=True)
class Judgement:
    """Verdicts in the order of organisation and delivery; one result per rule, in the order of the rules."""

    verdicts: tuple[Verdict, ...]
    rules: tuple[RuleResult, ...]


def judge(
    deliveries: Sequence[Delivery],
    history: Iterable[Delivery],
    mapping_item: pa.Table,
    codebook: pa.Table,
    model_nodes: Iterable[Mapping[str, str]],
    docs_dir: Path | None = None,
) -> Judgement:
    """Judge `deliveries` by the rules of `rules.yml`.

    `history`: current deliveries, of which those in the six periods before a delivery, of its organisation and
    instrument, are compared with it; deliveries judged together are each other's history. `mapping_item`, `codebook`:
    the state tables of those names, for every mapping version a landed file names. `model_nodes`: rows of
    ref_model_node. `docs_dir`: where to write Data Docs, None for none.

    Without deliveries nothing is opened or imported. Raises duckdb.Error for a missing or foreign landed file.
    """
    if not deliveries:
        return Judgement(
            (), tuple(RuleResult(one.code, one.check_name, one.severity, 0, 0, ()) for one in rules())
        )
    metrics = measure(deliveries, history, mapping_item, codebook, model_nodes, parameters())
    context = suites.open_context()
    results = suites.run(context, rules(), metrics)
    if docs_dir is not None:
        docs.build(context, docs_dir)
    return Judgement(verdicts(results, metrics), summary(results, metrics))
