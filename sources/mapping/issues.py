"""What is wrong with a mapping file, in words an operator or steward can act on.

Belongs here: the shape of one issue and the error that carries all issues of a file. Does not belong here:
the rules that find them (`rules`, `reference_rules`, `versions`) and the receipts that organisations read.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

FieldPath = tuple[str | int, ...]

_LONGEST_FOUND = 80


@dataclass(frozen=True)
class MappingIssue:
    """One fault: where it stands, what was found there and what is allowed."""

    file: str
    line: int | None
    field: str
    found: str
    allowed: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}, {self.field}: found {self.found}; allowed: {self.allowed}"


class MappingError(Exception):
    """A mapping file that cannot be used; `issues` holds everything that is wrong with it."""

    def __init__(self, issues: Iterable[MappingIssue]) -> None:
        self.issues = tuple(sorted(issues, key=lambda issue: (issue.file, issue.line or 0, issue.field)))
        super().__init__("\n".join(str(issue) for issue in self.issues))


@dataclass(frozen=True)
class Finding:
    """A fault inside one document, before its file and line are known."""

    path: FieldPath
    found: str
    allowed: str


def field_name(path: FieldPath) -> str:
    """The path as people write it: `items[2].scale`; `document` for the document itself."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text or "document"


def quoted(value: object) -> str:
    """The mapping's own text as evidence, shortened; a nested part is named, not printed."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a set of fields"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = str(value)
    shortened = text if len(text) <= _LONGEST_FOUND else text[: _LONGEST_FOUND - 1] + "…"
    return f"'{shortened}'"


def one_of(values: Iterable[str]) -> str:
    """A closed list as text, in the order given."""
    return "one of " + ", ".join(values)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A closed list as text, sorted, with the name in it that comes nearest."""
    choices = sorted(known)
    near = difflib.get_close_matches(name, choices, n=1, cutoff=0.6)
    return one_of(choices) + (f"; did you mean '{near[0]}'?" if near else "")
