"""The root certificates are what they say: of their region, signed by themselves, and good for decades."""

from __future__ import annotations

import datetime
import ssl

import pytest

from aws_facts.network import REGIONS
from aws_facts.rds_roots import FOLDER, root_certificate
from aws_facts.rds_roots import REGIONS as WITH_ROOT


def test_most_regions_have_one() -> None:
    assert set(REGIONS) >= WITH_ROOT
    assert len(WITH_ROOT) == len(list(FOLDER.glob("*.pem"))) == 29


@pytest.mark.parametrize("region", sorted(WITH_ROOT))
def test_a_root_is_that_of_its_region(region: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=root_certificate(region))
    (certificate,) = context.get_ca_certs()
    subject = {key: value for entry in certificate["subject"] for key, value in entry}  # type: ignore[misc]
    assert subject["commonName"] == f"Amazon RDS {region} Root CA RSA2048 G1"
    assert certificate["issuer"] == certificate["subject"]
    expiry = datetime.datetime.fromtimestamp(
        ssl.cert_time_to_seconds(str(certificate["notAfter"])), datetime.UTC
    )
    assert expiry.year >= 2055
