"""Checks of the reference tables: pure functions from parsed tables to issues.

Belongs here: every rule a reference table must obey, each giving issues an operator can act on. Does not
belong here: reading or writing files, and the shape of the tables (`sources.reference_tables`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from sources.reference_tables import (
    LAST_DEGREES_OF_FREEDOM,
    SYNTHETIC_ID,
    TABLES,
    WILDCARD,
    Column,
    Kind,
    Table,
)

_IDENTIFIER = r"[a-z0-9][a-z0-9_.-]*"
_SHOWN_CHOICES = 12


@dataclass(frozen=True)
class ReferenceIssue:
    """One fault: where it stands, what was found and what is allowed. `row` is the line in the file."""

    file: str
    row: int | None
    column: str | None
    found: str
    allowed: str

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: found {self.found}; allowed: {self.allowed}"


@dataclass(frozen=True)
class ParsedTable:
    """One table as read: its file, its rows as text ('' for empty) and the line each row ends on."""

    file: str
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]

    def numbered(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows with their line numbers."""
        return zip(self.lines, self.rows, strict=True)

    def issue(self, row: int | None, column: str | None, found: str, allowed: str) -> ReferenceIssue:
        """An issue in this file."""
        return ReferenceIssue(self.file, row, column, found, allowed)

    def column(self, name: str) -> frozenset[str]:
        """The distinct values of one column."""
        return frozenset(row[name] for row in self.rows)


Parsed = Mapping[str, ParsedTable]


