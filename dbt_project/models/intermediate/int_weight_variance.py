"""What the standard error of a figure with computed weights needs; the formulas are those of `estimation.residuals`."""

from typing import Any

import numpy as np
import pandas as pd

from estimation.residuals import Strata, variance_sums
from estimation.weighting import COLUMNS

STATE = "organisation_id, state_fingerprint"
SAMPLE = ["mapping_id", "base_period_id"]
FIGURE = ["cell_number", "statistic"]
SUMS = ["score_sum", "cross_sum", "count_sum"]
TYPES = {
    "organisation_id": "string",
    "cell_number": "int64",
    "statistic": "string",
    "state_fingerprint": "string",
}
# So many numbers at a time: cells times strata.
AT_A_TIME = 2_000_000


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Sums for every figure of the organisations that changed. Grain: one row per cell and statistic."""
    dbt.config(materialized="incremental", incremental_strategy="replace_keys", unique_key="organisation_id")
    undecided = dbt.ref("stg_organisation_state").project(STATE)
    if dbt.is_incremental:
        undecided = undecided.except_(session.sql(f"select {STATE} from {dbt.this}"))
    parts = dbt.ref("int_cell_stratum").join(undecided, STATE, how="semi")
    groups = dbt.ref("int_weight").filter("weight is not null")
    instrument = dbt.ref("instrument").project(
        "organisation_id, mapping_id, mapping_version, population_source"
    )
    weighting = dbt.ref("stg_weighting").join(instrument, "organisation_id, mapping_id, mapping_version")
    cell = dbt.ref("int_cell").project("organisation_id, cell_number, n as cell_n")
    found = [pd.DataFrame(columns=[*TYPES, *SUMS]).astype(dict.fromkeys(SUMS, "float64"))]
    for organisation_id, fingerprint in sorted(parts.project(STATE).distinct().fetchall()):
        own = f"organisation_id = '{organisation_id}'"
        sums = organisation_sums(
            parts.filter(own).join(cell.filter(own), "organisation_id, cell_number").df(),
            groups.filter(own).df(),
            weighting.filter(own).order("mapping_id, mapping_version").df(),
        )
        found.append(sums.assign(organisation_id=organisation_id, state_fingerprint=fingerprint))
    return pd.concat(found)[[*TYPES, *SUMS]].astype(TYPES)


def organisation_sums(parts: pd.DataFrame, groups: pd.DataFrame, weighting: pd.DataFrame) -> pd.DataFrame:
    """The sums of one organisation's figures over all samples that they rest on."""
    parts = parts.sort_values([*SAMPLE, *FIGURE, "stratum_number"])
    by_sample = dict(list(groups.groupby(SAMPLE)))
    ways = weighting.drop_duplicates("mapping_id", keep="last").set_index("mapping_id")
    found = []
    for sample, own in parts.groupby(SAMPLE):
        way = ways.loc[sample[0]]
        strata = strata_of(
            by_sample[sample], str(way["method"]), str(way["dimensions"]), str(way["population_source"])
        )
        figures = own.groupby(FIGURE, sort=True).ngroup().to_numpy()
        step = max(AT_A_TIME // len(strata.n), 1)
        for first in range(0, int(figures.max()) + 1, step):
            chosen = (figures >= first) & (figures < first + step)
            found.append(sample_sums(strata, own[chosen]))
    return pd.concat(found).groupby(FIGURE, as_index=False, sort=True)[SUMS].sum()


def sample_sums(strata: Strata, parts: pd.DataFrame) -> pd.DataFrame:
    """The sums of some figures over one sample."""
    keys = parts[[*FIGURE, "cell_n"]].drop_duplicates()
    row = parts.groupby(FIGURE, sort=False).ngroup().to_numpy()
    column = parts["stratum_number"].to_numpy() - 1
    counts, scores, squares = (np.zeros((len(keys), len(strata.n))) for _ in range(3))
    for table, name in ((counts, "n"), (scores, "sum_score"), (squares, "sum_square")):
        table[row, column] = parts[name].to_numpy(np.float64)
    sums = variance_sums(strata, counts, scores, squares, keys["cell_n"].to_numpy(np.float64))
    return keys[FIGURE].assign(**dict(zip(SUMS, sums.T, strict=True)))


def strata_of(groups: pd.DataFrame, method: str, dimensions: str, population_source: str) -> Strata:
    """The strata of one sample, from its groups of respondents."""
    columns = [COLUMNS[name] for name in dimensions.split(",")] if method == "rake" else []
    strata = groups.groupby("stratum_number", sort=True).agg(
        n=("n", "sum"), weight=("weight", "first"), **{name: (name, "first") for name in columns}
    )
    return Strata(
        n=strata["n"].to_numpy(np.float64),
        weight=strata["weight"].to_numpy(np.float64),
        margins=tuple(pd.factorize(strata[name], sort=True)[0] for name in columns),
        is_drawn_within=population_source == "targets",
    )
