"""An S3 store.

Belongs here: requests to it and what its errors mean. Does not belong here: retries (the client's own, few and within
the time limit) and any rule on names.
"""

import asyncio
import re
import weakref
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime
from typing import Any

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from sources.object_names import is_left_alone
from sources.stores.credentials import Credentials
from sources.stores.location import Location
from sources.stores.patience import Patience
from sources.stores.store import (
    CHUNK_BYTES,
    Listed,
    ObjectChanged,
    ObjectUnreadable,
    StorageError,
    utc_text,
)

_ATTEMPTS = 3
_GONE = frozenset({"404", "NoSuchKey"})
_CLOSED = frozenset({"403", "AccessDenied"})
_FAULTS = (BotoCoreError, HTTPClientError, aiohttp.ClientError, OSError, asyncio.IncompleteReadError)


class S3Store:
    """A bucket, or a prefix of one. An object is there whole or not at all, so none is read twice or waited for."""

    is_file_like = False
    is_read_twice = False
    default_settle_seconds = 0.0

    def __init__(self, location: Location, credentials: Credentials, patience: Patience) -> None:
        self.place = str(location)
        self._bucket = location.host
        self._root = f"{location.path}/" if location.path else ""
        self._credentials, self._patience = credentials, patience
        self._client: Any = None

    def turn(self, organisation_id: str) -> None:
        """From here on it is this organisation's time that is used up."""
        self._patience.turn(organisation_id)

    def folders(self) -> list[str]:
        """Folders at the top."""
        return [one.rstrip("/") for one in self._pages("", "/")[0] if one.strip("/")]

    def tree(self, folder: str) -> list[Listed]:
        """Everything under a folder, in two steps: what we wrote ourselves can be most of it."""
        base = f"{folder}/" if folder else ""
        prefixes, found = self._pages(base, "/")
        for prefix in prefixes:
            if not is_left_alone(prefix.removeprefix(base)):
                found += self._pages(prefix, "")[1]
        return [one for one in found if one.path != base]

    def files(self, folder: str) -> list[Listed]:
        """What lies directly in a folder."""
        return [one for one in self._pages(f"{folder}/", "/")[1] if one.path != f"{folder}/"]

    def info(self, path: str) -> Listed:
        """One object as it is now."""
        with _translated(path):
            head = self._patience.wait(
                self._connected().head_object(Bucket=self._bucket, Key=self._root + path)
            )
        return _listed(path, int(head["ContentLength"]), head["LastModified"], head.get("ETag"))

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of an object; a body that is cut short is an error of the store."""
        with _translated(path):
            found = self._patience.wait(
                self._connected().get_object(Bucket=self._bucket, Key=self._root + path)
            )
        body = found["Body"]
        try:
            while True:
                with _translated(path):
                    chunk = self._patience.wait(body.read(CHUNK_BYTES))
                if not chunk:
                    return
                yield chunk
        finally:
            body.close()

    def write(self, path: str, content: bytes) -> None:
        """Put an object; the store swaps it whole."""
        with _translated(path, is_written=True):
            self._patience.wait(
                self._connected().put_object(Bucket=self._bucket, Key=self._root + path, Body=content)
            )

    def delete(self, path: str) -> None:
        """Delete an object."""
        with _translated(path, is_written=True):
            self._patience.wait(self._connected().delete_object(Bucket=self._bucket, Key=self._root + path))

    def _pages(self, prefix: str, delimiter: str) -> tuple[list[str], list[Listed]]:
        """Prefixes and objects under a prefix, all pages; nothing of it when one page fails."""
        prefixes: list[str] = []
        found: list[Listed] = []
        arguments: dict[str, Any] = {
            "Bucket": self._bucket, "Prefix": self._root + prefix, "Delimiter": delimiter
        }  # fmt: skip
        while True:
            with _translated(prefix, is_listed=True):
                page = self._patience.wait(self._connected().list_objects_v2(**arguments))
            prefixes += [one["Prefix"].removeprefix(self._root) for one in page.get("CommonPrefixes", ())]
            found += [
                _listed(
                    one["Key"].removeprefix(self._root),
                    int(one["Size"]),
                    one["LastModified"],
                    one.get("ETag"),
                )
                for one in page.get("Contents", ())
            ]
            if not page.get("IsTruncated"):
                return sorted(prefixes), found
            following = page.get("NextContinuationToken")
            if not following or following == arguments.get("ContinuationToken"):
                raise StorageError("a listing that does not end")
            arguments["ContinuationToken"] = following

    def _connected(self) -> Any:
        if self._client is None:
            stack = AsyncExitStack()
            self._client = self._patience.wait(stack.enter_async_context(self._new_client()))
            weakref.finalize(self, _take_leave, self._patience, stack)
        return self._client

    def _new_client(self) -> Any:
        limits, endpoint_url = self._patience.timeouts, self._credentials.get("endpoint_url")
        return get_session().create_client(
            "s3",
            aws_access_key_id=self._credentials.require("access_key_id"),
            aws_secret_access_key=self._credentials.require("secret_access_key"),
            aws_session_token=self._credentials.get("session_token"),
            region_name=self._credentials.get("region") or "us-east-1",
            endpoint_url=endpoint_url,
            config=AioConfig(
                connect_timeout=limits.connect_seconds,
                read_timeout=limits.read_seconds,
                retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
                s3={"addressing_style": "path" if endpoint_url else "auto"},
                # Other makers' stores do not know the newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )


def _take_leave(patience: Patience, stack: AsyncExitStack) -> None:
    patience.last_words(stack.aclose())


@contextmanager
def _translated(path: str, *, is_listed: bool = False, is_written: bool = False) -> Iterator[None]:
    """The client's errors as errors of a store; their texts can hold a request with its signature, so only names."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        named = code if re.fullmatch(r"[A-Za-z0-9]{1,40}", code) else type(error).__name__
        if is_listed or is_written:
            raise StorageError(named) from None
        if code in _GONE:
            raise ObjectChanged(path) from None
        if code in _CLOSED:
            raise ObjectUnreadable(named) from None
        raise StorageError(named) from None
    except _FAULTS as error:
        raise StorageError(type(error).__name__) from None


def _listed(path: str, size: int, stored_at: datetime, version: str | None) -> Listed:
    return Listed(path, size, utc_text(stored_at), version=(version or "").strip('"'))
