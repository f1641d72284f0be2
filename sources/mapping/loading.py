"""Mapping files from disk: one file with its versions, or all files of an organisation.

Belongs here: the order of the checks, and keeping one faulty file from hiding the others. Does not belong
here: the checks themselves, and whether an accepted mapping may change (`sources.configuration`).
"""

from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from sources.mapping.document import MappingDocument
from sources.mapping.issues import Finding, MappingError, MappingIssue, field_name
from sources.mapping.matching import matches
from sources.mapping.model import Mapping
from sources.mapping.profile_rules import profile_findings
from sources.mapping.reference_rules import place_findings, reference_findings
from sources.mapping.resolve import resolve
from sources.mapping.rules import document_findings
from sources.mapping.scale_rules import scale_findings
from sources.mapping.shape import read_document
from sources.mapping.strict_yaml import MAX_BYTES, Node, compose, line_of
from sources.mapping.versions import version_findings, version_spans
from sources.reference import Reference

SUFFIX = ".yml"
# Says something of the organisation itself (`sources.organisation_file`).
ORGANISATION_FILE = "organisation.yml"


@dataclass
class OrganisationMappings:
    """The sound mappings of an organisation by id, and the issues of the others by file stem."""

    organisation_id: str
    mappings: dict[str, tuple[Mapping, ...]] = field(default_factory=dict)
    issues: dict[str, tuple[MappingIssue, ...]] = field(default_factory=dict)


def load_mapping_file(path: Path, reference: Reference) -> tuple[Mapping, ...]:
    """The versions of the mapping in `<organisation_id>/<mapping_id>.yml`, by `valid_from`.

    Raises MappingError with every issue of the file, and OSError when it cannot be read.
    """
    file = f"{path.parent.name}/{path.name}"
    nodes, issues = compose(_content(path), file)
    if not nodes:
        raise MappingError([MappingIssue(file, None, "document", "an empty file", "the fields of a mapping")])
    documents: list[MappingDocument] = []
    for node in nodes:
        document, findings = _checked(node, path, reference)
        issues += _located(findings, node, file)
        if document is not None:
            documents.append(document)
    if len(documents) == len(nodes):
        for position, finding in version_findings(documents):
            issues += _located([finding], nodes[position], file)
    if issues:
        raise MappingError(dict.fromkeys(issues))
    spans = version_spans(documents)
    mappings = [
        resolve(one, span.last, span.is_followed_by(spans), reference)
        for one, span in zip(documents, spans, strict=True)
    ]
    return tuple(sorted(mappings, key=lambda mapping: mapping.valid_from))


def load_organisation_mappings(
    directory: Path, organisation_id: str, reference: Reference
) -> OrganisationMappings:
    """Every mapping file in `<directory>/<organisation_id>/`; the organisation's own file is none.

    A faulty one stands in `issues` and nothing more.
    """
    found = OrganisationMappings(organisation_id)
    folder = directory / organisation_id
    for path in sorted(folder.glob("*.y*ml")) if folder.is_dir() else []:
        if path.name.startswith(".") or path.name == ORGANISATION_FILE:
            continue
        if path.suffix != SUFFIX:
            issue = MappingIssue(
                f"{organisation_id}/{path.name}", None, "file", path.suffix, f"the suffix {SUFFIX}"
            )
            found.issues[path.name] = (issue,)
            continue
        try:
            found.mappings[path.stem] = load_mapping_file(path, reference)
        except MappingError as error:
            found.issues[path.stem] = error.issues
        except OSError as error:
            reason = error.strerror or type(error).__name__
            issue = MappingIssue(
                f"{organisation_id}/{path.name}", None, "file", reason, "a file that can be read"
            )
            found.issues[path.stem] = (issue,)
    return found


def matching_mapping_ids(mappings: OrganisationMappings, relative_key: str) -> tuple[str, ...]:
    """The mappings that cover a key relative to the organisation's folder, sorted.

    Files of a frame have none.
    """
    every = [version for versions in mappings.mappings.values() for version in versions]
    if any(matches(pattern, relative_key) for version in every for pattern in version.frame_patterns):
        return ()
    covering = {
        version.mapping_id
        for version in every
        if any(matches(pattern, relative_key) for pattern in version.source.match)
    }
    return tuple(sorted(covering))


def _content(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _checked(node: Node, path: Path, reference: Reference) -> tuple[MappingDocument | None, list[Finding]]:
    document, draft, findings = read_document(node.plain())
    rules = (
        place_findings(draft, path.stem, path.parent.name),
        document_findings(draft),
        profile_findings(draft),
        scale_findings(draft),
        reference_findings(draft, reference),
    )
    broken = [one for one in chain(*rules) if not draft.follows_from_fault(one.path)]
    return document, findings + broken


def _located(findings: list[Finding], node: Node, file: str) -> list[MappingIssue]:
    return [
        MappingIssue(file, line_of(node, one.path), field_name(one.path), one.found, one.allowed)
        for one in findings
    ]
