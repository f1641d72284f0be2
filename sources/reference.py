"""The reference tables of a run: assembled from the product and `--model`, checked, and asked questions of.

Belongs here: reading, overlaying and writing the tables, and the look-ups other rooms need. Does not belong
here: the rules a table must obey (`sources.reference_checks`) and any content of the model, which is data.
"""

import csv
import hashlib
import io
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from sources.reference_checks import ParsedTable, ReferenceIssue, check
from sources.reference_tables import SYNTHETIC_ID, TABLES, WILDCARD, Table

Row = dict[str, str]


class ReferenceError(Exception):
    """The reference tables cannot be used; `issues` holds every fault found (exit code 3)."""

    def __init__(self, *issues: ReferenceIssue) -> None:
        self.issues = issues
        super().__init__("\n".join(str(issue) for issue in issues))


@dataclass(frozen=True)
class Reference:
    """A sound set of reference tables. `fingerprint` changes with content, not with layout or row order."""

    tables: Mapping[str, tuple[Row, ...]]
    fingerprint: str

    @cached_property
    def model_version(self) -> str:
        """The version of the model, one per set of tables."""
        return self.tables["ref_model_node"][0]["model_version"]

    @cached_property
    def _nodes(self) -> dict[str, Row]:
        return {row["node_id"]: row for row in self.tables["ref_model_node"]}

    @cached_property
    def node_ids(self) -> frozenset[str]:
        """All nodes of the model, of every floor."""
        return frozenset(self._nodes)

    def node(self, node_id: str) -> Row:
        """The row of one node; KeyError when the model does not have it."""
        return self._nodes[node_id]

    def _ids(self, table: str) -> frozenset[str]:
        return frozenset(row[TABLES[table].key[0]] for row in self.tables[table])

    def _pairs(self, table: str, value: str) -> dict[str, str]:
        return {row[TABLES[table].key[0]]: row[value] for row in self.tables[table]}

    @cached_property
    def channels(self) -> frozenset[str]:
        """Channel ids, `unknown` included."""
        return self._ids("ref_channel")

    @cached_property
    def audiences(self) -> frozenset[str]:
        """Audience ids, `unknown` included."""
        return self._ids("ref_audience")

    @cached_property
    def service_groups(self) -> frozenset[str]:
        """Service group ids, `other` and `unknown` included."""
        return self._ids("ref_service_group")

    @cached_property
    def services(self) -> dict[str, str]:
        """Service id to service group."""
        return self._pairs("ref_service", "service_group")

    @cached_property
    def touchpoints(self) -> frozenset[str]:
        """Touchpoint ids, `unknown` included."""
        return self._ids("ref_touchpoint")

    @cached_property
    def life_events(self) -> frozenset[str]:
        """Life event ids, `unknown` included."""
        return self._ids("ref_life_event")

    @cached_property
    def process_metrics(self) -> dict[str, str]:
        """Metric of a process to its unit."""
        return {row["metric"]: row["unit"] for row in self.tables["ref_process_metric"]}

    @cached_property
    def instrument_kinds(self) -> frozenset[str]:
        """Instrument kinds."""
        return self._ids("ref_instrument_kind")

    @cached_property
    def modes(self) -> dict[str, str]:
        """Mode to administration: `self` or `interviewer`."""
        return self._pairs("ref_mode", "administration")

    @cached_property
    def sample_designs(self) -> dict[str, str]:
        """Sample design to interval basis: `design`, `model` or `none`."""
        return self._pairs("ref_sample_design", "interval_basis")

    @cached_property
    def thresholds(self) -> dict[str, Decimal]:
        """Threshold name to value."""
        return {name: Decimal(value) for name, value in self._pairs("ref_threshold", "value").items()}

    @cached_property
    def _families(self) -> dict[tuple[str, Decimal, Decimal], str]:
        return {
            (row["scale_kind"], Decimal(row["min_value"]), Decimal(row["max_value"])): row["scale_family"]
            for row in self.tables["ref_scale"]
        }

    @cached_property
    def scale_kinds(self) -> frozenset[str]:
        """Kinds of scales."""
        return frozenset(kind for kind, _, _ in self._families)

    def scale_ranges(self, kind: str) -> tuple[tuple[Decimal, Decimal], ...]:
        """The (lowest, highest) values that a kind of scale may have, in ascending order."""
        return tuple(sorted((low, high) for known, low, high in self._families if known == kind))

    def scale_family(self, kind: str, min_value: Decimal | int, max_value: Decimal | int) -> str | None:
        """The family of a scale, or None when the reference does not know the scale."""
        return self._families.get((kind, Decimal(min_value), Decimal(max_value)))

    @cached_property
    def _organisations(self) -> dict[str, tuple[Row, ...]]:
        by_id: dict[str, list[Row]] = {}
        for row in sorted(self.tables["ref_organisation"], key=lambda row: row["valid_from"]):
            by_id.setdefault(row["organisation_id"], []).append(row)
        return {organisation_id: tuple(rows) for organisation_id, rows in by_id.items()}

    @cached_property
    def organisation_ids(self) -> tuple[str, ...]:
        """Every organisation of the register, sorted, those that no longer exist included."""
        return tuple(sorted(self._organisations))

    def organisation_at(self, organisation_id: str, day: date) -> Row | None:
        """The register's row for an organisation on a day, or None (synthetic ones have no row)."""
        for row in self._organisations.get(organisation_id, ()):
            if row["valid_from"] <= day.isoformat() and (
                not row["valid_to"] or day.isoformat() < row["valid_to"]
            ):
                return row
        return None

    def name_of(self, organisation_id: str, day: date) -> str:
        """The organisation's name on a day; its id where the register has none."""
        row = self.organisation_at(organisation_id, day) or {}
        return row.get("name") or organisation_id

    def is_synthetic(self, organisation_id: str) -> bool:
        """Whether the id is one of the synthetic ones, `test0001` and on."""
        return re.fullmatch(SYNTHETIC_ID, organisation_id) is not None

    def knows_organisation(self, organisation_id: str) -> bool:
        """Whether the id is of the register or synthetic."""
        return organisation_id in self._organisations or self.is_synthetic(organisation_id)


