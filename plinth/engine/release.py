"""The official release: downloaded, resumed where it broke off, checked, unpacked."""

from __future__ import annotations

import hashlib
import http.client
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from plinth.engine.cache import UnobtainableError, beside, draft_of, platform_name, progress
from plinth.engine.pins import RELEASE_SHA256, RELEASE_URL, VERSION

SILENCE_SECONDS = 3
"""How long a connection may take to come about, and later to bring the next byte."""

CHUNK = 1 << 20


def install(folder: Path) -> None:
    """Put the pinned release for this kind of machine into `folder`. Raises `UnobtainableError`."""
    platform = platform_name()
    if platform not in RELEASE_SHA256:
        raise UnobtainableError(f"the official release: none is pinned for {platform}")
    install_archive(RELEASE_URL.format(version=VERSION, platform=platform), RELEASE_SHA256[platform], folder)


def install_archive(url: str, sha256: str, folder: Path) -> None:
    """Put the programs of the archive at `url` into `folder`. Raises `UnobtainableError`."""
    archive = beside(folder, ".tar.gz")
    if not archive.is_file():
        try:
            download(url, archive)
        except (OSError, http.client.HTTPException) as problem:
            reason = getattr(problem, "reason", problem)
            raise UnobtainableError(
                f"the official release: let this machine reach {url} ({reason})"
            ) from problem
    verify(archive, sha256, url)
    with draft_of(folder) as draft, tarfile.open(archive) as tar:
        for member in filter(tarfile.TarInfo.isfile, tar):
            member.name = Path(member.name).name
            tar.extract(member, draft, filter="data")
    archive.unlink()


def download(url: str, archive: Path) -> None:
    """Fetch `url` into `archive`, in as many requests as it takes while each brings something. Raises `OSError`."""
    partial = beside(archive, ".part")
    partial.touch()
    progress(f"downloading the Pulumi engine {VERSION}")
    while True:
        before = partial.stat().st_size
        try:
            fetch_rest(url, partial)
        except (OSError, http.client.HTTPException):
            if partial.stat().st_size == before:
                raise
        else:
            partial.replace(archive)
            return


def fetch_rest(url: str, partial: Path) -> None:
    """Add to `partial` what `url` has after it."""
    have = partial.stat().st_size
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"})  # noqa: S310 - the pinned URL
    try:
        response = urllib.request.urlopen(request, timeout=SILENCE_SECONDS)  # noqa: S310
    except urllib.error.HTTPError as refusal:
        if refusal.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # nothing comes after it
        raise
    mode = "ab" if response.status == http.client.PARTIAL_CONTENT else "wb"
    with response, partial.open(mode, buffering=0) as file:
        total = file.tell() + int(response.headers["Content-Length"])
        while chunk := response.read1(CHUNK):
            show_share(file.tell(), file.tell() + len(chunk), total)
            file.write(chunk)
        if file.tell() < total:
            raise ConnectionError(f"it broke off after {file.tell()} of {total} bytes")


def show_share(before: int, after: int, total: int) -> None:
    """Report progress at each fifth of the way."""
    if before * 5 // total < after * 5 // total:
        progress(f"  {after * 5 // total * 20} % of {total >> 20} MiB")


def verify(archive: Path, sha256: str, url: str) -> None:
    """Delete `archive` and raise `UnobtainableError` unless it has the pinned checksum."""
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        archive.unlink()
        raise UnobtainableError(
            f"the official release: {url} has the SHA-256 {found}, not the pinned {sha256}. It was deleted, not used: "
            "try again, and if that does not help, find out who changed it"
        )
