"""Targets of weighting: how many people or contacts a survey should stand for, as dated data beside the mappings.

Belongs here: reading `<organisations>/<organisation_id>/targets/<name>.csv`, every fault in it, and the copy that
stays in force while a file is faulty. Does not belong here: weights (`estimation.weighting`) and on whom they fall.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from sources import durable
from sources.mapping import Mapping, MappingIssue
from sources.mapping.issues import did_you_mean, one_of, quoted
from sources.mapping.parts import COMPUTED_METHODS, Weights
from sources.mapping.response_parts import UNKNOWN, Dimension
from sources.reference import Reference

FOLDER = "targets"
MAX_BYTES, MAX_POPULATION = 1_000_000, 999_999_999
_DATES = ("valid_from", "valid_to")
_LONG = ("dimension", "value", "population")
_TOLERANCE = 1e-6

Codes = dict[str, frozenset[str] | None]


@dataclass(frozen=True)
class Target:
    """One line: from when to when (both included, None is open), which codes, how many people or contacts.

    `codes` names every dimension of the weighting in a wide file and exactly one in a long file.
    """

    line: int
    valid_from: date | None
    valid_to: date | None
    codes: tuple[tuple[str, str], ...]
    population: int

    @property
    def span(self) -> tuple[date, date]:
        """First and last day, open ends at the ends of time."""
        return self.valid_from or date.min, self.valid_to or date.max


def targets_file(organisations_dir: Path, organisation_id: str, name: str) -> Path:
    """Where an organisation keeps a file of targets."""
    return organisations_dir / organisation_id / FOLDER / f"{name}.csv"


def kept_file(copies: Path, organisation_id: str, mapping_id: str, name: str) -> Path:
    """The copy of a targets file as a mapping last accepted it."""
    return copies / FOLDER / organisation_id / mapping_id / f"{name}.csv"


def target_faults(
    organisations_dir: Path, versions: Sequence[Mapping], reference: Reference
) -> tuple[MappingIssue, ...]:
    """Everything wrong with the targets that the versions of one mapping name; a file that is not there is no fault."""
    found: list[MappingIssue] = []
    for version in versions:
        weights = version.design.weights
        if weights.method in COMPUTED_METHODS and weights.targets is not None:
            path = targets_file(organisations_dir, version.organisation_id, weights.targets)
            if path.exists():
                found += _Reading(path, weights, _codes(version, reference)).issues
    return tuple(dict.fromkeys(found))


def keep_targets(organisations_dir: Path, versions: Sequence[Mapping], copies: Path, is_sound: bool) -> None:
    """Bring the kept copies of one mapping's targets in line with its files.

    A sound file replaces its copy, a missing file takes its copy along, and while a file is faulty the copy stands.
    """
    for version in versions:
        name = version.design.weights.targets
        if version.design.weights.method not in COMPUTED_METHODS or name is None:
            continue
        path = targets_file(organisations_dir, version.organisation_id, name)
        kept = kept_file(copies, version.organisation_id, version.mapping_id, name)
        if not path.exists():
            kept.unlink(missing_ok=True)
        elif is_sound and (not kept.exists() or kept.read_bytes() != path.read_bytes()):
            kept.parent.mkdir(parents=True, exist_ok=True)
            durable.write_bytes(kept, path.read_bytes(), "mapping")


def kept_targets(copies: Path, version: Mapping, reference: Reference) -> tuple[Target, ...] | None:
    """The targets in force for one mapping version; None when there are none that fit it."""
    name = version.design.weights.targets
    if version.design.weights.method not in COMPUTED_METHODS or name is None:
        return None
    kept = kept_file(copies, version.organisation_id, version.mapping_id, name)
    if not kept.exists():
        return None
    reading = _Reading(kept, version.design.weights, _codes(version, reference))
    return None if reading.issues else tuple(reading.targets)


def _codes(version: Mapping, reference: Reference) -> Codes:
    """The codes that responses may carry, per dimension; None where the mapping does not limit them."""
    registers = {
        "service": frozenset(reference.services), "channel": reference.channels,
        "touchpoint": reference.touchpoints, "life_event": reference.life_events,
        "audience": reference.audiences,
    }  # fmt: skip
    # Services that the register lacks count in the group `other`, under the code that the mapping gives them.
    registers["service"] |= _named(version.dimensions.service)
    known = {name: codes - {UNKNOWN} for name, codes in registers.items()}
    return known | {"age_band": _ages(version.dimensions.age_band)}


def _named(dimension: Dimension | None) -> frozenset[str]:
    if dimension is None:
        return frozenset()
    named = {dimension.const, dimension.default, *(dimension.map or {}).values()}
    return frozenset(code for code in named if code is not None)


def _ages(dimension: Dimension | None) -> frozenset[str] | None:
    if dimension is None or (dimension.bands is None and dimension.map is None and dimension.const is None):
        return None
    return (frozenset(dimension.band_codes()) or _named(dimension)) - {UNKNOWN}


class _Reading:
    """One file held against one mapping version: `targets` in the file's order, and `issues`."""

    def __init__(self, path: Path, weights: Weights, codes: Codes) -> None:
        self.weights, self.codes = weights, codes
        self.file = f"{path.parent.parent.name}/{FOLDER}/{path.name}"
        self.targets: list[Target] = []
        self.issues: list[MappingIssue] = []
        self._read(path)

    def _read(self, path: Path) -> None:
        try:
            with path.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
            text = content.decode("utf-8-sig")
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except OSError as error:
            self._fault(None, "file", error.strerror or type(error).__name__, "a file that can be read")
            return
        except (UnicodeDecodeError, csv.Error):
            self._fault(None, "file", "bytes that are no UTF-8 CSV", "a CSV in UTF-8 with commas")
            return
        if len(content) > MAX_BYTES:
            self._fault(None, "file", f"more than {MAX_BYTES} bytes", f"at most {MAX_BYTES} bytes")
            return
        header = [name.strip() for name in rows[0]] if rows else []
        if not self._is_header(header):
            return
        for line, row in enumerate(rows[1:], start=2):
            if any(cell.strip() for cell in row):
                self._line(line, header, [cell.strip() for cell in row])
        if not self.issues:
            self.issues += self._whole()

    def _fault(self, line: int | None, field: str, found: str, allowed: str) -> None:
        self.issues.append(MappingIssue(self.file, line, field, found, allowed))

    def _is_header(self, header: list[str]) -> bool:
        by = self.weights.by
        layouts = [(*by, "population"), *([_LONG] if self.weights.method == "rake" or len(by) == 1 else [])]
        columns = set(header) - set(_DATES)
        if len(set(header)) == len(header) and any(columns == set(layout) for layout in layouts):
            return True
        allowed = " or ".join(", ".join(layout) for layout in layouts)
        self._fault(
            1, "header", quoted(", ".join(header)), f"{allowed}; valid_from and valid_to are optional"
        )
        return False

    def _line(self, line: int, header: list[str], row: list[str]) -> None:
        before = len(self.issues)
        if len(row) != len(header):
            self._fault(line, "line", f"{len(row)} cells", f"{len(header)} cells, as in the header")
            return
        cells = dict(zip(header, row, strict=True))
        first, last = (self._day(line, name, cells.get(name, "")) for name in _DATES)
        if first and last and last < first:
            self._fault(line, "valid_to", quoted(last), f"{first} or later, or nothing")
        population = self._population(line, cells["population"])
        codes = self._row_codes(line, cells)
        if len(self.issues) == before:
            self.targets.append(Target(line, first, last, codes, population))

    def _day(self, line: int, name: str, text: str) -> date | None:
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self._fault(line, name, quoted(text), "a date as 2025-12-31, or nothing")
            return None

    def _population(self, line: int, text: str) -> int:
        if text.isascii() and text.isdigit() and 0 < int(text) <= MAX_POPULATION:
            return int(text)
        self._fault(
            line, "population", quoted(text), f"a whole number from 1 to {MAX_POPULATION}, digits only"
        )
        return 0

    def _row_codes(self, line: int, cells: dict[str, str]) -> tuple[tuple[str, str], ...]:
        if "dimension" in cells:
            if cells["dimension"] not in self.weights.by:
                self._fault(line, "dimension", quoted(cells["dimension"]), one_of(self.weights.by))
                return ()
            pairs = [(cells["dimension"], cells["value"], "value")]
        else:
            pairs = [(name, cells[name], name) for name in self.weights.by]
        for dimension, code, field in pairs:
            known = self.codes[dimension]
            if known is not None and code not in known:
                self._fault(line, field, quoted(code), did_you_mean(code, known))
            elif not code or code == UNKNOWN:
                self._fault(line, field, quoted(code), f"a code of {dimension}")
        return tuple((dimension, code) for dimension, code, _ in pairs)

    def _whole(self) -> Iterator[MappingIssue]:
        """Faults between lines: validity that overlaps, dimensions without lines, margins that differ."""
        by_span: dict[tuple[date, date], list[Target]] = {}
        for target in self.targets:
            by_span.setdefault(target.span, []).append(target)
        spans = sorted(by_span)
        for (_, last), span in pairwise(spans):
            if span[0] <= last:
                line = by_span[span][0].line
                allowed = "the same valid_from and valid_to on all lines of one period, and none that overlap"
                yield MappingIssue(self.file, line, "valid_from", "days that other lines cover too", allowed)
        counts = Counter((target.span, target.codes) for target in self.targets)
        for target in self.targets:
            if counts.pop((target.span, target.codes), 1) > 1:
                found = ", ".join(code for _, code in target.codes)
                yield MappingIssue(self.file, target.line, "line", f"{quoted(found)} more than once", "once")
        if not self.targets:
            yield MappingIssue(self.file, None, "line", "no lines", "a population for every group")
        for span in spans:
            yield from self._margins(by_span[span])

    def _margins(self, targets: list[Target]) -> Iterator[MappingIssue]:
        totals: Counter[str] = Counter()
        for target in targets:
            for dimension, _ in target.codes:
                totals[dimension] += target.population
        for dimension in self.weights.by:
            if dimension not in totals:
                allowed = f"lines for {', '.join(self.weights.by)}"
                yield MappingIssue(
                    self.file, targets[0].line, "dimension", f"no lines for {dimension}", allowed
                )
        if max(totals.values()) > MAX_POPULATION:
            allowed = f"a total of at most {MAX_POPULATION}"
            yield MappingIssue(self.file, targets[0].line, "population", "a larger total", allowed)
        if max(totals.values()) - min(totals.values()) > _TOLERANCE * max(totals.values()):
            found = ", ".join(f"{name} {total}" for name, total in sorted(totals.items()))
            allowed = "the same total for every dimension"
            yield MappingIssue(self.file, targets[0].line, "population", f"totals {found}", allowed)
