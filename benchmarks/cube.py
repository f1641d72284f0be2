"""The night's own count cube, and the floor's figures from it: what of the marts answers the floor's question.

Belongs here: running the cube's model once more by itself, so that it can be measured. Does not belong here: the model;
its SQL is taken as dbt compiled it in the night. A process of its own: `python -m benchmarks.cube WORK TARGET`, right
after a first night.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.figures import COUNTED_SQL
from benchmarks.floor import THREADS

_CUBE = "model.meethuis.int_answer_count"

_FIGURES = f"""
select
    organisation_id, base_period_id as period_id, service_group, channel, node_id as kpi_id, {COUNTED_SQL}
from (
    select
        cube.organisation_id, cube.base_period_id, cube.service_group, cube.channel, cube.node_id,
        100 * cast(cube.value - item.min_value as double) / cast(item.max_value - item.min_value as double) as score,
        cube.category = 1 as is_positive,
        cube.n as answer_n
    from int_answer_count as cube
    inner join warehouse.harmonised.mapping_item as item
        using (organisation_id, mapping_id, mapping_version, item_seq)
) as scored
group by all
"""


def compute(work: Path, target: Path) -> None:
    """Build the cube into a database of its own and write the floor's figures from it to a Parquet file."""
    nodes = json.loads((work / "dbt" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    database = target.with_suffix(".duckdb")
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database), config={"threads": THREADS}) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach '{work / 'warehouse.duckdb'}' as warehouse (read_only)")
        for node in _stored(nodes, _CUBE):
            connection.execute(
                f"create table if not exists {node['name']} as {_everything(node['compiled_code'])}"
            )
        connection.execute(f"copy ({_FIGURES}) to '{target}' (format parquet)")


def _stored(nodes: dict[str, Any], unique_id: str) -> Iterator[dict[str, Any]]:
    """The tables that a model is made of, and then the model; views cost nothing by themselves."""
    node = nodes[unique_id]
    for parent in node["depends_on"]["nodes"]:
        if parent.startswith("model."):
            yield from _stored(nodes, parent)
    if node["config"]["materialized"] != "view":
        yield node


def _everything(sql: str) -> str:
    """The model's SQL; refused when it was compiled for some organisations only."""
    if "organisation_id in ('" in sql:
        raise SystemExit("the last night changed some organisations only; measure after a first night")
    return sql


if __name__ == "__main__":
    compute(Path(sys.argv[1]), Path(sys.argv[2]))
