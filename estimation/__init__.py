"""Estimation: the formulas that SQL cannot say, as pure functions over numbers; the marts call these very functions.

Belongs here: raking, p-values, multiple comparisons, intervals of ranks, relative importance, reliability. Does not
belong here: which answers take part, which figures are hidden, where anything is stored; no file, no SQL, no Dagster.
"""
