{#
  The words of a published figure: a sentence that can be copied as it stands, in Dutch (nl) and English (en).
  Belongs here: how numbers, periods and the sentence itself are written. Labels come from the reference tables.
#}

{# A number with so many decimals. A double that is printed takes five times as long, and there may be millions. #}
{% macro decimal_text(number, places) -%}
    cast(cast({{ number }} as decimal(18, {{ places }})) as varchar)
{%- endmacro %}

{# A figure as text in its unit, with the decimals that a reader is shown; shares are told in per cent. #}
{% macro figure_text(figure, unit, decimals) -%}
    {%- set scaled = "case when " ~ unit ~ " = 'share' then 100 * " ~ figure ~ " else " ~ figure ~ " end" -%}
    case {{ decimals }}
        {%- for places in range(1, 4) %} when {{ places }} then {{ decimal_text(scaled, places) }}
        {%- endfor %} else {{ decimal_text(scaled, 0) }} end
    {{- " || case when " ~ unit ~ " = 'share' then '%' else '' end" }}
{%- endmacro %}

{% macro period_text(period_type, period_id, lang) -%}
    {%- set months = {
        'nl': ['januari', 'februari', 'maart', 'april', 'mei', 'juni', 'juli', 'augustus', 'september', 'oktober',
               'november', 'december'],
        'en': ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
               'November', 'December'],
    } -%}
    {%- set quarter = {'nl': 'e kwartaal ', 'en': ' quarter of '} -%}
    {%- set half_year = {'nl': 'e halfjaar ', 'en': ' half of '} -%}
    {%- set ordinals = {
        'nl': ['1', '2', '3', '4'],
        'en': ['first', 'second', 'third', 'fourth'],
    } -%}
    case {{ period_type }}
        when 'month'
            then
                case substr({{ period_id }}, 6, 2)
                    {%- for month in months[lang] %}
                    when '{{ '%02d' % loop.index }}' then '{{ month }} '
                    {%- endfor %}
                end || substr({{ period_id }}, 1, 4)
        when 'year' then {{ period_id }}
        else
            {{ "'the ' || " if lang == 'en' }} case substr({{ period_id }}, 7, 1)
                {%- for ordinal in ordinals[lang] %}
                when '{{ loop.index }}' then '{{ ordinal }}'
                {%- endfor %}
            end
            || case {{ period_type }} when 'quarter' then '{{ quarter[lang] }}' else '{{ half_year[lang] }}' end
            || substr({{ period_id }}, 1, 4)
    end
{%- endmacro %}

{#
  One sentence: what, where, when, the figure with its interval, how many answers, how comparable, which model, whose. Which
  publication is not in it: the same figure must read the same in each; `meethuis explain` adds it.
  Expects the columns of `written` in the mart kpi.
#}
{% macro quote(lang) -%}
    {%- set words = {
        'nl': {
            'at': ' bij ', 'interval': ' (95%-betrouwbaarheidsinterval ', 'to': ' tot ',
            'no_interval': ' (geen betrouwbaarheidsinterval: zelf aangemelde deelnemers)',
            'grade': '; vergelijkbaarheid ', 'model': '; meetmodel: ', 'source': '; bron: ',
        },
        'en': {
            'at': ' at ', 'interval': ' (95% confidence interval ', 'to': ' to ',
            'no_interval': ' (no confidence interval: self-selected respondents)',
            'grade': '; comparability ', 'model': '; measurement model: ', 'source': '; source: ',
        },
    }[lang] -%}
    {%- set text = {} -%}
    {%- for figure in ['value', 'ci_low', 'ci_high'] -%}
        {%- set english = figure ~ '_text' -%}
        {%- do text.update({figure: "replace(" ~ english ~ ", '.', ',')" if lang == 'nl' else english}) -%}
    {%- endfor -%}
    concat(
        kpi_label_{{ lang }}, '{{ words.at }}', organisation_name, ', ', period_text_{{ lang }},
        slice_text_{{ lang }}, ': ',
        case
            -- '% positief' is read as '58% positief'.
            when unit = 'share' and statistic_label_{{ lang }} like '^%%' escape '^'
                then concat({{ text.value }}, substr(statistic_label_{{ lang }}, 2))
            else concat(statistic_label_{{ lang }}, ' ', {{ text.value }})
        end,
        case
            when ci_low is null then '{{ words.no_interval }}'
            else concat('{{ words.interval }}', {{ text.ci_low }}, '{{ words.to }}', {{ text.ci_high }}, ')')
        end,
        '; n = ', n, '{{ words.grade }}', comparability_grade, '; ', instrument_label_{{ lang }},
        '{{ words.model }}', model_status_{{ lang }},
        '{{ words.source }}Overheidsbreed Meethuis.'
    )
{%- endmacro %}

{# What stands with every figure about what goes together with what. #}
{% macro correlation_note(lang) -%}
    {{ {'nl': "'Samenhang is geen oorzaak.'", 'en': "'Correlation is not causation.'"}[lang] }}
{%- endmacro %}
