"""Stores: where files lie that somebody else owns, behind one small interface.

Belongs here: reaching a local folder, an S3 store or an SFTP server, with its timeouts, credentials and way of writing
atomically. Does not belong here: what a name or an object means, and which organisation it is of (`sources.bucket`).
"""

from sources.stores.location import Location
from sources.stores.opening import open_store
from sources.stores.patience import Timeouts
from sources.stores.store import (
    Listed,
    ObjectChanged,
    ObjectUnreadable,
    StorageError,
    Store,
    StoreConfigurationError,
)

__all__ = [
    "Listed",
    "Location",
    "ObjectChanged",
    "ObjectUnreadable",
    "StorageError",
    "Store",
    "StoreConfigurationError",
    "Timeouts",
    "open_store",
]
