"""The night's own count cube, and the floor's figures from it: what of the marts answers the floor's question.

Belongs here: running the cube's model once more by itself, so that it can be measured. Does not belong here: the model;
its statements are those that dbt ran in the night, some organisations at a time. A process of its own:
`python -m benchmarks.cube WORK TARGET`, right after a first night.
"""

import sys
from pathlib import Path

import duckdb

from benchmarks.figures import COUNTED_SQL
from benchmarks.floor import THREADS

_CUBE = "int_answer_count"
_STATEMENTS = f"dbt/run/meethuis/models/intermediate/{_CUBE}.sql"
_STORED_AS = f'"warehouse"."intermediate"."{_CUBE}"'

_FIGURES = f"""
select
    organisation_id, base_period_id as period_id, service_group, channel, node_id as kpi_id, {COUNTED_SQL}
from (
    select
        cube.organisation_id, cube.base_period_id, cube.service_group, cube.channel, cube.node_id,
        100 * cast(cube.value - item.min_value as double) / cast(item.max_value - item.min_value as double) as score,
        cube.category = 1 as is_positive,
        cube.n as answer_n
    from {_CUBE} as cube
    inner join warehouse.harmonised.mapping_item as item
        using (organisation_id, mapping_id, mapping_version, item_seq)
) as scored
group by all
"""


def compute(work: Path, target: Path) -> None:
    """Build the cube into a database of its own and write the floor's figures from it to a Parquet file."""
    database = target.with_suffix(".duckdb")
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database), config={"threads": THREADS}) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach '{work / 'warehouse.duckdb'}' as warehouse (read_only)")
        connection.execute(_of_a_first_night((work / _STATEMENTS).read_text(encoding="utf-8")))
        connection.execute(f"copy ({_FIGURES}) to '{target}' (format parquet)")


def _of_a_first_night(statements: str) -> str:
    """What dbt ran, into a table of this database; refused when it replaced some organisations in a table."""
    if f"create table {_STORED_AS} as" not in statements:
        raise SystemExit("the last night changed some organisations only; measure after a first night")
    return statements.replace(_STORED_AS, _CUBE)


if __name__ == "__main__":
    compute(Path(sys.argv[1]), Path(sys.argv[2]))
