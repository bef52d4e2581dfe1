"""Content that a CDN delivers: one private bucket behind one host name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from settings.problems import problem, shown
from settings.service import shape
from settings.types import Settings
from settings.web import ByteSize, DomainName, UrlPath

Days = Annotated[int, Field(ge=1, le=3650)]


class Uploads(Settings):
    """Services may let their users upload into the bucket."""

    limit: Annotated[ByteSize, Field(examples=["10Mi"])] = 10 * 2**20
    """The largest upload: one value for S3, the firewall and the services' environment (incident `upload-limit`)."""


def check_public_key(pem: str) -> str:
    """CloudFront signs with 2048-bit RSA or 256-bit ECDSA keys, of which it takes the public half in PEM."""
    if "PRIVATE KEY" in pem:
        raise problem(
            "this is a private key, and stands in plain text in the stack file. Replace the pair, keep the private half "
            "in Secrets Manager, and write the public one (`openssl rsa -pubout`)."
        )
    body = pem.strip()
    if not re.fullmatch(r"-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----", body):
        raise problem(
            f"{shown(pem)} is no public key in PEM, so CloudFront would refuse it. "
            "Write all lines of one, from -----BEGIN PUBLIC KEY----- on, below a `|`."
        )
    # CloudFront answers with a final newline; a key without one would be replaced at every update.
    return f"{body}\n"


PublicKey = Annotated[str, AfterValidator(check_public_key)]
ErrorStatus = Literal["403", "404"]


class ContentSettings(Settings):
    """A private, encrypted bucket, and the CloudFront distribution that alone may read it."""

    domain: Annotated[DomainName, Field(examples=["cdn.example.com"])]
    """The host name of all content."""

    uploads: Annotated[
        Annotated[bool, Tag("(flag)")] | Annotated[Uploads, Tag("(mapping)")], Discriminator(shape)
    ] = False
    """Whether services may let users upload; say `limit` for another one than 10Mi."""

    signing_keys: Mapping[str, PublicKey] = {}
    """Public keys by name; with any of them, content is only given out for URLs or cookies that one of them verifies.
    Two at a time let a key be changed without a gap."""

    error_pages: Mapping[ErrorStatus, UrlPath] = {}
    """The path of the page that is shown for a status."""

    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = "PriceClass_All"
    """Where CloudFront keeps copies: North America and Europe, most of the world, or everywhere."""

    noncurrent_days: Days = 30
    """Days for which overwritten and deleted objects can be brought back."""

    log_retention_days: Days = 90
    """Days for which access logs of the bucket and the distribution are kept."""

    force_destroy: bool = False
    """`destroy` deletes all objects with the bucket; unless said, it fails while there are any."""

    @property
    def upload_limit(self) -> int | None:
        """Bytes of the largest upload; None where there are none."""
        match self.uploads:
            case Uploads(limit=limit):
                return limit
            case allowed:
                return Uploads().limit if allowed else None
