"""Names of container images: their parts, and what the parts tell.

Source: distribution/reference (`[HOST[:PORT]/]PATH[:TAG][@DIGEST]`; a registry's port is no tag).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ARCH_WORDS = {
    "amd64": "amd64", "x86_64": "amd64", "x64": "amd64", "arm64": "arm64", "arm64v8": "arm64", "aarch64": "arm64",
}  # fmt: skip
"""Architectures as names of repositories and tags write them."""


@dataclass(frozen=True)
class Image:
    """One image's name; `tag` and `digest` are empty where it has none. `repository` has the registry in it."""

    repository: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> Image:
        name, _, digest = text.partition("@")
        folder, slash, last = name.rpartition("/")
        base, _, tag = last.partition(":")
        return cls(f"{folder}{slash}{base}", tag, digest)

    @property
    def name(self) -> str:
        """The last part of the repository."""
        return self.repository.rpartition("/")[2]

    @property
    def arch(self) -> str:
        """The architecture that the name is made for (`arm64v8/nginx`, `shop:1.2-arm64`); empty where it says none."""
        parts = [*self.repository.split("/"), *re.split(r"[-.+]", self.tag)]
        found = {ARCH_WORDS[part] for part in parts if part in ARCH_WORDS}
        return found.pop() if len(found) == 1 else ""
