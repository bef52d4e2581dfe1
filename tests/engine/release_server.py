"""A local server with one release, as awkward as a test wants it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROGRAMS = {
    "pulumi": b"#!/bin/sh\necho v3.250.0\n",
    "pulumi-language-python": b"official",
    "ballast": os.urandom(300_000),
}


def release_archive() -> bytes:
    """A release laid out as Pulumi's: one folder `pulumi`, executable files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        folder = tarfile.TarInfo("pulumi")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, content in PROGRAMS.items():
            member = tarfile.TarInfo(f"pulumi/{name}")
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class ReleaseServer(ThreadingHTTPServer):
    """Serves one archive; `starts` lists the first byte of each answer.

    `cut_after`: bytes after which each answer breaks off. `ranges`: whether it can start in the middle.
    `seconds`: how long each answer takes.
    """

    def __init__(self, *, cut_after: int = 0, ranges: bool = True, seconds: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.archive = release_archive()
        self.sha256 = hashlib.sha256(self.archive).hexdigest()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/pulumi.tar.gz"
        self.cut_after, self.ranges, self.seconds = cut_after, ranges, seconds
        self.starts: list[int] = []

    def __enter__(self) -> ReleaseServer:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, ReleaseServer)
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and server.ranges else 0
        server.starts.append(start)
        rest = server.archive[start:]
        if not rest:
            self.send_error(416)
            return
        self.send_response(206 if asked and server.ranges else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        sent = rest[: server.cut_after or None]
        self.wfile.write(sent[: len(sent) // 2])
        self.wfile.flush()
        time.sleep(server.seconds)
        self.wfile.write(sent[len(sent) // 2 :])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is http.server's
        """Say nothing."""
