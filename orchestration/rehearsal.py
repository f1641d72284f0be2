"""Rehearsal: what would happen to one file, without storing anything.

Belongs here: running intake, gate and settlement over a bucket of one file in a temporary folder. Does not belong
here: comparing with earlier deliveries; duplicates and replacements show only in a real run.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from orchestration.installation import ConfigurationError, Installation, open_installation
from orchestration.messages import texts
from orchestration.night import night
from orchestration.settings import Settings
from sources.bucket import Bucket
from sources.mapping import MappingIssue, OrganisationMappings, load_organisation_mappings, matches
from sources.receipts import receipts_of
from sources.targets import target_faults


@dataclass(frozen=True)
class Rehearsal:
    """The receipt that a file would get, and what is wrong with the organisation's mappings."""

    receipt: dict[str, Any]
    mapping_issues: tuple[str, ...]


def rehearse(settings: Settings, file: Path, organisation_id: str, mapping_id: str | None) -> Rehearsal:
    """What would happen to the file; raises ConfigurationError for an unknown organisation or mapping."""
    with tempfile.TemporaryDirectory(prefix="meethuis-check-") as folder:
        root = Path(folder)
        private = replace(settings, work=root / "work", published=root / "published")
        installation = open_installation(private)
        if not installation.reference.knows_organisation(organisation_id):
            raise ConfigurationError(f"--organisation: {organisation_id} is not in the register")
        loaded = load_organisation_mappings(
            installation.settings.organisations, organisation_id, installation.reference
        )
        key = _key(installation, loaded, file, mapping_id)
        target = root / "bucket" / organisation_id / key
        target.parent.mkdir(parents=True)
        shutil.copy2(file, target)
        alone = replace(installation, bucket=Bucket(str(root / "bucket")), is_pulling=False)
        with night(alone) as opened:
            opened.discover()
            opened.read(opened.plan(), lambda: None)
            opened.judge()
            outcomes = opened.settle()
            if not outcomes:
                raise ConfigurationError(f"{file.name} is no delivery by its name: it would be left alone")
            (outcome,) = outcomes
            receipt = receipts_of(outcome, opened.now.isoformat(), None, texts())[0]
    receipt["files"] = [file.name]
    return Rehearsal(receipt, tuple(str(issue) for found in _issues(installation, loaded) for issue in found))


def _issues(installation: Installation, loaded: OrganisationMappings) -> Iterator[tuple[MappingIssue, ...]]:
    yield from loaded.issues.values()
    for versions in loaded.mappings.values():
        yield target_faults(installation.settings.organisations, versions, installation.reference)


def _key(installation: Installation, loaded: OrganisationMappings, file: Path, mapping_id: str | None) -> str:
    """A name inside the organisation's folder under which the wanted mapping, or the fitting one, reads the file."""
    organisation_id = loaded.organisation_id
    if mapping_id is not None and mapping_id not in {**loaded.mappings, **loaded.issues}:
        raise ConfigurationError(f"--mapping: {organisation_id} has no mapping {mapping_id}")
    own = _key_in_bucket(installation.settings, file, organisation_id)
    patterns = [
        pattern
        for name, versions in loaded.mappings.items()
        for version in versions
        for pattern in version.source.match
        if mapping_id in (None, name)
    ]
    for pattern in patterns:
        if own is not None and matches(pattern, own):
            return own
    for pattern in patterns:
        folder = pattern.rpartition("/")[0].replace("**", "any").replace("*", "any")
        candidate = f"{folder}/{file.name}" if folder else file.name
        if matches(pattern, candidate):
            return candidate
    if mapping_id is not None and patterns:
        return patterns[0].replace("**", "any").replace("*", file.stem)
    return own or file.name


def _key_in_bucket(settings: Settings, file: Path, organisation_id: str) -> str | None:
    folder = Path(settings.bucket) / organisation_id
    resolved = file.resolve()
    return str(resolved.relative_to(folder.resolve())) if resolved.is_relative_to(folder.resolve()) else None
