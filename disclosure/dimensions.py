"""The dimensions that published cells are divided by, as columns.

Belongs here: their names, and how a breakdown (`breakdown`, `breakdown_value`) becomes a column of its own. Does not
belong here: what is hidden along them.

A breakdown divides the total by one dimension at a time. As a column it is 'all' for the cells of the grid and of the
other breakdowns; services lie in a service group, so theirs add up to the total of that group.
"""

GRID = ("service_group", "channel", "audience")
BREAKDOWNS = ("age_band", "touchpoint", "life_event", "service")
DIMENSIONS = (*GRID, *BREAKDOWNS)


def breakdown_columns() -> str:
    """SQL: a column per breakdown, from the columns `breakdown` and `breakdown_value`."""
    return ", ".join(
        f"case when breakdown = '{name}' then breakdown_value else 'all' end as {name}" for name in BREAKDOWNS
    )
