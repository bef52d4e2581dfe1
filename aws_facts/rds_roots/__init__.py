"""The root certificates that sign RDS and Aurora servers: `rds-ca-rsa2048-g1` of each region.

A client that verifies its server (`sslmode=verify-full`) needs the one of its region, and no download at run time. Source:
Aurora user guide, "Using SSL/TLS to encrypt a connection to a DB cluster", certificate bundles by AWS Region, from whose
global bundle (as published in 2026) these are. They run out in 2061 or later.
"""

from __future__ import annotations

from pathlib import Path

CA_IDENTIFIER = "rds-ca-rsa2048-g1"
"""What a DB instance says as `caCertificateIdentifier` to get a certificate under these roots."""

FOLDER = Path(__file__).parent

REGIONS = frozenset(file.stem for file in FOLDER.glob("*.pem"))
"""The regions of which a root is here: those of the global bundle; GovCloud and China have bundles of their own."""


def root_certificate(region: str) -> str:
    """The root certificate of `region`, one of `REGIONS`, in PEM."""
    return (FOLDER / f"{region}.pem").read_text(encoding="ascii")
