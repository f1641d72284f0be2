"""Estimation: the formulas that SQL cannot say, as pure functions over numbers; the marts call these very functions.

Belongs here: raking, p-values, multiple comparisons, intervals of ranks, relative importance, reliability, and which
responses are complete enough for the last two. Does not belong here: which deliveries and answers count, which figures
are hidden, where anything is stored; no file, no SQL, no Dagster.
"""
