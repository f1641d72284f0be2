{#
  The words of a published figure: a sentence that can be copied as it stands, in Dutch (nl) and English (en).
  Belongs here: how numbers, periods and the sentence itself are written. Labels come from the reference tables.
#}

{# A number as text with the decimals that a reader is shown; a comma in Dutch. #}
{% macro number_text(expression, decimals, lang) -%}
    {%- set text -%}
        case {{ decimals }}
            {%- for places in range(1, 4) %}
            when {{ places }} then printf('%.{{ places }}f', {{ expression }})
            {%- endfor %}
            else printf('%.0f', {{ expression }})
        end
    {%- endset -%}
    {{ "replace(" ~ text ~ ", '.', ',')" if lang == 'nl' else text }}
{%- endmacro %}

{# A figure in its unit: shares are told in per cent, scores out of 100. #}
{% macro figure_text(expression, unit, decimals, lang) -%}
    case {{ unit }}
        when 'share' then {{ number_text('100 * ' ~ expression, decimals, lang) }} || '%'
        else {{ number_text(expression, decimals, lang) }}
    end
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
  One sentence: what, where, when, the figure with its interval, how many answers, how comparable, which model.
  Expects the columns of `labelled` in the mart kpi.
#}
{% macro quote(lang) -%}
    {%- set words = {
        'nl': {
            'at': ' bij ', 'interval': ' (95%-betrouwbaarheidsinterval ', 'to': ' tot ',
            'no_interval': ' (geen betrouwbaarheidsinterval: zelf aangemelde deelnemers)',
            'grade': '; vergelijkbaarheid ', 'model': '; meetmodel: ',
        },
        'en': {
            'at': ' at ', 'interval': ' (95% confidence interval ', 'to': ' to ',
            'no_interval': ' (no confidence interval: self-selected respondents)',
            'grade': '; comparability ', 'model': '; measurement model: ',
        },
    }[lang] -%}
    kpi_label_{{ lang }} || '{{ words.at }}' || organisation_name || ', ' || period_text_{{ lang }}
    || slice_text_{{ lang }} || ': '
    || case
        -- '% positief' is read as '58% positief'.
        when unit = 'share' and substr(statistic_label_{{ lang }}, 1, 1) = '%'
            then {{ number_text('100 * value', 'decimals', lang) }} || statistic_label_{{ lang }}
        else statistic_label_{{ lang }} || ' ' || {{ figure_text('value', 'unit', 'decimals', lang) }}
    end
    || case
        when ci_low is null then '{{ words.no_interval }}'
        else
            '{{ words.interval }}' || {{ figure_text('ci_low', 'unit', 'decimals', lang) }}
            || '{{ words.to }}' || {{ figure_text('ci_high', 'unit', 'decimals', lang) }} || ')'
    end
    || '; n = ' || n || '{{ words.grade }}' || comparability_grade || '; ' || instrument_label_{{ lang }}
    || '{{ words.model }}' || model_status_{{ lang }} || '.'
{%- endmacro %}
