"""Every accepted mapping that a standing reading needs: those in force, and the kept copies of older ones.

Belongs here: finding them, and stopping where one is gone that cannot be done without. Does not belong here: accepting
and keeping them (`configuration`).
"""

from collections.abc import Mapping
from pathlib import Path

from sources.bucket import StorageError
from sources.configuration import AcceptedMapping, OrganisationConfiguration, accepted_copy, kept_mapping
from sources.ledger import Ledger
from sources.reference import Reference


def known_mappings(
    configurations: Mapping[str, OrganisationConfiguration],
    ledger: Ledger,
    copies: Path,
    reference: Reference,
) -> dict[str, dict[str, AcceptedMapping]]:
    """Mappings by organisation and digest. A reading whose mapping is not among them is read again.

    Raises StorageError when one is gone with which only counts were read: their rows are not there to be read again.
    """
    found = {
        organisation_id: {one.digest: one for one in configuration.known.values()}
        for organisation_id, configuration in configurations.items()
    }
    retained = ledger.latest("retained")
    for (organisation_id, delivery_id), entry in ledger.latest("reading").items():
        digest, own = str(entry.body["mapping_digest"]), found.setdefault(organisation_id, {})
        if digest in own:
            continue
        path = kept_mapping(copies, organisation_id, str(entry.body["mapping_id"]), digest)
        if (organisation_id, delivery_id) in retained and not path.exists():
            raise StorageError(
                f"{path} is gone: it says what the counts of delivery {delivery_id[:12]} mean."
                " Put it back from a backup of the work folder; nothing was changed, the last publication stands"
            )
        kept = accepted_copy(path, digest, reference)
        if kept is not None:
            own[digest] = kept
    return found
