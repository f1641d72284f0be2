"""The phrases in braces of `datasets.yml`, as SQL: labels, groups, numbers in Dutch notation.

Belongs here: how one phrase is written in DuckDB's SQL, without percent signs and without anything but plain
expressions and look-ups, so that Superset can put it in any place of a query. Does not belong here: which column uses
it.
"""

import re

import yaml

from dashboards.marts import ROOT

MESSAGES = ROOT / "sources" / "messages.yml"
FIRST_NODE = (
    "(select l.code from marts.code_label as l where l.column_name = 'kpi_id' "
    "order by l.sort_order, l.code limit 1)"
)


def look_up(wanted: str, column_name: str, code: str) -> str:
    """What code_label says of the code in a column; null where it says nothing."""
    return f"(select l.{wanted} from marts.code_label as l where l.column_name = '{column_name}' and l.code = {code})"


def label(column: str, explained_by: str | None = None) -> str:
    """The Dutch label of a code; the code itself where it has none."""
    return f"coalesce({look_up('label_nl', explained_by or column, column)}, {column})"


def labels(column: str) -> str:
    """The Dutch labels of codes that are joined by commas, in their order."""
    return (
        "(select string_agg(l.label_nl, '; ' order by l.sort_order) from marts.code_label as l "
        f"where l.column_name = '{column}' and contains(',' || {column} || ',', ',' || l.code || ','))"
    )


def decimals(number: str, places: int) -> str:
    """A number as text with a decimal comma."""
    return f"replace(cast(cast({number} as decimal(18, {places})) as varchar), '.', ',')"


def text(column: str) -> str:
    """A figure as text in the unit of its statistic: shares in per cent, everything else with one decimal."""
    unit = look_up("group_code", "statistic", "statistic")
    return (
        f"case when {unit} = 'share' then cast(cast(100 * {column} as decimal(18, 0)) as varchar) || '%' "
        f"else {decimals(column, 1)} end"
    )


def percent(column: str) -> str:
    """A share as per cent."""
    return f"cast(cast(100 * {column} as decimal(18, 0)) as varchar) || '%'"


def whole(column: str) -> str:
    """A whole number with points between thousands; 'afgeschermd' where it is empty."""
    return f"coalesce(replace(format('{{:,}}', cast({column} as bigint)), ',', '.'), 'afgeschermd')"


def day(column: str) -> str:
    """A moment as a Dutch date."""
    moment = f"cast({column} at time zone 'Europe/Amsterdam' as varchar)"
    return f"substr({moment}, 9, 2) || '-' || substr({moment}, 6, 2) || '-' || substr({moment}, 1, 4)"


def has(code: str, column: str) -> str:
    """Whether a list of codes holds one."""
    return f"contains(',' || {column} || ',', ',{code},')"


def remedies() -> str:
    """What to do about each code of a receipt, in the words of the receipts, one after the other."""
    messages = yaml.safe_load(MESSAGES.read_text(encoding="utf-8"))
    cases = []
    for code, message in messages.items():
        remedy = re.sub(r"\[([^|\]]*)\|[^\]]*\]", r"\1", message["remedy_nl"]).replace("'", "''")
        cases.append(f"case when {has(code, 'codes')} then '{remedy}' end")
    return f"nullif(concat_ws(' ', {', '.join(cases)}), '')"


_PHRASES = (
    (re.compile(r"\{text of (\w+)\}"), text),
    (re.compile(r"\{percent of (\w+)\}"), percent),
    (re.compile(r"\{label of (\w+)\}"), label),
    (re.compile(r"\{group of (\w+)\}"), lambda column: look_up("group_code", column, column)),
    (re.compile(r"\{whole (\w+)\}"), whole),
    (re.compile(r"\{decimals of (\w+)\}"), lambda column: decimals(column, 1)),
    (re.compile(r"\{day of (\w+)\}"), day),
)
_HAS = re.compile(r"\{has (\w+) in (\w+)\}")


def written(sql: str) -> str:
    """An expression with its phrases written out."""
    for pattern, phrase in _PHRASES:
        sql = pattern.sub(lambda found, phrase=phrase: phrase(found[1]), sql)  # type: ignore[misc]
    sql = _HAS.sub(lambda found: has(found[1], found[2]), sql)
    return sql.replace("{remedies}", remedies()).replace("{first node}", FIRST_NODE)
