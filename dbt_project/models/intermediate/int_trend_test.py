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
        dense_rank() over (order by pair.organisation_id, pair.period_id, pair.comparison) as family
    from trend_pair as pair
    inner join trend_figure as own
        on pair.organisation_id = own.organisation_id
        and pair.cell_number = own.cell_number
    inner join trend_figure as earlier
        on pair.organisation_id = earlier.organisation_id
        and pair.compared_cell_number = earlier.cell_number
        and own.statistic = earlier.statistic
    where not pair.is_suppressed and pair.organisation_id in {part}
"""

TESTED = """
    create or replace temp table trend_tested (
        organisation_id varchar, cell_number bigint, comparison varchar, statistic varchar, state_fingerprint varchar,
        p_value double, q_value double, p_holm double
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
    for name, relation in (("pair", pair), ("figure", figure)):
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
    """The keys of `rows` with p_value, q_value and p_holm; the families of `rows` must be whole."""
    of = {name: rows[name].to_numpy() for name in rows.column_names if name not in KEYS}
    delta = of["value"] - of["compared_value"]
    errors = of["standard_error"], of["compared_standard_error"]
    _, _, of_means = significance.welch(delta, errors[0], of["n_eff"], errors[1], of["compared_n_eff"])
    _, of_net_shares = significance.summed_variances(delta, *errors)
    _, of_shares = significance.two_proportions(
        of["value"],
        of["n_eff"],
        of["compared_value"],
        of["compared_n_eff"],
        float(thresholds["test_min_expected"]),
    )
    p = np.select([of["is_mean"], of["is_net_share"]], [of_means, of_net_shares], of_shares)
    figures = (p, significance.benjamini_hochberg(p, of["family"]), significance.holm(p, of["family"]))
    columns = [pa.array(figure, from_pandas=True) for figure in figures]
    names = [*KEYS, "p_value", "q_value", "p_holm"]
    return pa.table([*(rows[name] for name in KEYS), *columns], names=names)
