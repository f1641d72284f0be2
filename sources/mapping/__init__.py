"""The mapping language: how an organisation's own survey becomes the questions of the reference model.

One YAML file per organisation and instrument is read strictly, checked against itself and the reference
model, and handed on as an immutable `Mapping`; `docs/mapping.md` describes the language.
"""

from sources.mapping.document import json_schema
from sources.mapping.issues import MappingError, MappingIssue
from sources.mapping.loading import (
    OrganisationMappings,
    load_mapping_file,
    load_organisation_mappings,
    matching_mapping_ids,
)
from sources.mapping.matching import matches
from sources.mapping.model import Item, Mapping, Scale
from sources.mapping.resolve import content_digest
from sources.mapping.versions import ordinal

__all__ = [
    "Item",
    "Mapping",
    "MappingError",
    "MappingIssue",
    "OrganisationMappings",
    "Scale",
    "content_digest",
    "json_schema",
    "load_mapping_file",
    "load_organisation_mappings",
    "matches",
    "matching_mapping_ids",
    "ordinal",
]
