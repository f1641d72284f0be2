"""The shape of a tool's description, and how its column names are recognised.

Belongs here: loading and checking the YAML beside this module. Does not belong here: files and mappings.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

# How a tool writes its header: one row of texts; ids, texts and import ids; questions and options; codes.
HEADERS = {"text": 1, "import_ids": 3, "options": 2, "code": 1}
_LISTS = ("identifier", "metadata", "personal", "questions", "positive_statements", "fillers")
_PARTS = {"summary": {"heading", "answered", "skipped"}, "organisation": {"column", "prefix", "digits"}}
_REPEAT = re.compile(r"#\d+$")


class ProfileError(Exception):
    """A description is not usable; the text says which file and which field."""


@dataclass(frozen=True)
class Summary:
    """Words of a report that holds counts instead of responses: above its tables, and in the two rows below them."""

    heading: frozenset[str]
    answered: frozenset[str]
    skipped: frozenset[str]

    def mark_of(self, text: str) -> str | None:
        """Which of the three a cell is: heading, answered or skipped."""
        form = _form(text)
        return next(
            (name for name in ("heading", "answered", "skipped") if form in getattr(self, name)), None
        )


@dataclass(frozen=True)
class OrganisationColumn:
    """The column in which a shared format says whose rows these are: `prefix` and so many digits."""

    column: str
    prefix: str
    digits: int

    def names(self, raw: str, organisation_id: str) -> bool:
        """Whether a cell names this organisation; a blank cell and an id of another kind contradict nothing."""
        text = raw.strip().casefold().removeprefix(self.prefix)
        if not text or not re.fullmatch(rf"{self.prefix}\d{{{self.digits}}}", organisation_id):
            return True
        return (
            text.isascii()
            and text.isdigit()
            and f"{self.prefix}{int(text):0{self.digits}d}" == organisation_id
        )


@dataclass(frozen=True)
class Profile:
    """One tool. Names are compared by their letters and digits alone, so that `Start Date` is `StartDate`.

    `identifier` columns hold a value in every response; `personal` ones may only become pseudonymised keys;
    `questions` are globs of a shared questionnaire, `positive_statements` of those in which to agree is good;
    `fillers` say nothing about a column.
    """

    profile_id: str
    title: str
    header: str
    separator: str = ""
    identifier: frozenset[str] = frozenset()
    metadata: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()
    questions: tuple[str, ...] = ()
    positive_statements: tuple[str, ...] = ()
    fillers: frozenset[str] = field(default_factory=frozenset)
    summary: Summary | None = None
    organisation: OrganisationColumn | None = None

    @property
    def most_header_rows(self) -> int:
        """How many rows the tool's header has at most."""
        return HEADERS[self.header]

    def is_identifier(self, name: str) -> bool:
        """Whether the column holds a value, and no text, in every response."""
        return _form(name) in self.identifier

    def is_personal(self, name: str) -> bool:
        """Whether the column holds personal data that the tool adds by itself."""
        return _form(name) in self.personal

    def is_metadata(self, name: str) -> bool:
        """Whether the column is a fact about the response that the tool adds, such as a date."""
        return _form(name) in self.metadata

    def is_positive_statement(self, name: str) -> bool:
        """Whether the column is a statement of the shared questionnaire with which it is good to agree."""
        return _fits(name, self.positive_statements)

    def is_own(self, name: str) -> bool:
        """Whether the column is the tool's own, and so no news when a mapping does not name it."""
        return _form(name) in self.identifier | self.metadata | self.personal or _fits(name, self.questions)

    def is_filler(self, text: str) -> bool:
        """Whether a header cell says nothing about its column."""
        return not text.strip() or _form(text) in self.fillers


def profile_ids() -> tuple[str, ...]:
    """Every profile by id, sorted."""
    return tuple(sorted(_profiles()))


def profile_of(profile_id: str | None) -> Profile | None:
    """The profile with this id; None without one. Raises KeyError for an unknown id."""
    return None if profile_id is None else _profiles()[profile_id]


def summaries() -> tuple[Summary, ...]:
    """The words of every tool's summary report."""
    return tuple(profile.summary for profile in _profiles().values() if profile.summary is not None)


@cache
def _profiles() -> Mapping[str, Profile]:
    paths = sorted(Path(__file__).parent.glob("*.yml"))
    return {path.stem: parse_profile(path.stem, path.read_text(encoding="utf-8")) for path in paths}


def parse_profile(profile_id: str, text: str) -> Profile:
    """A profile from YAML text; raises ProfileError for a missing, unknown or impossible field."""
    document = yaml.safe_load(text)
    if not isinstance(document, dict):
        raise ProfileError(f"{profile_id}.yml must be a mapping of fields")
    unknown = set(document) - {"title", "header", "separator", *_LISTS, *_PARTS}
    if unknown or not isinstance(document.get("title"), str):
        raise ProfileError(f"{profile_id}.yml: needs title, unknown fields {sorted(unknown)}")
    if document.get("header") not in HEADERS:
        raise ProfileError(f"{profile_id}.yml, header: must be one of {', '.join(HEADERS)}")
    for name in _LISTS:
        if not all(isinstance(one, str) and _form(one) for one in _list(document, name)):
            raise ProfileError(f"{profile_id}.yml, {name}: must be a list of texts")
    for name, fields in _PARTS.items():
        if name in document and (not isinstance(document[name], dict) or set(document[name]) != fields):
            raise ProfileError(f"{profile_id}.yml, {name}: must have the fields {', '.join(sorted(fields))}")
    return Profile(
        profile_id=profile_id,
        title=document["title"],
        header=document["header"],
        separator=document.get("separator", ""),
        identifier=_forms(_list(document, "identifier")),
        metadata=_forms(_list(document, "metadata")),
        personal=_forms(_list(document, "personal")),
        questions=tuple(_list(document, "questions")),
        positive_statements=tuple(_list(document, "positive_statements")),
        fillers=_forms(_list(document, "fillers")),
        summary=_summary(document.get("summary")),
        organisation=OrganisationColumn(**document["organisation"]) if "organisation" in document else None,
    )


def _summary(words: Mapping[str, Sequence[str]] | None) -> Summary | None:
    if words is None:
        return None
    return Summary(*(_forms(words[name]) for name in ("heading", "answered", "skipped")))


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    found = document.get(name, [])
    return found if isinstance(found, list) else [None]


def _fits(name: str, patterns: Sequence[str]) -> bool:
    lowered = name.strip().casefold()
    return any(fnmatch.fnmatchcase(lowered, pattern) for pattern in patterns)


def _forms(names: Sequence[str]) -> frozenset[str]:
    return frozenset(_form(name) for name in names)


def _form(name: str) -> str:
    """What names and texts of a tool are compared by: case folded letters and digits, without the mark of a repeat."""
    folded = unicodedata.normalize("NFC", _REPEAT.sub("", name.strip())).casefold()
    return "".join(filter(str.isalnum, folded))
