"""The disclosure audit before a publication: can any hidden figure be computed from the shown ones?

Belongs here: handing the marts' cells to `disclosure.audit`. Does not belong here: how figures are hidden or attacked.
"""

from pathlib import Path

import duckdb
import pandas as pd

import disclosure

_CELLS = f"""
select
    cell.organisation_id, cell.kpi_id, cell.instrument_kind, period.period_type, cell.period_id, period.period_start,
    cell.service_group, cell.channel, cell.audience, {disclosure.breakdown_columns()}, cell.n, cell.n_values,
    protection.is_suppressed
from warehouse.intermediate.int_cell as cell
inner join warehouse.intermediate.int_protection as protection
    using (organisation_id, cell_number)
inner join (select distinct period_id, period_type, period_start from warehouse.intermediate.int_period) as period
    using (period_id)
where cell.organisation_id in {{organisations}}
"""
_SIZES = "select organisation_id, count(*) from warehouse.intermediate.int_cell group by 1 order by 1"


def recoverable_figures(warehouse: Path) -> pd.DataFrame:
    """Hidden cells whose count follows from shown ones: keys and method, no count; empty when all is well."""
    with duckdb.connect() as connection:
        path = str(warehouse).replace("'", "''")
        connection.execute(f"attach '{path}' as warehouse (read_only)")
        sizes = connection.execute(_SIZES).fetchall()
        found = [
            disclosure.audit(
                connection.execute(_CELLS.format(organisations=part)).df(), disclosure.DIMENSIONS
            )
            for part in disclosure.parts(sizes)
        ]
    return pd.concat(found, ignore_index=True)
