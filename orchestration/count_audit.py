"""The disclosure audit of the marts that hold plain counts: response, process, driver and what is made of it.

Belongs here: handing tonight's marts as readers get them, the counts behind them, and those of the publication in
force to `disclosure`. Does not belong here: how counts are hidden or attacked.
"""

import duckdb
import pandas as pd

from disclosure.audit_driver import audit_driver, audit_driver_summary
from disclosure.audit_process import audit_process
from disclosure.audit_response import audit_response

_PERIOD = "(select distinct period_id, period_type, period_start from warehouse.intermediate.int_period)"
_BEFORE = """
    coalesce(candidate.n, 0) as n,
    coalesce(candidate.n_published, 0) as n_published,
    coalesce(candidate.n_before, 0) as n_before,
    candidate.was_published, candidate.was_suppressed, candidate.was_pending,
    protection.is_revision_pending as is_standing
"""
_ROW = "organisation_id, instrument_id, instrument_kind, period_id, channel"
_RATES = "response_rate, response_rate_low, response_rate_with_partials, break_off_rate, coverage_share"
_RESPONSE = f"""
with shown as (
    unpivot warehouse.marts.response
    on population, invited, delivered, started, completed, partials, screened_out
    into name count_name value shown
)
select {_ROW}, count_name, period_type, period_start, {_BEFORE}, shown.shown
from warehouse.intermediate.int_response_candidate as candidate
inner join warehouse.intermediate.int_response_protection as protection using ({_ROW}, count_name)
inner join {_PERIOD} as period using (period_id)
left join (select {_ROW}, count_name, shown from shown) as shown using ({_ROW}, count_name)
order by all
"""
_FIGURE = "organisation_id, service_id, period_id, metric"
_PROCESS = f"""
select {_FIGURE}, period.period_type, period.period_start, {_BEFORE}, mart.n as shown, mart.value
from warehouse.intermediate.int_process_candidate as candidate
inner join warehouse.intermediate.int_process_protection as protection using ({_FIGURE})
inner join {_PERIOD} as period using (period_id)
left join warehouse.marts.process as mart using ({_FIGURE})
order by all
"""
_UNSHOWN_FIGURES = """
select distinct organisation_id, instrument_kind, kpi_id, period_id, channel
from warehouse.marts.kpi
where (is_suppressed or contains(flags, 'revision_pending')) and service_group = 'all' and audience = 'all'
"""
_PARTS = """
    select organisation_id, instrument_kind, 'importance' as analysis, outcome_id as subject_id, driver_id, channel,
        period_id, is_suppressed
    from warehouse.marts.driver
    union all
    select organisation_id, instrument_kind, 'reliability', construct_id, driver_id, channel, period_id, is_suppressed
    from warehouse.marts.reliability
"""
_ANALYSIS = "organisation_id, instrument_kind, analysis, subject_id, channel, period_id"
_ANALYSES = f"""
select {_ANALYSIS}, max(analysis.n) as n, bool_and(part.is_suppressed) as is_suppressed
from warehouse.intermediate.int_driver_analysis as analysis
inner join ({_PARTS}) as part using ({_ANALYSIS}, driver_id)
group by all
order by all
"""
_RESTS_ON = f"""
select {_ANALYSIS}, driver_id as kpi_id from ({_PARTS})
union
select {_ANALYSIS}, subject_id as kpi_id from ({_PARTS}) where analysis = 'importance'
"""
_LEAST_ORGANISATIONS = (
    "select value from warehouse.reference.ref_threshold where threshold = 'peers_min_organisations'"
)


def recoverable_counts(connection: duckdb.DuckDBPyConnection, min_n: int) -> pd.DataFrame:
    """What can be computed of counts though it is hidden: keys and method, no count; empty when all is well.

    `connection` has the warehouse attached under that name.
    """

    def rows(query: str) -> pd.DataFrame:
        return connection.execute(query).df()

    figures = rows(_UNSHOWN_FIGURES)
    (least,) = connection.execute(_LEAST_ORGANISATIONS).fetchone() or (1,)
    drivers = rows("select * from warehouse.marts.driver where importance is not null")
    found = {
        "response": audit_response(
            rows(_RESPONSE), rows(f"select {_ROW}, {_RATES} from warehouse.marts.response"), figures, min_n
        ),
        "process": audit_process(rows(_PROCESS), min_n),
        "driver": audit_driver(rows(_ANALYSES), rows(_RESTS_ON), figures, min_n),
        "driver_summary": audit_driver_summary(
            rows("select * from warehouse.marts.driver_summary"), drivers, int(least)
        ),
    }
    return pd.concat([one.assign(mart=mart) for mart, one in found.items()], ignore_index=True)


def counts_told_without_history(connection: duckdb.DuckDBPyConnection, min_n: int) -> pd.DataFrame:
    """Counts that differ a little between the published file and tonight's marts, or are hidden in one of them.

    `connection` has both attached, as `published` and as `warehouse`. Keys and method; empty when all is well.
    """
    differs = f"""
        (tonight.{{n}} is null) <> (before.{{n}} is null) and (tonight.is_suppressed or before.is_suppressed)
        or tonight.{{n}} <> before.{{n}} and abs(tonight.{{n}} - before.{{n}}) < {min_n}
    """
    of_people = " or ".join(
        differs.format(n=name) for name in ("started", "completed", "partials", "screened_out")
    )
    found = [
        connection.execute(f"""
            select {key}, '{mart}' as mart, 'history' as method
            from warehouse.marts.{mart} as tonight
            inner join published.marts.{mart} as before using ({key})
            where {condition}
        """).df()
        for mart, key, condition in (
            ("response", _ROW, of_people),
            ("process", _FIGURE, differs.format(n="n")),
        )
    ]
    return pd.concat(found, ignore_index=True)
