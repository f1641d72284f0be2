"""Credentials of a store, from environment variables only.

Belongs here: which variables, the usual ones or those that an organisation's file names. Does not belong here: using
them. A credential stands in no message and no `repr`.
"""

from collections.abc import Mapping

from sources.stores.store import StorageError

USUAL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "local": {},
    "s3": {
        "access_key_id": ("AWS_ACCESS_KEY_ID",),
        "secret_access_key": ("AWS_SECRET_ACCESS_KEY",),
        "session_token": ("AWS_SESSION_TOKEN",),
        "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
        "endpoint_url": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    },
    "sftp": {
        "username": ("MEETHUIS_SFTP_USERNAME",),
        "password": ("MEETHUIS_SFTP_PASSWORD",),
        "private_key": ("MEETHUIS_SFTP_PRIVATE_KEY",),
        "known_hosts": ("MEETHUIS_SFTP_KNOWN_HOSTS",),
    },
}
# What is no secret: taken from the usual variables also where an organisation's file names its own for the rest.
_SHARED = frozenset({"region", "endpoint_url", "known_hosts"})


class Credentials:
    """Values by name; asking for one that must be there and is not raises StorageError with the variable's name."""

    def __init__(self, values: Mapping[str, str], variables: Mapping[str, str]) -> None:
        self._values, self._variables = dict(values), dict(variables)

    def get(self, name: str) -> str | None:
        """The value, None when there is none."""
        return self._values.get(name)

    def require(self, name: str) -> str:
        """The value."""
        try:
            return self._values[name]
        except KeyError:
            raise StorageError(f"environment variable {self._variables[name]} is not set") from None


def credentials_for(
    kind: str, named: Mapping[str, str] | None, environment: Mapping[str, str]
) -> Credentials:
    """The credentials of a store: from the variables that `named` gives by credential name, else from the usual ones.

    Raises StorageError when a variable that `named` gives is not set.
    """
    usual = USUAL[kind]
    values = {
        name: environment[variable]
        for name, variables in usual.items()
        if not named or name in _SHARED
        for variable in reversed(variables)
        if environment.get(variable)
    }
    for name, variable in (named or {}).items():
        if not environment.get(variable):
            raise StorageError(f"environment variable {variable} is not set")
        values[name] = environment[variable]
    first = {name: variables[0] for name, variables in usual.items()}
    return Credentials(values, {**first, **(named or {})})
