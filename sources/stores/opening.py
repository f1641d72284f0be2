"""Opening the store that an address names.

Belongs here: which class serves which kind of address. Does not belong here: anything that touches the store; each one
connects when it is first asked for something.
"""

import os
from collections.abc import Mapping

from sources.stores.credentials import credentials_for
from sources.stores.local import LocalStore
from sources.stores.location import Location
from sources.stores.patience import Patience, Timeouts
from sources.stores.store import Store


def open_store(
    uri: str, named: Mapping[str, str] | None = None, environment: Mapping[str, str] = os.environ
) -> Store:
    """The store at a path, `file://`, `s3://` or `sftp://`; `named` gives environment variables by credential name.

    Raises StoreConfigurationError for an address that cannot be used, StorageError for a variable that is not set.
    """
    location = Location.parse(uri)
    timeouts = Timeouts.from_environment(environment)
    if location.kind == "local":
        return LocalStore(location)
    credentials = credentials_for(location.kind, named, environment)
    # The clients take half a second to load, which a night on a local folder need not spend.
    if location.kind == "s3":
        from sources.stores.s3 import S3Store

        return S3Store(location, credentials, Patience(timeouts))
    from sources.stores.sftp import SftpStore

    return SftpStore(location, credentials, Patience(timeouts))
