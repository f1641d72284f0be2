"""Fixed identities of assets: the same thing has the same uuid on every machine, and no numeric id is written down."""

from uuid import NAMESPACE_URL, uuid5


def uuid_of(kind: str, name: str) -> str:
    """The uuid of a dataset, chart or dashboard by its name."""
    return str(uuid5(NAMESPACE_URL, f"meethuis/{kind}/{name}"))


DATABASE = str(uuid5(NAMESPACE_URL, "meethuis/database"))
