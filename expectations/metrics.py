"""The metrics: counts, shares and means over the landed files, one frame for deliveries and one for their items.

Belongs here: running the queries in `sql/` on an in-memory DuckDB. Does not belong here: any threshold (`rules.yml`) or
verdict (`verdicts`). No answer leaves this module: every column of a frame is a key, a count, a share or a mean.

Formulas: population stability index = sum of (p - q) ln(p / q) over answer values; POMP = 100 (x - min) / (max - min);
design effect = n sum(w^2) / (sum w)^2 (Kish 1965); z of a correlation = artanh(r) sqrt(n - 3) (Fisher 1921).
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from expectations.delivery import Delivery
from expectations.history import Precedent, precedents, volume
from expectations.rules import Parameters

_SQL = Path(__file__).with_name("sql")
# Landed rows whose answers are unfolded together; some thirty answers each.
_ROWS_AT_ONCE = 100_000

_JUDGED = pa.schema(
    [(name, pa.string()) for name in ("organisation_id", "delivery_id")]
    + [
        (name, pa.int64())
        for name in (
            "rows_in_file",
            "rows_landed",
            "rows_quarantined",
            "rows_structural",
            "rows_misdated",
            "rows_misweighted",
            "new_columns_to_approve",
            "columns_contradicting",
            "population",
            "invited",
        )
    ]
)
_VOLUME = pa.schema(
    [("organisation_id", pa.string()), ("delivery_id", pa.string())]
    + [("kept_share", pa.float64()), ("previous_rows", pa.int64())]
)
_PRECEDENT = pa.schema([(name, pa.string()) for name in Precedent._fields])
_NODE = pa.schema([(name, pa.string()) for name in ("node_id", "floor", "parent_node_id")])


@dataclass(frozen=True)
class Metrics:
    """The frames by grain: `delivery` has one row per judged delivery, `item` one per delivery, node, role, scale."""

    delivery: pd.DataFrame
    item: pd.DataFrame

    def of(self, grain: str) -> pd.DataFrame:
        """The frame of a grain."""
        return {"delivery": self.delivery, "item": self.item}[grain]


def measure(
    judged: Sequence[Delivery],
    past: Iterable[Delivery],
    mapping_item: pa.Table,
    codebook: pa.Table,
    model_nodes: Iterable[Mapping[str, str]],
    parameters: Parameters,
) -> Metrics:
    """Compute the metrics of every delivery in `judged` (at least one), beside the history in `past`.

    `mapping_item` and `codebook` are the state tables of those names for every mapping version that a landed file
    names; `model_nodes` are rows of ref_model_node. Only the landed files of `judged` and of the periods they are
    compared with are opened. Raises duckdb.Error when a landed file is missing or has another schema.
    """
    known = {delivery.key: delivery for delivery in (*past, *judged)}
    with _connection() as connection:
        connection.register(
            "model_node", pa.Table.from_pylist([_node(row) for row in model_nodes], schema=_NODE)
        )
        connection.register("mapping_item", mapping_item)
        connection.register("codebook", codebook)
        volumes = [volume(one, known.values())._asdict() for one in judged]
        connection.register("volume", pa.Table.from_pylist(volumes, schema=_VOLUME))
        for name in ("meaning", "closed_item"):
            connection.execute(_query(name))
        measured = []
        for part in _parts(judged):
            found = precedents(part, known.values(), parameters.history_periods)
            used = {delivery.key for delivery in part} | {
                (one.organisation_id, one.precedent_id) for one in found
            }
            _open_landed(connection, [known[key] for key in sorted(used)])
            measured.append(_measure_part(connection, part, found, parameters))
        by_grain = zip(*measured, strict=True)
        return Metrics(*(connection.from_arrow(pa.concat_tables(tables)).df() for tables in by_grain))


def _parts(judged: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """The deliveries of whole organisations together, in order: memory does not grow with their number."""
    part: list[Delivery] = []
    rows = 0
    by_organisation = sorted(judged, key=attrgetter("organisation_id"))
    for _, own in groupby(by_organisation, key=attrgetter("organisation_id")):
        deliveries = list(own)
        more = sum(one.reading.rows_landed for one in deliveries)
        if part and rows + more > _ROWS_AT_ONCE:
            yield part
            part, rows = [], 0
        part += deliveries
        rows += more
    yield part


def _measure_part(
    connection: duckdb.DuckDBPyConnection,
    judged: Sequence[Delivery],
    found: Sequence[Precedent],
    parameters: Parameters,
) -> tuple[pa.Table, pa.Table]:
    """The rows of both frames for these deliveries: of the grain delivery and of the grain item."""
    judged_rows = [_judged(one, parameters) for one in judged]
    connection.register("judged", pa.Table.from_pylist(judged_rows, schema=_JUDGED))
    precedent_rows = [one._asdict() for one in found]
    connection.register("precedent", pa.Table.from_pylist(precedent_rows, schema=_PRECEDENT))
    connection.execute(_query("answer"))
    connection.execute(_query("score"), {"sampled_responses": parameters.sampled_responses})
    items = {"straight_lining_items": parameters.straight_lining_items}
    return (
        connection.sql(_query("delivery_metrics"), params=items).to_arrow_table(),
        connection.sql(_query("item_metrics")).to_arrow_table(),
    )


@contextmanager
def _connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with (
        tempfile.TemporaryDirectory() as spill,
        duckdb.connect(config={"temp_directory": spill}) as connection,
    ):
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            "create macro pomp_of(value, low, high, direction) as"
            " 100 * (case direction when 'low_is_good' then high - value else value - low end) / (high - low)"
        )
        yield connection


def _open_landed(connection: duckdb.DuckDBPyConnection, deliveries: Sequence[Delivery]) -> None:
    """The view `landed` over the files of `deliveries`; a file of the history that retention removed is left out."""
    paths = [
        str(one.landed_path) for one in deliveries if one.reading.rows_landed and one.landed_path.exists()
    ]
    if paths:
        connection.read_parquet(paths).create_view("landed")
    else:
        connection.execute(_query("no_landed"))


def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _judged(delivery: Delivery, parameters: Parameters) -> dict[str, object]:
    reading = delivery.reading
    return {
        "organisation_id": delivery.organisation_id,
        "delivery_id": delivery.delivery_id,
        "rows_in_file": reading.rows_in_file,
        "rows_landed": reading.rows_landed,
        "rows_quarantined": reading.rows_quarantined,
        "rows_structural": _counted(delivery, parameters.structural_codes),
        "rows_misdated": _counted(delivery, parameters.date_order_codes),
        "rows_misweighted": _counted(delivery, parameters.weight_codes),
        # The reader calls new columns an error where the mapping wants them approved first.
        "new_columns_to_approve": _counted(delivery, parameters.new_column_codes, ("error",)),
        "columns_contradicting": _counted(delivery, parameters.label_codes),
        "population": delivery.population,
        "invited": delivery.invited,
    }


def _counted(
    delivery: Delivery, codes: Sequence[str], severities: Sequence[str] = ("error", "warning", "info")
) -> int:
    return sum(
        problem.count
        for problem in delivery.reading.problems
        if problem.code in codes and problem.severity in severities
    )


def _node(row: Mapping[str, str]) -> dict[str, str | None]:
    return {"node_id": row["node_id"], "floor": row["floor"], "parent_node_id": row["parent_node_id"] or None}
