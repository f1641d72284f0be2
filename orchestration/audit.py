"""The disclosure audit before a publication: can anything hidden be computed from what readers get or have?

Belongs here: handing the cells of tonight and of the publication in force to `disclosure.audit`. Does not belong here:
how figures are hidden or attacked; marts of plain counts (`count_audit`).
"""

from pathlib import Path

import duckdb
import pandas as pd

import disclosure
from orchestration.count_audit import counts_told_without_history, recoverable_counts

_KEY = (
    "organisation_id, kpi_id, instrument_kind, period_id,"
    " breakdown, breakdown_value, service_group, channel, audience"
)
_CELLS = f"""
with since as (
    select {_KEY}, sum(n_since) as n_since, sum(abs(n_change)) as size, sum(abs(n_since)) as since_size
    from warehouse.intermediate.int_cell_change
    where organisation_id in :organisations
    group by all
)
select
    row_number() over (order by {_KEY}) - 1 as cell,
    {_KEY}, period.period_type, period.period_start, {disclosure.breakdown_columns()},
    candidate.n, candidate.answers_hash,
    cast(candidate.n - coalesce(since.n_since, 0) as bigint) as n_before,
    revision.is_suppressed,
    revision.is_revision_pending,
    coalesce(since.since_size, 0) as since_size,
    candidate.was_suppressed or candidate.was_pending
        or (not candidate.was_published and candidate.n - coalesce(since.n_since, 0) > 0) as was_unknown,
    not bool_or(candidate.was_published)
        over (partition by organisation_id, kpi_id, instrument_kind, period_id) as was_new,
    coalesce(since.size, 0) as size,
    asked.organisation_id is not null as is_asked
from warehouse.intermediate.int_cell_candidate as candidate
inner join warehouse.intermediate.int_revision as revision using ({_KEY})
inner join (select distinct period_id, period_type, period_start from warehouse.intermediate.int_period) as period
    using (period_id)
left join since using ({_KEY})
left join asked using ({_KEY})
where organisation_id in :organisations
order by cell
"""
_CHANGES = f"""
select cell.cell, dense_rank() over (order by change.scale_id, change.value) as answer, change.n_since as since
from warehouse.intermediate.int_cell_change as change
inner join cell using ({_KEY})
where change.n_since <> 0
order by all
"""
# The same cells for the same keys, whatever else is published.
_ASKED = f"""
create temp table asked as
select {_KEY} from warehouse.intermediate.int_revision
where is_suppressed
order by md5(concat_ws('|', {_KEY}))
limit {{sample}}
"""
_SAMPLE = 1000
_SIZES = (
    "select organisation_id, count(*) from warehouse.intermediate.int_cell_candidate group by 1 order by 1"
)
_MIN_N = "select value from warehouse.reference.ref_threshold where threshold = 'suppression_min_n'"


def recoverable_figures(warehouse: Path) -> pd.DataFrame:
    """What can be computed though it is hidden: keys and method, no count; empty when all is well."""
    with duckdb.connect() as connection:
        path = str(warehouse).replace("'", "''")
        connection.execute(f"attach '{path}' as warehouse (read_only)")
        (min_n,) = connection.execute(_MIN_N).fetchone() or (10,)
        connection.execute(_ASKED.format(sample=_SAMPLE))
        sizes = connection.execute(_SIZES).fetchall()
        found = [
            _attacked(connection, organisations, int(min_n)) for organisations in disclosure.parts(sizes)
        ]
        found.append(recoverable_counts(connection, int(min_n)))
    return pd.concat(found, ignore_index=True)


def told_without_history(warehouse: Path, published: Path) -> pd.DataFrame:
    """Figures and counts that differ a little between the published file and tonight's marts, or are hidden in one.

    For nights without a history, when nothing made figures stand. Keys and method; empty when all is well.
    """
    row = f"{_KEY.replace('breakdown, breakdown_value, ', '')}, statistic"
    with duckdb.connect() as connection:
        for name, path in (("warehouse", warehouse), ("published", published)):
            text = str(path).replace("'", "''")
            connection.execute(f"attach '{text}' as {name} (read_only)")
        figures = connection.execute(f"""
            select {row}, 'history' as method
            from warehouse.marts.kpi as tonight
            inner join published.marts.kpi as before using ({row})
            where
                tonight.is_suppressed <> before.is_suppressed
                or (tonight.n <> before.n and abs(tonight.n - before.n) < ({_MIN_N}))
                or (tonight.n = before.n and tonight.value_unweighted <> before.value_unweighted)
        """).df()
        (min_n,) = connection.execute(_MIN_N).fetchone() or (10,)
        return pd.concat([figures, counts_told_without_history(connection, int(min_n))])


def _attacked(connection: duckdb.DuckDBPyConnection, organisations: str, min_n: int) -> pd.DataFrame:
    cell = connection.execute(_CELLS.replace(":organisations", organisations)).df()
    changes = connection.execute(_CHANGES).df()
    cell["was_unknown"] |= cell["was_new"]
    # Who kept the last file knows what it showed and what has not changed since.
    is_kept = ~cell["was_unknown"] & (cell["since_size"] == 0)
    cell["is_unknown"] = cell["is_revision_pending"] | (cell["is_suppressed"] & ~is_kept)
    # A figure that stands may follow where many answers changed; a small change may not.
    is_secret = cell["is_suppressed"] | ((cell["size"] > 0) & (cell["size"] < min_n))
    exact = disclosure.audit(cell.assign(is_suppressed=cell["is_unknown"]), disclosure.DIMENSIONS)
    return pd.concat(
        [
            exact[is_secret[exact.index]],
            disclosure.audit_ranges(cell, disclosure.DIMENSIONS),
            disclosure.audit_changes(cell, changes, min_n, disclosure.DIMENSIONS),
        ]
    )
