"""What needs whole responses: importance of drivers and reliability of constructs; the formulas are in `estimation`."""

from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from estimation import cases

STATE = "organisation_id, state_fingerprint"
# Groups of the jackknife: by what a response says, so that it keeps its group under another key and in another order
# of rows. Of responses that say the same it makes no difference which is in which group.
GROUPS = 20
GROUP = (
    "md5_number_lower(hex(response_hash) || '|' || row_number() over (partition by response_hash order by"
    f" response_key)) % {GROUPS} as group_number"
)
# In billionths; 1 without any.
WEIGHT = "cast(cast(coalesce(weight, 1) as decimal(28, 9)) * 1000000000 as bigint) as weight"
TEXTS = (
    "organisation_id", "analysis", "instrument_kind", "subject_id", "driver_id", "channel", "period_id",
    "importance_method", "reason", "state_fingerprint",
)  # fmt: skip
NUMBERS = (
    "importance", "importance_low", "importance_high", "correlation", "beta", "r_squared", "alpha",
    "alpha_standardised", "item_rest_correlation", "alpha_if_dropped",
)  # fmt: skip
SCHEMA = pa.schema(
    [(name, pa.string()) for name in TEXTS]
    + [(name, pa.int64()) for name in ("n", "n_drivers")]
    + [(name, pa.float64()) for name in NUMBERS]
)
VERSION = ("mapping_id", "mapping_version")
# What a response has in common with those that are weighed with it.
WEIGHED_BY = (
    "service_id", "channel", "touchpoint_id", "life_event_id", "audience", "age_band",
)  # fmt: skip

Row = dict[str, Any]


def model(dbt: Any, session: Any) -> pa.Table:
    """Analyse the organisations that changed. Grain: one row per analysis, subject, driver, channel and year."""
    dbt.config(materialized="incremental", incremental_strategy="replace_keys", unique_key="organisation_id")
    undecided = dbt.ref("stg_organisation_state").project(STATE)
    if dbt.is_incremental:
        undecided = undecided.except_(session.sql(f"select {STATE} from {dbt.this}"))
    nodes = _rows(dbt.ref("ref_model_node").order("sort_order, node_id"))
    thresholds = dict(dbt.ref("ref_threshold").project("threshold, value").fetchall())
    limits = cases.Limits(
        least_n=int(thresholds["driver_min_n"]),
        least_n_per_driver=int(thresholds["driver_min_n_per_driver"]),
        answered_share=float(thresholds["driver_min_answered_share"]),
    )
    ended = dbt.ref("int_period").filter("is_ended and period_type = 'year'")
    years = dict(ended.project("base_period_id, period_id").fetchall())
    inputs = {
        "instrument": dbt.ref("instrument"),
        "mapping_item": dbt.ref("mapping_item"),
        "codebook": dbt.ref("codebook"),
        "int_weight": dbt.ref("int_weight"),
        "stg_response": dbt.ref("stg_response"),
    }
    retained = dbt.ref("int_retained_analysis")
    found: list[Row] = []
    for state in _rows(undecided.order("organisation_id")):
        own = f"organisation_id = {_text(state['organisation_id'])}"
        tables = {name: relation.filter(own) for name, relation in inputs.items()}
        former = _rows(retained.filter(own).order("all"))
        # Of years of which people are gone, what was published of them stands.
        standing = {(row["instrument_kind"], row["period_id"]) for row in former}
        found += [row | state for row in former if row["analysis"] is not None]
        for kind, responses in responses_by_kind(tables, nodes, years):
            rows = cases.analyses(responses, *subjects(nodes), limits)
            found += [
                row | state | {"instrument_kind": kind}
                for row in rows
                if (kind, row["period_id"]) not in standing
            ]
        # It has been computed, also when there was nothing to analyse.
        found.append(state)
    return pa.Table.from_pylist(found, schema=SCHEMA)


def subjects(nodes: list[Row]) -> tuple[list[str], list[str], dict[str, list[str]]]:
    """Outcomes, drivers, and constructs: the drivers of one kind under one node."""
    drivers = [node for node in nodes if node["floor"] == "driver"]
    constructs: dict[str, list[str]] = {}
    for node in drivers:
        name = "/".join(part for part in (node["parent_node_id"], node["driver_kind"]) if part)
        constructs.setdefault(name, []).append(node["node_id"])
    outcomes = [node["node_id"] for node in nodes if node["floor"] == "kpi"]
    return outcomes, [node["node_id"] for node in drivers], constructs


