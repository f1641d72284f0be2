"""Resolution: which landed rows count when a response occurs more than once.

Belongs here: the rule for equal response ids, as one DuckDB query over the landed files of an organisation. Does not
belong here: which deliveries are current (`currency`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

_EXCEPTIONS = """
with landed as (
    select distinct delivery_id, row_number, instrument_id, response_key, response_hash, submitted_at, contact_date
    from read_parquet($paths)
    where response_key is not null
),
ranked as (
    select
        *,
        dense_rank() over (
            partition by instrument_id, response_key
            order by submitted_at desc nulls last, contact_date desc nulls last, delivery_id
        ) as standing,
        row_number() over (
            partition by instrument_id, response_key, response_hash
            order by submitted_at desc nulls last, contact_date desc nulls last, delivery_id, row_number
        ) as occurrence
    from landed
),
-- Different answers, one id, one moment, one file: nothing says which is right.
undecidable as (
    select instrument_id, response_key, delivery_id
    from ranked
    where standing = 1
    group by all
    having count(distinct response_hash) > 1
)
select ranked.delivery_id, ranked.row_number,
    case when undecidable.delivery_id is not null then 'quarantined' else 'duplicate' end as resolution
from ranked
left join undecidable using (instrument_id, response_key, delivery_id)
where undecidable.delivery_id is not null or ranked.standing > 1 or ranked.occurrence > 1
order by ranked.delivery_id, ranked.row_number
"""

_COUNTS = """
with landed as (
    select delivery_id, row_number, bool_and(is_completed) as is_completed,
        min(exclusion_reason) as exclusion_reason
    from read_parquet($paths)
    group by delivery_id, row_number
)
select
    landed.delivery_id,
    count(*) filter (where exceptions.resolution is null) as processed,
    count(*) filter (where exceptions.resolution = 'duplicate') as duplicate,
    count(*) filter (where exceptions.resolution = 'quarantined') as quarantined,
    count(*) filter (where exceptions.resolution is null and landed.exclusion_reason is not null) as excluded,
    count(*) filter (
        where exceptions.resolution is null and not landed.is_completed and landed.exclusion_reason is null
    ) as incomplete
from landed
left join exceptions using (delivery_id, row_number)
group by landed.delivery_id
"""

_WITH_LEFT_OUT = """
select * from found
union all
select delivery_id, row_number, min(resolution) as resolution
from left_out
anti join found using (delivery_id, row_number)
where delivery_id in (select delivery_id from read_parquet($paths))
group by delivery_id, row_number
order by delivery_id, row_number
"""

_SCHEMA = pa.schema([("delivery_id", pa.string()), ("row_number", pa.int64()), ("resolution", pa.string())])


@dataclass(frozen=True)
class RowCounts:
    """How a delivery's landed rows came out; `excluded` and `incomplete` are parts of `processed`."""

    processed: int
    duplicate: int
    quarantined: int
    excluded: int
    incomplete: int


@dataclass(frozen=True)
class Resolved:
    """`exceptions`: Arrow table (delivery_id, row_number, resolution) of landed rows that must not count."""

    exceptions: pa.Table
    counts: dict[str, RowCounts]


def left_out_rows(rows: Iterable[Sequence[object]] = ()) -> pa.Table:
    """Rows (delivery_id, row_number, resolution) that are decided already."""
    listed = [dict(zip(_SCHEMA.names, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(listed, _SCHEMA)


NOTHING_LEFT_OUT = left_out_rows()


def resolve(landed_paths: Sequence[Path], left_out: pa.Table = NOTHING_LEFT_OUT) -> Resolved:
    """Decide over every landed row of these deliveries of one organisation.

    `left_out`: rows that repeat what only counts are left of (`retention`), whatever else is decided.

    Identical content under one response id counts once; of different contents the highest `submitted_at` wins, else
    the latest contact date, then the smaller delivery id. Within one file without any of these, all are quarantined.
    """
    # A delivery of which no row could be landed has no file.
    paths = [str(path) for path in landed_paths if path.exists()]
    if not paths:
        return Resolved(_SCHEMA.empty_table(), {})
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        exceptions = connection.sql(_EXCEPTIONS, params={"paths": paths}).to_arrow_table().cast(_SCHEMA)
        if len(left_out):
            connection.register("found", exceptions)
            connection.register("left_out", left_out)
            exceptions = (
                connection.sql(_WITH_LEFT_OUT, params={"paths": paths}).to_arrow_table().cast(_SCHEMA)
            )
        connection.register("exceptions", exceptions)
        rows = connection.execute(_COUNTS, {"paths": paths}).fetchall()
    return Resolved(exceptions, {row[0]: RowCounts(*row[1:]) for row in rows})
