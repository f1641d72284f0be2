"""An organisation's own settings: `<organisations>/<organisation_id>/organisation.yml`.

Belongs here: reading and checking that file, and opening the store that it names. Does not belong here: mappings, and
what is done with the limits.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from sources.delivery_source import DeliverySource, settle_seconds_from
from sources.limits import DEFAULT_LIMITS, Limits
from sources.mapping import MappingError, MappingIssue
from sources.mapping.issues import FieldPath, field_name, quoted
from sources.mapping.loading import ORGANISATION_FILE
from sources.mapping.strict_yaml import MAX_BYTES, Node, compose, line_of
from sources.stores import Location, StoreConfigurationError, open_store
from sources.stores.credentials import USUAL

_SCHEMA = Path(__file__).with_name("schema") / "organisation.schema.json"
# What may be a credential in the wrong place.
_NOT_SHOWN = ("credentials", "source_uri")


@dataclass(frozen=True)
class OrganisationFile:
    """`credentials` gives names of environment variables by credential name; `limits` holds the defaults too."""

    source_uri: str | None = None
    credentials: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = DEFAULT_LIMITS


class OrganisationFileError(Exception):
    """The file cannot be used; `issues` holds everything that is wrong with it."""

    def __init__(self, issues: Iterable[MappingIssue]) -> None:
        self.issues = tuple(sorted(issues, key=lambda issue: (issue.line or 0, issue.field)))
        super().__init__("\n".join(str(issue) for issue in self.issues))


def load_organisation_file(organisations_dir: Path, organisation_id: str) -> OrganisationFile:
    """The organisation's settings, the defaults when it has no file; raises OrganisationFileError."""
    path = organisations_dir / organisation_id / ORGANISATION_FILE
    file = f"{organisation_id}/{ORGANISATION_FILE}"
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return OrganisationFile()
    except OSError as error:
        issue = MappingIssue(
            file, None, "file", error.strerror or type(error).__name__, "a file that can be read"
        )
        raise OrganisationFileError([issue]) from None
    try:
        nodes, issues = compose(content, file)
    except MappingError as error:
        raise OrganisationFileError(error.issues) from None
    if len(nodes) > 1:
        issues.append(MappingIssue(file, nodes[1].line, "document", "a second document", "one document"))
    document = _typed(nodes[0].plain()) if nodes else {}
    issues += [_located(file, nodes, *finding) for finding in _findings(document)]
    if issues:
        raise OrganisationFileError(issues)
    return OrganisationFile(
        document.get("source_uri"),
        document.get("credentials", {}),
        replace(DEFAULT_LIMITS, **document.get("limits", {})),
    )


def own_source(
    organisations_dir: Path, organisation_id: str, environment: Mapping[str, str] = os.environ
) -> DeliverySource | None:
    """The organisation's own store, None when it has none.

    Raises OrganisationFileError, and StorageError when a variable that its file names is not set.
    """
    settings = load_organisation_file(organisations_dir, organisation_id)
    if settings.source_uri is None:
        return None
    store = open_store(settings.source_uri, settings.credentials, environment)
    return DeliverySource(store, "own", settle_seconds_from(environment))


def _typed(document: Any) -> Any:
    """The document with the numbers under `limits` as numbers: the YAML reader gives every scalar as text."""
    if isinstance(document, dict) and isinstance(document.get("limits"), dict):
        return document | {"limits": {name: _number(value) for name, value in document["limits"].items()}}
    return document


def _number(value: object) -> object:
    if not isinstance(value, str) or not value.isascii() or len(value) > 20:
        return value
    if value.isdecimal():
        return int(value)
    whole, point, fraction = value.partition(".")
    return float(value) if point and whole.isdecimal() and fraction.isdecimal() else value


def _findings(document: Any) -> Iterator[tuple[FieldPath, str, str]]:
    """What is wrong: where, what was found there, what is allowed."""
    is_sound = True
    for error in _validator().iter_errors(document):
        is_sound = False
        path = tuple(error.absolute_path)
        if path and path[0] in _NOT_SHOWN:
            found = "something else (not shown: it may be secret)"
        elif error.validator == "additionalProperties":
            unknown = sorted(set(error.instance) - set(error.schema["properties"]))
            found = f"the unknown field {quoted(unknown[0])}"
        elif error.validator == "dependentRequired":
            found = "credentials without source_uri"
        else:
            found = quoted(error.instance)
        yield (
            path,
            found,
            error.schema.get("description", "source_uri, credentials and limits, each optional"),
        )
    if is_sound and document.get("source_uri") is not None:
        yield from _store_findings(document)


def _store_findings(document: Mapping[str, Any]) -> Iterator[tuple[FieldPath, str, str]]:
    try:
        location = Location.parse(document["source_uri"])
    except StoreConfigurationError as error:
        yield ("source_uri",), "an address that cannot be used", str(error)
        return
    known = USUAL[location.kind]
    for name in document.get("credentials", {}):
        if name not in known:
            allowed = f"one of {', '.join(known)}" if known else "none: a folder needs no credentials"
            yield (
                ("credentials", name),
                f"a credential of another kind of store than {location.kind}",
                allowed,
            )


def _located(file: str, nodes: list[Node], path: FieldPath, found: str, allowed: str) -> MappingIssue:
    return MappingIssue(file, line_of(nodes[0], path) if nodes else None, field_name(path), found, allowed)


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))
