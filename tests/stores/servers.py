"""Real servers on 127.0.0.1 for tests of stores, each over a folder of this machine.

Belongs here: starting and ending them. Does not belong here: what a store must do.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

RCLONE = Path(sys.executable).with_name("rclone")
ACCESS_KEY, SECRET_KEY = "AKTEST", "s3-secret-canary-7261"
USERNAME, PASSWORD = "meethuis", "sftp-secret-canary-9143"
BUCKET = "drop"


@dataclass(frozen=True)
class Place:
    """A store over the folder `root`, and the environment in which it can be reached."""

    kind: str
    root: Path
    uri: str
    environment: dict[str, str]

    def put(self, key: str, content: bytes | str) -> Path:
        """Put a file there as somebody else would."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


def s3_environment(endpoint_url: str) -> dict[str, str]:
    """The usual variables of an S3 client."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": "us-east-1",
    }


@contextmanager
def rclone(served: Path) -> Iterator[str]:
    """`rclone serve s3` over the folders in `served`, each of which is a bucket; gives its address."""
    process = subprocess.Popen(
        [
            RCLONE, "serve", "s3", str(served), "--addr", "127.0.0.1:0", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}",
            "--dir-cache-time", "1ms", "--config", "/dev/null", "--log-level", "INFO",
        ],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        for line in process.stderr:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                break
        else:
            raise AssertionError("rclone ended before it served")
        # Nobody reads on: a full pipe would stop the server.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield found.group()
    finally:
        process.kill()
        process.wait()


class _Gate(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USERNAME, PASSWORD)


class SftpHost:
    """An SFTP server in a thread of its own.

    `stalls` holds parts of paths on which opening never ends; `at_opening` is called with the path before a file opens.
    """

    def __init__(self, root: Path, home: Path) -> None:
        self.stalls: set[bytes] = set()
        self.at_opening: Callable[[bytes], object] = lambda path: None
        self.port = 0
        self.connections = 0
        self._root, self._loop = root, asyncio.new_event_loop()
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        self.known_hosts = home / "known_hosts"
        public = self._key.export_public_key().decode().strip()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public}\n")

    @property
    def uri(self) -> str:
        """The server's address."""
        return f"sftp://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to know."""
        return {
            "MEETHUIS_SFTP_USERNAME": USERNAME,
            "MEETHUIS_SFTP_PASSWORD": PASSWORD,
            "MEETHUIS_SFTP_KNOWN_HOSTS": str(self.known_hosts),
        }

    def close(self) -> None:
        """End the server."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _serve(self) -> None:
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _listen(self) -> None:
        host = self

        class Server(asyncssh.SFTPServer):
            async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:  # type: ignore[override]
                if any(part in path for part in host.stalls):
                    await asyncio.Event().wait()
                host.at_opening(path)
                return super().open(path, pflags, attrs)

        def factory(channel: asyncssh.SSHServerChannel[bytes]) -> Any:
            host.connections += 1
            return Server(channel, chroot=bytes(host._root))

        self._server = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[self._key], server_factory=_Gate, sftp_factory=factory
        )
        self.port = self._server.get_port()
