"""The figures that the floor, every rival and the night are asked for, and the table each leaves behind.

Belongs here: names and order of the columns, and the SQL that the floor and plain dbt share. Does not belong here:
any way to compute them.
"""

KEYS = ("organisation_id", "period_id", "service_group", "channel", "kpi_id")
"""One row per organisation × month × service group × channel × node."""

MEASURES = ("n", "mean_pomp", "variance", "share_positive")
"""Valid answers; their mean on 0-100; its sample variance (null for one answer); share from 60 % of the scale up."""

CODEBOOK_SQL = """
select
    item.organisation_id,
    item.column_name,
    item.kpi_id,
    codebook.raw_value,
    100 * (case when item.is_reversed then item.max_value - codebook.value else codebook.value - item.min_value end)
    / cast(item.max_value - item.min_value as double) as score,
    score >= 60 as is_positive
from {item} as item
inner join {codebook} as codebook using (organisation_id, column_name)
"""
"""Score of every answer, from the scales and answer texts of the mappings; `{item}` and `{codebook}` are relations."""

AGGREGATES_SQL = """
    count(*) as n,
    avg(score) as mean_pomp,
    var_samp(score) as variance,
    avg(case when is_positive then 1 else 0 end) as share_positive
"""

COUNTED_SQL = """
    cast(sum(answer_n) as bigint) as n,
    sum(answer_n * score) / sum(answer_n) as mean_pomp,
    (sum(answer_n * score * score) - sum(answer_n * score) * sum(answer_n * score) / sum(answer_n))
    / nullif(sum(answer_n) - 1, 0) as variance,
    sum(case when is_positive then answer_n else 0 end) / sum(answer_n) as share_positive
"""
"""The same from counts: `answer_n` answers of each score."""
