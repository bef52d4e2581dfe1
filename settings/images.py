"""Container images: which build of a service runs must be written down, and must not change by itself."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from settings.problems import problem, shown

REFERENCE = re.compile(
    r"(?P<repository>[a-z0-9][a-z0-9.-]*(?::\d+)?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+|[a-z0-9]+(?:[._-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
"""A reference as the container runtimes read it (OCI distribution specification, "Pulling manifests")."""

COMMIT = re.compile(r"(?:.*[-_.])?[0-9a-f]{7,40}")
VERSION = re.compile(r"v?\d+\.\d+\.\d+(?:[-.][0-9A-Za-z.-]+)?")


def check_image(image: str) -> str:
    """A digest, a tag that ends in a commit, or a full version: tags that move run old code from a node's cache, or new
    code that nobody rolled out (incident `image-tag`).
    """
    match = REFERENCE.fullmatch(image)
    if not match:
        raise problem(
            f"{shown(image)} is no image, so no node could pull it. "
            "Write one like '123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/shop/order-service:3f9c2d1'."
        )
    tag = match["tag"] or ""
    if match["digest"] or COMMIT.fullmatch(tag) or VERSION.fullmatch(tag):
        return image
    said = f"the tag {tag!r}, which moves" if tag else "no tag, which means `latest`"
    raise problem(
        f"{shown(image)} has {said}: nodes would run whichever build they happen to have (incident image-tag). "
        "Write the commit, the full version or the digest of a build."
    )


Image = Annotated[str, AfterValidator(check_image)]