def scale_id(kind: str, min_value: Decimal | int, max_value: Decimal | int) -> str:
    """The id of a scale: `<kind>_<min>_<max>`, numbers without trailing zeros."""
    return f"{kind}_{Decimal(min_value).normalize():f}_{Decimal(max_value).normalize():f}"


def load(directory: Path) -> Reference:
    """Read and check a folder that holds every reference table; ReferenceError names every fault."""
    return _checked({table.name: _read(table, directory / table.file_name) for table in TABLES.values()})


def assemble(product_dir: Path, override_dir: Path | None, target_dir: Path) -> None:
    """Write the effective tables into `target_dir`: the product's, where `override_dir` has none.

    Everything is checked first; a fault raises ReferenceError and leaves `target_dir` as it was. A target
    that already holds the same content is not touched.
    """
    replaced = _overriding_files(override_dir) if override_dir is not None else {}
    parsed = {
        table.name: _read(table, replaced.get(table.name, product_dir / table.file_name))
        for table in TABLES.values()
    }
    parsed = {
        name: _completed(TABLES[name], parsed_table, product_dir) if name in replaced else parsed_table
        for name, parsed_table in parsed.items()
    }
    parsed = {
        name: parsed_table if name in replaced else _following(TABLES[name], parsed_table, parsed, replaced)
        for name, parsed_table in parsed.items()
    }
    _checked(parsed)
    contents = {TABLES[name].file_name: _csv_text(TABLES[name], table) for name, table in parsed.items()}
    if not _holds(target_dir, contents):
        _replace_folder(target_dir, contents)


def _checked(parsed: Mapping[str, ParsedTable]) -> Reference:
    issues = check(parsed)
    if issues:
        raise ReferenceError(*issues)
    tables = {name: table.rows for name, table in parsed.items()}
    return Reference(tables, _fingerprint(tables))


