"""An organisation's configuration as the ledger knows it: accepted mapping versions and why others wait.

Belongs here: loading mapping files, the version rule, keeping a copy of every accepted mapping. Does not belong here:
the mapping language itself (`sources.mapping`) and the targets that a mapping names (`sources.targets`).
"""

import hashlib
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from pathlib import Path

from sources import durable
from sources.ledger import Entry, Ledger
from sources.limits import DEFAULT_LIMITS, Limits
from sources.mapping import (
    Mapping,
    MappingError,
    MappingIssue,
    OrganisationMappings,
    content_digest,
    load_mapping_file,
    load_organisation_mappings,
    matches,
    matching_mapping_ids,
    ordinal,
)
from sources.organisation_file import OrganisationFileError, load_organisation_file
from sources.reference import Reference
from sources.targets import keep_targets, target_faults


@dataclass(frozen=True)
class AcceptedMapping:
    """One mapping file as accepted: its versions, the digest over them and the kept copy."""

    mapping_id: str
    digest: str
    versions: tuple[Mapping, ...]
    path: Path

    @property
    def newest(self) -> Mapping:
        """The version valid last."""
        return max(self.versions, key=lambda version: version.valid_from)


@dataclass
class OrganisationConfiguration:
    """Accepted mappings by id, and the issues of mapping files that make their deliveries wait."""

    organisation_id: str
    accepted: dict[str, AcceptedMapping] = field(default_factory=dict)
    issues: dict[str, tuple[MappingIssue, ...]] = field(default_factory=dict)
    last_good: dict[str, AcceptedMapping] = field(default_factory=dict)
    limits: Limits = DEFAULT_LIMITS

    @property
    def known(self) -> dict[str, AcceptedMapping]:
        """Every mapping in force: the accepted one, else the last good copy of a now faulty file."""
        return {**self.last_good, **self.accepted}

    def is_frame_file(self, key: str) -> bool:
        """Whether the key holds counts of a sampling frame: no delivery, but it gets its receipt."""
        return any(_names_frame_file(mapping, key) for mapping in self.known.values())

    def readers_of(self, key: str) -> tuple[str, ...]:
        """Ids of accepted mappings that read the key: as a frame file where it is one, else as a delivery."""
        if not self.is_frame_file(key):
            return self.matching(key)
        return tuple(
            name for name, mapping in sorted(self.accepted.items()) if _names_frame_file(mapping, key)
        )

    def matching(self, key: str) -> tuple[str, ...]:
        """Ids of accepted mappings whose `source.match` covers the key."""
        mappings = OrganisationMappings(
            self.organisation_id, {name: mapping.versions for name, mapping in self.accepted.items()}, {}
        )
        return matching_mapping_ids(mappings, key)


def _names_frame_file(mapping: AcceptedMapping, key: str) -> bool:
    return any(matches(pattern, key) for version in mapping.versions for pattern in version.frame_patterns)


def configure(
    organisations_dir: Path, organisation_id: str, reference: Reference, ledger: Ledger, copies: Path
) -> OrganisationConfiguration:
    """Load one organisation's mappings, hold them against the versions seen before and remember new ones.

    With a faulty `organisation.yml` every mapping stands as it did and nothing new is read.
    """
    loaded = load_organisation_mappings(organisations_dir, organisation_id, reference)
    seen = _versions_seen(ledger, organisation_id)
    configuration = OrganisationConfiguration(organisation_id, issues=dict(loaded.issues))
    fresh = []
    for mapping_id, versions in sorted(loaded.mappings.items()):
        faults = _version_faults(mapping_id, versions, seen.get(mapping_id, {}))
        off_target = target_faults(organisations_dir, versions, reference)
        keep_targets(organisations_dir, versions, copies, is_sound=not off_target)
        faults += off_target
        if faults:
            configuration.issues[mapping_id] = faults
            continue
        digest = _digest(versions)
        path = kept_mapping(copies, organisation_id, mapping_id, digest)
        configuration.accepted[mapping_id] = AcceptedMapping(mapping_id, digest, versions, path)
        content = (organisations_dir / organisation_id / f"{mapping_id}.yml").read_bytes()
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            durable.write_bytes(path, content, "mapping")
        if any(seen.get(mapping_id, {}).get(v.mapping_version) != content_digest(v) for v in versions):
            body = {"digest": digest, "versions": {v.mapping_version: content_digest(v) for v in versions}}
            fresh.append((organisation_id, mapping_id, body))
    ledger.append("mapping", fresh)
    for mapping_id in configuration.issues:
        last = _last_good(ledger, organisation_id, mapping_id, copies, reference)
        if last is not None:
            configuration.last_good[mapping_id] = last
    try:
        configuration.limits = load_organisation_file(organisations_dir, organisation_id).limits
    except OrganisationFileError as error:
        configuration.last_good |= configuration.accepted
        configuration.accepted = {}
        configuration.issues["organisation"] = error.issues
    return configuration


def _digest(versions: tuple[Mapping, ...]) -> str:
    return hashlib.sha256(
        "|".join(sorted(content_digest(version) for version in versions)).encode()
    ).hexdigest()


def _versions_seen(ledger: Ledger, organisation_id: str) -> dict[str, dict[str, str]]:
    seen: dict[str, dict[str, str]] = {}
    for entry in ledger.entries("mapping", organisation_id):
        seen.setdefault(entry.subject, {}).update(entry.body["versions"])
    return seen


def _version_faults(
    mapping_id: str, versions: tuple[Mapping, ...], seen: MappingType[str, str]
) -> tuple[MappingIssue, ...]:
    """A version that was accepted before may never change; new content needs a higher version."""
    highest = max((ordinal(version) for version in seen), default=())
    newest = max(ordinal(version.mapping_version) for version in versions)
    faults = []
    for version in versions:
        earlier, number = seen.get(version.mapping_version), version.mapping_version
        changed = earlier is not None and earlier != content_digest(version)
        lowered = ordinal(number) == newest and newest < highest
        if changed or lowered:
            faults.append(
                MappingIssue(
                    file=f"{version.organisation.org_id}/{mapping_id}.yml",
                    line=None,
                    field="mapping_version",
                    found=number,
                    allowed="a version higher than any accepted before, because the content changed",
                )
            )
    return tuple(faults)


def _last_good(
    ledger: Ledger, organisation_id: str, mapping_id: str, copies: Path, reference: Reference
) -> AcceptedMapping | None:
    entry: Entry | None = ledger.latest("mapping", organisation_id).get((organisation_id, mapping_id))
    if entry is None:
        return None
    digest = str(entry.body["digest"])
    return accepted_copy(kept_mapping(copies, organisation_id, mapping_id, digest), digest, reference)


def kept_mapping(copies: Path, organisation_id: str, mapping_id: str, digest: str) -> Path:
    """Where the copy of an accepted mapping is kept."""
    return copies / digest[:16] / organisation_id / f"{mapping_id}.yml"


def accepted_copy(path: Path, digest: str, reference: Reference) -> AcceptedMapping | None:
    """The kept copy of an accepted mapping; None when it is gone or no longer fits the reference model."""
    try:
        return AcceptedMapping(path.stem, digest, load_mapping_file(path, reference), path)
    except (MappingError, OSError):
        return None
