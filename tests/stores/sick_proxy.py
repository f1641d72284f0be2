"""A sick S3 store: a proxy that passes requests on, except where it was told to misbehave.

Belongs here: ways in which a store fails. Does not belong here: what must come of it.
"""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit


class Sick(ThreadingHTTPServer):
    """`faults` gives a fault by folder name; `busy` how many times a folder is still refused; `keys` keys to add."""

    daemon_threads = True

    def __init__(self, healthy: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.healthy = urlsplit(healthy).netloc
        self.faults: dict[str, str] = {}
        self.busy: dict[str, int] = {}
        self.keys: dict[str, list[str]] = {}
        self.requests: list[str] = []
        self.ended = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def sick_proxy(healthy: str) -> Iterator[Sick]:
    """The proxy in front of a healthy store."""
    server = Sick(healthy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Sick

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    def _pass_on(self) -> None:
        asked = unquote(self.path)
        self.server.requests.append(f"{self.command} {asked}")
        folder = next(
            (one for one in (*self.server.faults, *self.server.keys) if re.search(f"[/=]{one}/", asked)), ""
        )
        fault = self.server.faults.get(folder, "")
        is_listing = "list-type=2" in asked
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if fault == "busy" and self.server.busy.get(folder, 0) > 0:
            self.server.busy[folder] -= 1
            return self._answer(503, b"<Error><Code>SlowDown</Code></Error>")
        if fault == "stalled_listing" and is_listing:
            self.server.ended.wait()
        if fault == "second_page" and "continuation-token" in asked:
            return self._answer(500, b"<Error><Code>InternalError</Code></Error>")
        if fault == "forbidden" and self.command == "GET" and not is_listing:
            return self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        status, headers, body = self._fetch(content)
        if is_listing and fault == "second_page":
            truncated = b"<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
            body = re.sub(rb"<IsTruncated>false</IsTruncated>", truncated, body)
        if is_listing and folder in self.server.keys:
            body = body.replace(b"</ListBucketResult>", self._added(folder) + b"</ListBucketResult>")
        self._answer(status, body, headers, fault if self.command == "GET" and not is_listing else "")

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = _pass_on  # noqa: N815

    def _fetch(self, content: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.server.healthy, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(content)
        found = connection.getresponse()
        body = found.read()
        connection.close()
        length = found.getheader("Content-Length") if self.command == "HEAD" else None
        kept = [(name, value) for name, value in found.getheaders() if name.lower() not in _OWN_HEADERS]
        return found.status, kept + ([("Content-Length", length)] if length else []), body

    def _added(self, folder: str) -> bytes:
        """Objects that no well-behaved store would hold, under the prefix that was asked for."""
        prefix = re.search(r"[?&]prefix=([^&]*)", self.path)
        assert prefix is not None
        base = unquote(prefix.group(1))
        return b"".join(
            f"<Contents><Key>{quote(base + key, safe='')}</Key><LastModified>2026-01-20T09:00:00.000Z</LastModified>"
            f"<ETag>&quot;0&quot;</ETag><Size>1</Size></Contents>".encode()
            for key in self.server.keys[folder]
            if base.rstrip("/").endswith(folder)
        )

    def _answer(
        self, status: int, body: bytes, headers: list[tuple[str, str]] | None = None, fault: str = ""
    ) -> None:
        self.send_response(status)
        for name, value in headers or []:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers or []):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            if fault == "stalled":
                self.server.ended.wait()
            elif fault == "cut":
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            elif fault == "slow":
                for position in range(len(body)):
                    self.wfile.write(body[position : position + 1])
                    if self.server.ended.wait(0.4):
                        return
            else:
                self.wfile.write(body)
        except OSError:
            self.close_connection = True


_OWN_HEADERS = frozenset({"content-length", "transfer-encoding", "connection"})