def _fingerprint(tables: Mapping[str, tuple[Row, ...]]) -> str:
    content = [
        [name, sorted([row[column] for column in TABLES[name].column_names] for row in tables[name])]
        for name in sorted(tables)
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _overriding_files(override_dir: Path) -> dict[str, Path]:
    if not override_dir.is_dir():
        raise ReferenceError(ReferenceIssue(str(override_dir), None, None, "no such folder", "a folder"))
    by_file_name = {table.file_name: table.name for table in TABLES.values()}
    found = sorted(path for path in override_dir.iterdir() if not path.name.startswith("."))
    known = ", ".join(sorted(by_file_name))
    if not found:
        raise ReferenceError(ReferenceIssue(str(override_dir), None, None, "an empty folder", known))
    unknown = [path for path in found if path.name not in by_file_name]
    if unknown:
        raise ReferenceError(
            *(ReferenceIssue(str(path), None, None, "an unknown file name", known) for path in unknown)
        )
    return {by_file_name[path.name]: path for path in found}


def _completed(table: Table, parsed: ParsedTable, product_dir: Path) -> ParsedTable:
    """The operator's table, with the product's rows for keys it does not have where the table is completed."""
    if not table.is_completed:
        return parsed
    product = _read(table, product_dir / table.file_name)
    known = {tuple(row[name] for name in table.key) for row in parsed.rows}
    missing = [
        (line, row) for line, row in product.numbered() if tuple(row[name] for name in table.key) not in known
    ]
    return ParsedTable(
        parsed.file,
        (*parsed.rows, *(row for _, row in missing)),
        (*parsed.lines, *(line for line, _ in missing)),
    )


def _following(
    table: Table, parsed: ParsedTable, tables: Mapping[str, ParsedTable], replaced: Mapping[str, Path]
) -> ParsedTable:
    """The product's table without the rows about ids that a replaced table no longer has.

    Another model brings other nodes; the product's definitions of its own nodes then simply do not apply.
    """
    kept = list(parsed.numbered())
    for column in table.columns:
        if not column.may_follow or column.refers_to is None or column.refers_to[0] not in replaced:
            continue
        known = tables[column.refers_to[0]].column(column.refers_to[1]) | {WILDCARD}
        kept = [(line, row) for line, row in kept if row[column.name] in known]
    return ParsedTable(parsed.file, tuple(row for _, row in kept), tuple(line for line, _ in kept))


def _read(table: Table, path: Path) -> ParsedTable:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ReferenceError(ReferenceIssue(str(path), None, None, "no such file", "this file")) from None
    except UnicodeDecodeError:
        raise ReferenceError(ReferenceIssue(str(path), None, None, "another encoding", "UTF-8")) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        records = [(reader.line_num, [cell.strip() for cell in record]) for record in reader if record]
    except csv.Error:
        issue = ReferenceIssue(
            str(path), reader.line_num, None, "a broken quotation", "CSV with , and quotes"
        )
        raise ReferenceError(issue) from None
    header = records[0][1] if records else []
    issues = _header_issues(table, str(path), header)
    for line, record in records[1:]:
        if len(record) != len(header):
            issues.append(
                ReferenceIssue(
                    str(path), line, None, f"{len(record)} cells", f"{len(header)} cells, as the header"
                )
            )
    if issues:
        raise ReferenceError(*issues)
    return ParsedTable(
        str(path),
        tuple(dict(zip(header, record, strict=True)) for _, record in records[1:]),
        tuple(line for line, _ in records[1:]),
    )


def _header_issues(table: Table, file: str, header: list[str]) -> list[ReferenceIssue]:
    allowed = f"{', '.join(table.column_names)}, separated by commas"
    problems = [f"no column {name}" for name in table.column_names if name not in header]
    problems += [f"an unknown column {name!r}" for name in header if name not in table.column_names]
    problems += [f"column {name} more than once" for name in sorted(set(header)) if header.count(name) > 1]
    return [ReferenceIssue(file, 1, None, problem, allowed) for problem in problems]


def _csv_text(table: Table, parsed: ParsedTable) -> str:
    # The columns stand in one fixed order: the warehouse copies seed files by position.
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, table.column_names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(parsed.rows)
    return buffer.getvalue()


def _holds(folder: Path, contents: Mapping[str, str]) -> bool:
    if not folder.is_dir() or {path.name for path in folder.iterdir()} != set(contents):
        return False
    return all((folder / name).read_bytes() == text.encode() for name, text in contents.items())


def _replace_folder(target_dir: Path, contents: Mapping[str, str]) -> None:
    target_dir.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{target_dir.name}-", dir=target_dir.parent))
    try:
        fresh = workshop / "fresh"
        fresh.mkdir()
        for name, text in contents.items():
            (fresh / name).write_bytes(text.encode())
        # A full folder cannot be replaced in one step; the two renames leave either set, never a mixture.
        if target_dir.exists():
            target_dir.rename(workshop / "previous")
        fresh.rename(target_dir)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
