"""The floor: the least work that yields the figures, as SQL written by hand for these files.

Belongs here: the SQL and nothing else: no checks, no receipts, no protection, nothing kept. A process of its own:
`python -m benchmarks.floor DELIVERIES TARGET [counting-first]`.
"""

import sys
from pathlib import Path

import duckdb

from benchmarks import survey
from benchmarks.deliveries import Deliveries
from benchmarks.figures import AGGREGATES_SQL, CODEBOOK_SQL, COUNTED_SQL, KEYS

THREADS = 2

_DELIVERED = f"""
with delivered as (
    select {{columns}}, {survey.SERVICE}, {survey.CHANNEL}, substr({survey.DAY}, 1, 7) as period_id
    from read_csv($files, delim = ';', quote = '"', escape = '"', header = true, auto_detect = false, columns = $names)
),
"""
_MEANING = f"""
inner join (from score where organisation_id = $organisation_id) as score using (column_name, raw_value)
inner join service on listed.{survey.SERVICE} = service.raw_value
inner join channel on listed.{survey.CHANNEL} = channel.raw_value
group by all
"""
_UNPIVOT = "unpivot delivered on {columns} into name column_name value raw_value"

PLAIN = f"""
insert into figure
{_DELIVERED}
listed as ({_UNPIVOT})
select
    $organisation_id as organisation_id, period_id, service_group, channel, kpi_id, {AGGREGATES_SQL}
from listed
{_MEANING}
"""
"""The floor: every answer is looked up, then summed."""

COUNTING_FIRST = f"""
insert into figure
{_DELIVERED}
listed as (select *, count(*) as answer_n from ({_UNPIVOT}) group by all)
select
    $organisation_id as organisation_id, period_id, service_group, channel, kpi_id, {COUNTED_SQL}
from listed
{_MEANING}
"""
"""A better floor: equal answers are counted before they are looked up."""


def compute(delivered: Deliveries, target: Path, sql: str = PLAIN) -> None:
    """Write the figures of all organisations to a Parquet file."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        for table in ("item", "codebook", "service", "channel"):
            connection.execute(
                f"create table {table} as from read_csv($1, all_varchar = {table != 'item' and table != 'codebook'})",
                [str(delivered.tables / f"{table}.csv")],
            )
        connection.execute(f"create table score as {CODEBOOK_SQL.format(item='item', codebook='codebook')}")
        connection.execute(
            "create table figure (organisation_id varchar, period_id varchar, service_group varchar, channel varchar,"
            " kpi_id varchar, n bigint, mean_pomp double, variance double, share_positive double)"
        )
        for organisation_id in delivered.organisation_ids():
            files = delivered.files(organisation_id)
            connection.execute(
                sql.format(columns=", ".join(_counted_columns(connection, organisation_id))),
                {
                    "files": [str(path) for path in files],
                    "names": dict.fromkeys(_header(files[0]), "VARCHAR"),
                    "organisation_id": organisation_id,
                },
            )
        connection.execute(
            f"copy (select {', '.join(KEYS)}, * exclude ({', '.join(KEYS)}) from figure) to '{target}' (format parquet)"
        )


def _counted_columns(connection: duckdb.DuckDBPyConnection, organisation_id: str) -> list[str]:
    found = connection.execute("select column_name from item where organisation_id = $1", [organisation_id])
    return [name for (name,) in found.fetchall()]


def _header(file: Path) -> list[str]:
    with file.open(encoding="utf-8") as stream:
        return stream.readline().rstrip("\r\n").split(";")


if __name__ == "__main__":
    way = COUNTING_FIRST if sys.argv[3:] == ["counting-first"] else PLAIN
    compute(Deliveries(Path(sys.argv[1])), Path(sys.argv[2]), way)
