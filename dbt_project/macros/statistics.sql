{#
  Formulas of the published figures (docs/schema.md names the columns). What feeds them is summed exactly: counts are
  integers, weights decimals, and fractions have a fixed number of decimals (exact_sum). The order of rows and the
  number of threads therefore cannot change a figure. What a reader gets is rounded once, at the end.
#}
{% macro z_975() -%} 1.959963984540054 {%- endmacro %}

{# The sum of fractions between -4 and 4, with eighteen decimals of each. #}
{% macro exact_sum(expression) -%}
    cast(sum(cast(({{ expression }}) * 1e18 as bigint)) as double) / 1e18
{%- endmacro %}

{# The sum of numbers of any size, with twelve decimals of each. #}
{% macro whole_sum(expression) -%}
    cast(sum(cast(round(({{ expression }}) * 1e12) as hugeint)) as double) / 1e12
{%- endmacro %}

{# Rounded to ten significant digits; what comes from iteration or from another library's functions to six. #}
{% macro round_significant(expression, digits=10) -%}
    case
        when {{ expression }} = 0 then 0
        else round({{ expression }}, cast({{ digits - 1 }} - floor(log10(abs({{ expression }}))) as integer))
    end
{%- endmacro %}

{# Quantile .975 of Student's t: the table's, and beyond it the Cornish-Fisher expansion (Hill 1970). #}
{% macro student_t_975(table_quantile, degrees_of_freedom) -%}
    {%- set z = z_975() | trim | float -%}
    {%- set g1 = (z ** 3 + z) / 4 -%}
    {%- set g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96 -%}
    {%- set g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384 -%}
    {%- set g4 = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160 -%}
    coalesce(
        {{ table_quantile }},
        {{ z }}
        + {{ g1 }} / {{ degrees_of_freedom }}
        + {{ g2 }} / power({{ degrees_of_freedom }}, 2)
        + {{ g3 }} / power({{ degrees_of_freedom }}, 3)
        + {{ g4 }} / power({{ degrees_of_freedom }}, 4)
    )
{%- endmacro %}

{# Wilson's interval of a share: sign is '-' for the lower and '+' for the upper end. Kept between 0 and 1. #}
{% macro wilson(share, n_eff, sign) -%}
    {%- set z2 = (z_975() | trim | float) ** 2 -%}
    least(1, greatest(0, (
        {{ share }} + {{ z2 }} / (2 * {{ n_eff }})
        {{ sign }} {{ z_975() }} * sqrt(
            {{ share }} * (1 - {{ share }}) / {{ n_eff }} + {{ z2 }} / (4 * {{ n_eff }} * {{ n_eff }})
        )
    ) / (1 + {{ z2 }} / {{ n_eff }})))
{%- endmacro %}