def responses_by_kind(
    tables: dict[str, Any], nodes: list[Row], years: dict[str, str]
) -> Iterator[tuple[str, cases.Responses]]:
    """The completed responses of one organisation in ended years, per kind of survey."""
    known = [node["node_id"] for node in nodes if node["floor"] in ("kpi", "driver")]
    items = [
        item
        for item in _rows(tables["mapping_item"].filter("is_counted").order("item_seq"))
        if item["node_id"] in known
    ]
    if not items or not years:
        return
    values = _rows(tables["codebook"].filter("value is not null"))
    scores, steps = scored(items, values)
    versions = tables["instrument"].filter("delivery_kind = 'respondent'").order(", ".join(VERSION))
    parts: dict[str, list[Row]] = {}
    for version in _rows(versions):
        asked = [item for item in items if _key(item) == _key(version)]
        if len({item["node_id"] for item in asked}) > 1:
            kept = weighed(tables, version, years)
            parts.setdefault(version["instrument_kind"], []).append(
                decoded(kept, version, asked, scores, known)
            )
    for kind, blocks in sorted(parts.items()):
        joined = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
        year_of = np.array([years[period] for period in joined.pop("periods").tolist()], dtype=np.str_)
        joined["weights"] //= max(int(np.gcd.reduce(joined["weights"])), 1)
        most = max(steps.values())
        joined["scores"] = joined["scores"].astype(np.min_scalar_type(-most))
        kept_steps = np.array([steps.get(node, 1) for node in known], dtype=np.int64)
        yield kind, cases.Responses(tuple(known), kept_steps, years=year_of, **joined)


def weighed(tables: dict[str, Any], version: Row, years: dict[str, str]) -> Any:
    """The completed responses to one version of a survey in ended years, with the weight that feeds figures."""
    own = " and ".join(f"{name} = {_text(version[name])}" for name in VERSION)
    counted = "is_completed and exclusion_reason is null and response_key is not null"
    period = f"period_id in ({', '.join(map(_text, years))})"
    responses = tables["stg_response"].filter(f"{own} and {counted} and {period}")
    if version["weight_method"] == "delivered":
        return responses.filter("weight > 0 and weight < 1000000")
    computed = tables["int_weight"].filter(f"mapping_id = {_text(version['mapping_id'])}")
    alike = " and ".join(f"response.{name} = computed.{name}" for name in WEIGHED_BY)
    same = f"response.period_id = computed.base_period_id and {alike}"
    joined = responses.set_alias("response").join(computed.set_alias("computed"), same, how="left")
    return joined.project(
        "response.channel, response.period_id, computed.weight, response.response_key, response.response_hash,"
        " response.answers"
    )


def scored(
    items: list[Row], values: list[Row]
) -> tuple[dict[tuple[Any, ...], dict[str, int]], dict[str, int]]:
    """Per item the score of each raw value in whole steps, and per node the number of steps of its scales together."""
    by_item: dict[tuple[Any, ...], Row] = {(*_key(item), item["item_seq"]): item for item in items}
    exact: dict[tuple[Any, ...], dict[str, Fraction]] = {key: {} for key in by_item}
    steps: dict[str, int] = {}
    for value in values:
        key = (*_key(value), value["item_seq"])
        if key in by_item:
            item = by_item[key]
            low, high = Fraction(item["min_value"]), Fraction(item["max_value"])
            score = (Fraction(value["value"]) - low) / (high - low)
            exact[key][value["raw_value"]] = score
            steps[item["node_id"]] = lcm(steps.get(item["node_id"], 1), score.denominator)
    return {
        key: {raw: int(score * steps[by_item[key]["node_id"]]) for raw, score in scores.items()}
        for key, scores in exact.items()
    }, steps


def decoded(
    responses: Any,
    version: Row,
    items: list[Row],
    scores: dict[tuple[Any, ...], dict[str, int]],
    nodes: list[str],
) -> dict[str, npt.NDArray[Any]]:
    """The responses to one version of a survey as arrays; a raw value is looked up once per question."""
    positions = [item["item_seq"] for item in items]
    answers = f"list_select(answers, {positions}) as answers"
    found = responses.project(f"channel, period_id, {WEIGHT}, {GROUP}, {answers}").to_arrow_table()
    listed = found["answers"].combine_chunks().flatten().dictionary_encode()
    raws = listed.dictionary.to_pylist()
    codes = listed.indices.fill_null(len(raws)).to_numpy(zero_copy_only=False).reshape(-1, len(items))
    table = np.full((found.num_rows, len(nodes)), cases.MISSING, dtype=np.int64)
    for column, item in enumerate(items):
        meaning = scores[(*_key(version), item["item_seq"])]
        score = np.array([*(meaning.get(raw, cases.MISSING) for raw in raws), cases.MISSING], dtype=np.int64)
        answer = score[codes[:, column]]
        place = nodes.index(item["node_id"])
        # Of two questions for one node at different dates, the one that was answered.
        table[:, place] = np.where(answer == cases.MISSING, table[:, place], answer)
    return {
        "scores": table,
        "channels": found["channel"].to_numpy().astype(np.str_),
        "periods": found["period_id"].to_numpy().astype(np.str_),
        "groups": found["group_number"].to_numpy().astype(np.int64),
        "weights": found["weight"].to_numpy().astype(np.int64),
    }


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in VERSION)


def _rows(relation: Any) -> list[Row]:
    return relation.to_arrow_table().to_pylist()  # type: ignore[no-any-return]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
