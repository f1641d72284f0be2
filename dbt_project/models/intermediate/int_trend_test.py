"""Whether a figure changed beyond chance since an earlier period; the tests are those of `estimation.significance`."""

from typing import Any

import numpy as np
import pyarrow as pa

import disclosure
from estimation import significance

STATE = "organisation_id, state_fingerprint"
KEYS = ["organisation_id", "cell_number", "comparison", "statistic", "state_fingerprint"]
# Rows at a time: some 200 bytes each, here and in numpy.
ROWS_AT_ONCE = 400_000

COMPARABLE = """
    select
        pair.organisation_id,
        pair.cell_number,
        pair.comparison,
        own.statistic,
        pair.state_fingerprint,
        own.method in ('mean_score', 'mean_value') as is_mean,
        own.method = 'net_share' as is_net_share,
        own.value,
        own.standard_error,
        pair.n_eff,
        earlier.value as compared_value,
        earlier.standard_error as compared_standard_error,
        pair.compared_n_eff,
        covariance.covariance is not null as is_paired,
        coalesce(covariance.covariance, 0) as covariance,
        coalesce(covariance.common_share, 0) as common_share,
        dense_rank() over (order by pair.organisation_id, pair.period_id, pair.comparison) as family
    from trend_pair as pair
    inner join trend_figure as own
        on pair.organisation_id = own.organisation_id
        and pair.cell_number = own.cell_number
    inner join trend_figure as earlier
        on pair.organisation_id = earlier.organisation_id
        and pair.compared_cell_number = earlier.cell_number
        and own.statistic = earlier.statistic
    left join trend_covariance as covariance
        on pair.organisation_id = covariance.organisation_id
        and pair.cell_number = covariance.cell_number
        and pair.compared_cell_number = covariance.compared_cell_number
        and own.statistic = covariance.statistic
        and covariance.organisation_id in {part}
    where
        not pair.is_suppressed
        -- Of each table: a join alone would read all figures for every part.
        and pair.organisation_id in {part} and own.organisation_id in {part} and earlier.organisation_id in {part}
"""

TESTED = """
    create or replace temp table trend_tested (
        organisation_id varchar, cell_number bigint, comparison varchar, statistic varchar, state_fingerprint varchar,
        is_paired boolean, se_delta double, p_value double, q_value double, p_holm double
    )
"""


def model(dbt: Any, session: Any) -> Any:
    """Test every pair of shown figures with an interval. Grain: one row per cell, statistic and comparison."""
    dbt.config(materialized="incremental", incremental_strategy="replace_keys", unique_key="organisation_id")
    undecided = dbt.ref("stg_organisation_state").project(STATE)
    if dbt.is_incremental:
        undecided = undecided.except_(session.sql(f"select {STATE} from {dbt.this}"))
    thresholds = dict(dbt.ref("ref_threshold").project("threshold, value").fetchall())
    pair = dbt.ref("int_comparison").join(undecided.project("organisation_id"), "organisation_id", how="semi")
    figure = dbt.ref("int_statistic").filter("value is not null and standard_error is not null")
    covariance = dbt.ref("int_trend_covariance")
    for name, relation in (("pair", pair), ("figure", figure), ("covariance", covariance)):
        session.register(f"trend_{name}", relation)
    session.execute(TESTED)
    sizes = pair.aggregate("organisation_id, count(*) * 4").order("organisation_id").fetchall()
    for part in disclosure.parts(sizes, ROWS_AT_ONCE):
        found = tested(session.sql(COMPARABLE.format(part=part)).to_arrow_table(), thresholds)
        session.register("trend_found", found)
        session.execute("insert into trend_tested select * from trend_found")
        session.unregister("trend_found")
    return session.table("trend_tested")


def tested(rows: pa.Table, thresholds: dict[str, Any]) -> pa.Table:
    """The keys of `rows` with error, p-value and its corrections; the families of `rows` must be whole."""
    of = {name: rows[name].to_numpy() for name in rows.column_names if name not in KEYS}
    delta, covariance = of["value"] - of["compared_value"], of["covariance"]
    errors = of["standard_error"], of["compared_standard_error"]
    _, _, of_means = significance.welch(
        delta, errors[0], of["n_eff"], errors[1], of["compared_n_eff"], covariance, of["common_share"]
    )
    _, of_net_shares = significance.summed_variances(delta, *errors, covariance)
    _, of_shares = significance.two_proportions(
        of["value"],
        of["n_eff"],
        of["compared_value"],
        of["compared_n_eff"],
        float(thresholds["test_min_expected"]),
        significance.correlation(covariance, *errors),
    )
    p = np.select([of["is_mean"], of["is_net_share"]], [of_means, of_net_shares], of_shares)
    figures = {
        "se_delta": significance.standard_error_of_difference(*errors, covariance),
        "p_value": p,
        "q_value": significance.benjamini_hochberg(p, of["family"]),
        "p_holm": significance.holm(p, of["family"]),
    }
    columns = {name: pa.array(figure, from_pandas=True) for name, figure in figures.items()}
    return pa.table({name: rows[name] for name in (*KEYS, "is_paired")} | columns)