def parse_decimal(text: str) -> Decimal | None:
    """The number in plain notation, or None. `1e3`, `NaN` and `1,5` are not numbers here."""
    return Decimal(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else None


def parse_date(text: str) -> date | None:
    """The ISO date, or None."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def check(tables: Parsed) -> tuple[ReferenceIssue, ...]:
    """All issues of a complete set of tables, in the order of the tables.

    Links and rules over several rows are judged only when every single cell is sound: they would repeat
    the same fault in other words.
    """
    cells = tuple(issue for name, table in TABLES.items() for issue in _check_cells(table, tables[name]))
    if cells:
        return cells
    across: list[ReferenceIssue] = []
    for name, table in TABLES.items():
        across.extend(_check_key(table, tables[name]))
        across.extend(_check_required_ids(table, tables[name]))
        across.extend(_check_links(table, tables))
    for rule in _RULES:
        across.extend(rule(tables))
    return tuple(across)


def _is_sound(column: Column, value: str) -> bool:
    if column.pattern is not None:
        return re.fullmatch(column.pattern, value) is not None
    if column.choices:
        return value in column.choices
    match column.kind:
        case Kind.IDENTIFIER:
            return re.fullmatch(_IDENTIFIER, value) is not None
        case Kind.IDENTIFIERS:
            return all(re.fullmatch(_IDENTIFIER, part) for part in value.split(";"))
        case Kind.INTEGER:
            return re.fullmatch(r"-?[0-9]+", value) is not None
        case Kind.DECIMAL:
            return parse_decimal(value) is not None
        case Kind.DATE:
            return parse_date(value) is not None
        case Kind.BOOLEAN:
            return value in ("true", "false")
        case Kind.TEXT:
            return True


def _allowed(column: Column) -> str:
    if column.choices:
        return _one_of(column.choices) + ("" if column.required else ", or empty")
    if column.pattern is not None:
        return f"a value of the form {column.pattern}"
    if column.kind in (Kind.IDENTIFIER, Kind.IDENTIFIERS):
        return f"{column.kind} of lower-case letters, digits and _ . -"
    return column.kind.value


def _one_of(values: Iterable[str]) -> str:
    ordered = sorted(values)
    shown = ", ".join(ordered[:_SHOWN_CHOICES])
    return shown if len(ordered) <= _SHOWN_CHOICES else f"{shown} and {len(ordered) - _SHOWN_CHOICES} more"


def _check_cells(table: Table, parsed: ParsedTable) -> Iterator[ReferenceIssue]:
    if not parsed.rows and not table.may_be_empty:
        yield parsed.issue(None, None, "no rows", "at least one row")
    for line, row in parsed.numbered():
        for column in table.columns:
            value = row[column.name]
            if not value:
                if column.required:
                    yield parsed.issue(line, column.name, "an empty cell", _allowed(column))
            elif not (column.has_wildcard and value == WILDCARD) and not _is_sound(column, value):
                yield parsed.issue(line, column.name, repr(value), _allowed(column))


def _key_part(column: Column, value: str) -> object:
    return parse_decimal(value) if column.kind in (Kind.DECIMAL, Kind.INTEGER) else value


def _check_key(table: Table, parsed: ParsedTable) -> Iterator[ReferenceIssue]:
    columns = tuple(column for column in table.columns if column.name in table.key)
    first_line: dict[tuple[object, ...], int] = {}
    for line, row in parsed.numbered():
        key = tuple(_key_part(column, row[column.name]) for column in columns)
        if key in first_line:
            found = f"{', '.join(repr(row[name]) for name in table.key)} as in row {first_line[key]}"
            yield parsed.issue(line, " + ".join(table.key), found, "each combination once")
        first_line.setdefault(key, line)


def _check_required_ids(table: Table, parsed: ParsedTable) -> Iterator[ReferenceIssue]:
    column = table.key[0]
    present = parsed.column(column)
    for identifier in table.must_hold:
        if identifier not in present:
            yield parsed.issue(None, column, f"no row {identifier!r}", f"a row with {identifier!r}")
    for line, row in parsed.numbered():
        if row[column] in table.must_not_hold:
            yield parsed.issue(line, column, repr(row[column]), "another id: this one is the total's")


def _check_links(table: Table, tables: Parsed) -> Iterator[ReferenceIssue]:
    parsed = tables[table.name]
    for column in table.columns:
        if column.refers_to is None:
            continue
        target_table, target_column = column.refers_to
        known = tables[target_table].column(target_column)
        for line, row in parsed.numbered():
            for value in filter(None, row[column.name].split(";")):
                if value not in known and not (column.has_wildcard and value == WILDCARD):
                    allowed = f"a {target_column} of {tables[target_table].file}: {_one_of(known)}"
                    yield parsed.issue(line, column.name, repr(value), allowed)


def _check_one_model_version(tables: Parsed) -> Iterator[ReferenceIssue]:
    parsed = tables["ref_model_node"]
    versions = parsed.column("model_version")
    if len(versions) > 1:
        yield parsed.issue(None, "model_version", _one_of(versions), "one model version in the whole table")
    if "kpi" not in parsed.column("floor"):
        yield parsed.issue(None, "floor", "no kpi", "at least one node on floor kpi")


def _check_model_nodes(tables: Parsed) -> Iterator[ReferenceIssue]:
    parsed = tables["ref_model_node"]
    parent = {row["node_id"]: row["parent_node_id"] for row in parsed.rows}
    for line, row in parsed.numbered():
        if row["driver_kind"] and row["floor"] != "driver":
            yield parsed.issue(line, "driver_kind", repr(row["driver_kind"]), "empty, except for drivers")
        seen = {row["node_id"]}
        above = row["parent_node_id"]
        while above and above not in seen:
            seen.add(above)
            above = parent.get(above, "")
        if above:
            yield parsed.issue(line, "parent_node_id", f"a circle through {above!r}", "a node higher up")


def _check_kpi_definitions(tables: Parsed) -> Iterator[ReferenceIssue]:
    parsed = tables["ref_kpi_definition"]
    defined = parsed.column("node_id")
    for node in sorted(defined):
        headlines = sum(row["is_headline"] == "true" for row in parsed.rows if row["node_id"] == node)
        if headlines != 1:
            yield parsed.issue(
                None,
                "is_headline",
                f"{headlines} headlines for {node!r}",
                "exactly one statistic true per node",
            )
    for row in tables["ref_model_node"].rows:
        if row["floor"] != "open" and row["node_id"] not in defined and WILDCARD not in defined:
            yield parsed.issue(
                None,
                "node_id",
                f"no row for {row['node_id']!r}",
                f"rows for each node, or rows for {WILDCARD}",
            )


def _check_scales(tables: Parsed) -> Iterator[ReferenceIssue]:
    parsed = tables["ref_scale"]
    for line, row in parsed.numbered():
        if Decimal(row["min_value"]) >= Decimal(row["max_value"]):
            found = f"{row['max_value']} with min_value {row['min_value']}"
            yield parsed.issue(line, "max_value", found, "a number above min_value")


_CUT_POINTS = {
    "share_from": ({"high_from"}, {"high_from", "high_from_decimals"}),
    "net_share": ({"high_from", "low_to"}, {"high_from", "low_to", "high_from_decimals"}),
}
_IN_SCALE_UNITS = ("mean_value", "share_from", "net_share")


def _check_family_statistics(tables: Parsed) -> Iterator[ReferenceIssue]:
    parsed = tables["ref_family_statistic"]
    ranges: dict[str, set[tuple[Decimal, Decimal]]] = {}
    for row in tables["ref_scale"].rows:
        limits = (Decimal(row["min_value"]), Decimal(row["max_value"]))
        ranges.setdefault(row["scale_family"], set()).add(limits)
    for line, row in parsed.numbered():
        required, possible = _CUT_POINTS.get(row["method"], (set(), set()))
        for column in ("high_from", "low_to", "high_from_decimals"):
            if column in required and not row[column]:
                yield parsed.issue(line, column, "an empty cell", f"a number: {row['method']} needs it")
            if column not in possible and row[column]:
                yield parsed.issue(line, column, repr(row[column]), f"empty: {row['method']} does not use it")
        if row["high_from"] and row["low_to"] and Decimal(row["low_to"]) >= Decimal(row["high_from"]):
            yield parsed.issue(line, "low_to", row["low_to"], f"a number below high_from {row['high_from']}")
        # Values of 1-5 and 0-4 may share a family, but never a mean or a cut point in scale units.
        if row["method"] in _IN_SCALE_UNITS and len(ranges.get(row["scale_family"], ())) != 1:
            yield parsed.issue(
                line,
                "scale_family",
                repr(row["scale_family"]),
                f"a family of which every scale has the same lowest and highest value: {row['method']} "
                "counts in scale units",
            )


def _check_organisations(tables: Parsed) -> Iterator[ReferenceIssue]:
    parsed = tables["ref_organisation"]
    spans: dict[str, list[tuple[str, str, int]]] = {}
    for line, row in parsed.numbered():
        if re.fullmatch(SYNTHETIC_ID, row["organisation_id"]):
            yield parsed.issue(
                line,
                "organisation_id",
                repr(row["organisation_id"]),
                "another id: test0001 and on are synthetic",
            )
        if row["valid_to"] and row["valid_to"] <= row["valid_from"]:
            yield parsed.issue(
                line, "valid_to", row["valid_to"], f"a date after valid_from {row['valid_from']}"
            )
        if row["organisation_id"] in row["predecessor_ids"].split(";"):
            yield parsed.issue(line, "predecessor_ids", "the organisation itself", "other organisations")
        spans.setdefault(row["organisation_id"], []).append((row["valid_from"], row["valid_to"], line))
    for rows in spans.values():
        ordered = sorted(rows)
        for (_, earlier_end, _), (start, _, line) in pairwise(ordered):
            if not earlier_end or start < earlier_end:
                found = f"{start}, inside an earlier row of the same organisation"
                yield parsed.issue(line, "valid_from", found, "periods that do not overlap")


def _check_thresholds(tables: Parsed) -> Iterator[ReferenceIssue]:
    parsed = tables["ref_threshold"]
    for line, row in parsed.numbered():
        value = Decimal(row["value"])
        if value <= 0:
            yield parsed.issue(line, "value", row["value"], "a number above 0")
        if row["threshold"].endswith("_n") and value != value.to_integral_value():
            yield parsed.issue(line, "value", row["value"], "a whole number")


def _check_standard_mix(tables: Parsed) -> Iterator[ReferenceIssue]:
    parsed = tables["ref_standard_mix"]
    versions = parsed.column("mix_version")
    if len(versions) > 1:
        yield parsed.issue(None, "mix_version", _one_of(versions), "one version in the whole table")
    for line, row in parsed.numbered():
        if int(row["weight"]) <= 0:
            yield parsed.issue(line, "weight", row["weight"], "a whole number above 0")


def _check_student_t(tables: Parsed) -> Iterator[ReferenceIssue]:
    parsed = tables["ref_student_t"]
    quantiles = {int(row["degrees_of_freedom"]): Decimal(row["quantile_975"]) for row in parsed.rows}
    expected = set(range(1, max(LAST_DEGREES_OF_FREEDOM, *quantiles) + 1))
    if odd := sorted(expected ^ set(quantiles)):
        found = f"no row {odd[0]}" if odd[0] in expected else f"row {odd[0]}"
        allowed = f"1, 2, 3 and on without gaps, to {LAST_DEGREES_OF_FREEDOM} at least"
        yield parsed.issue(None, "degrees_of_freedom", found, allowed)
    for line, row in parsed.numbered():
        before = quantiles.get(int(row["degrees_of_freedom"]) - 1)
        if before is not None and Decimal(row["quantile_975"]) >= before:
            yield parsed.issue(line, "quantile_975", row["quantile_975"], "less than the row before it")


_RULES: tuple[Callable[[Parsed], Iterator[ReferenceIssue]], ...] = (
    _check_one_model_version,
    _check_model_nodes,
    _check_kpi_definitions,
    _check_scales,
    _check_family_statistics,
    _check_organisations,
    _check_thresholds,
    _check_standard_mix,
    _check_student_t,
)
