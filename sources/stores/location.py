"""Where a store is: a path, `file://`, `s3://` or `sftp://`.

Belongs here: taking an address apart and refusing one that holds a credential. Does not belong here: reaching it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from sources.stores.store import StoreConfigurationError

_EXPECTED = "expected an absolute path, file:///path, s3://bucket/prefix or sftp://host/path"


@dataclass(frozen=True)
class Location:
    """`host` is the bucket of an S3 store; `path` the folder inside, without a slash at the end."""

    kind: Literal["local", "s3", "sftp"]
    path: str
    host: str = ""
    port: int | None = None
    username: str | None = None

    def __str__(self) -> str:
        if self.kind == "local":
            return self.path
        port = f":{self.port}" if self.port else ""
        return f"{self.kind}://{self.host}{port}/{self.path.lstrip('/')}".rstrip("/")

    @classmethod
    def parse(cls, uri: str) -> "Location":
        """Take an address apart; StoreConfigurationError, which does not repeat it, when it cannot be used."""
        scheme, has_scheme, rest = uri.partition("://")
        if not has_scheme:
            return cls._local(uri)
        if scheme == "file":
            return cls._local(unquote(rest.removeprefix("localhost")))
        if scheme == "s3":
            return cls._s3(rest)
        if scheme == "sftp":
            return cls._sftp(uri)
        raise StoreConfigurationError(f"the store's address has a scheme that is not known; {_EXPECTED}")

    @classmethod
    def _local(cls, path: str) -> "Location":
        if not path.startswith("/") or "\0" in path:
            raise StoreConfigurationError(f"the store's address is no absolute path; {_EXPECTED}")
        return cls("local", str(Path(path)))

    @classmethod
    def _s3(cls, rest: str) -> "Location":
        bucket, _, prefix = rest.partition("/")
        if "@" in bucket or ":" in bucket:
            raise StoreConfigurationError(
                "the store's address holds a credential: take it out, and set AWS_ACCESS_KEY_ID and"
                " AWS_SECRET_ACCESS_KEY"
            )
        if not bucket:
            raise StoreConfigurationError(f"the store's address names no bucket; {_EXPECTED}")
        return cls("s3", prefix.strip("/"), bucket)

    @classmethod
    def _sftp(cls, uri: str) -> "Location":
        try:
            parts = urlsplit(uri)
            port, host = parts.port, parts.hostname
        except ValueError:
            raise StoreConfigurationError(f"the store's address cannot be read; {_EXPECTED}") from None
        if parts.password is not None:
            raise StoreConfigurationError(
                "the store's address holds a credential: take it out, and set MEETHUIS_SFTP_PASSWORD or"
                " MEETHUIS_SFTP_PRIVATE_KEY"
            )
        if not host:
            raise StoreConfigurationError(f"the store's address names no host; {_EXPECTED}")
        username = unquote(parts.username) if parts.username else None
        return cls("sftp", unquote(parts.path).rstrip("/"), host, port, username)
