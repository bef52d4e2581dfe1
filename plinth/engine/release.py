"""The official release: downloaded, resumed where it broke off, checked, unpacked."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from plinth.engine.cache import Unobtainable, platform_name, progress
from plinth.engine.pins import RELEASE_SHA256, RELEASE_URL, VERSION

CONNECT_SECONDS = 5
CHUNK = 1 << 20


def install(folder: Path) -> None:
    """Put the release for this platform into `folder`. Raises `Unobtainable`."""
    platform = platform_name()
    url = RELEASE_URL.format(version=VERSION, platform=platform)
    sha256 = RELEASE_SHA256.get(platform)
    if not sha256:
        raise Unobtainable(f"the official release: there is none pinned for {platform}")
    archive = folder.with_suffix(".tar.gz")
    try:
        download(url, archive)
    except (OSError, http.client.HTTPException) as problem:
        reason = getattr(problem, "reason", problem)
        raise Unobtainable(f"let this machine reach {url} ({reason})") from problem
    verify(archive, sha256, url)
    unpack(archive, folder)
    archive.unlink()


def download(url: str, archive: Path) -> None:
    """Fetch `url` into `archive`, going on where an earlier try broke off. Raises `OSError`."""
    partial = archive.with_suffix(".part")
    have = partial.stat().st_size if partial.is_file() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - pinned https
    try:
        response = urllib.request.urlopen(request, timeout=CONNECT_SECONDS)  # noqa: S310
    except urllib.error.HTTPError as refusal:
        if refusal.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        partial.replace(archive)  # it was all there; the checksum decides
        return
    with response, partial.open("ab" if response.status == http.client.PARTIAL_CONTENT else "wb") as file:
        total = file.tell() + int(response.headers.get("Content-Length", 0))
        progress(f"downloading the Pulumi engine {VERSION} ({total >> 20} MiB)")
        shown = 0
        while chunk := response.read(CHUNK):
            file.write(chunk)
            if total and (percent := file.tell() * 100 // total) >= shown + 20:
                shown = percent - percent % 20
                progress(f"  {shown} %")
        if total and file.tell() < total:
            raise ConnectionError(
                f"broke off after {file.tell()} of {total} bytes; run again to go on from there"
            )
    partial.replace(archive)


def verify(archive: Path, sha256: str, url: str) -> None:
    """Delete `archive` and raise `Unobtainable` unless it has the pinned checksum."""
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        archive.unlink()
        raise Unobtainable(
            f"{url}: its SHA-256 is {found}, not the pinned {sha256}; it was deleted, not used"
        )


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the programs of the release into `folder`, which appears only once it is whole."""
    draft = folder.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(draft, filter="data")
    shutil.rmtree(folder, ignore_errors=True)
    (draft / "pulumi").replace(folder)
    draft.rmdir()
