"""ACM: certificates, the DNS records that prove their domains, and the wait for them.

Shapes: ACM user guide, "AWS Certificate Manager DNS validation". Refusals: Terraform AWS provider, `aws_acm_certificate`
and `aws_acm_certificate_validation` (`certificate.go`, `certificate_validation.go`). A certificate whose domains are in
no zone of the stack is proven elsewhere, and counts as issued.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from plinth.simulator.aws.naming import arn, uuid_of
from plinth.simulator.aws.placement import listed
from plinth.simulator.aws.route53 import RECORD, ZONE, bare
from plinth.simulator.check import Failure
from plinth.simulator.cloud import stack_of
from plinth.simulator.creation import CREATED, Creation, Kind
from plinth.simulator.rules import Rules, Values, at, conflicting, known, one_of

CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
IMPORT = ("certificateBody", "certificateChain", "privateKey")
METHODS = ("EMAIL", "DNS", "HTTP")


def names_of(values: Values) -> list[str]:
    """The domains of a certificate, the one that names it first; ACM counts that one among the others too."""
    first = values.get("domainName")
    return list(
        dict.fromkeys([*([str(first)] if first else []), *listed(values.get("subjectAlternativeNames"))])
    )


def covers(certificate: Values, host: str) -> bool:
    """Whether a certificate is valid for `host`; a wildcard stands for one label."""
    names = names_of(certificate)
    return host in names or f"*.{host.partition('.')[2]}" in names


def certificate(creation: Creation, id_: str) -> Mapping[str, Any]:
    imported = bool(creation.inputs.get("privateKey"))
    return {
        "arn": id_,
        "domainValidationOptions": proofs(creation),
        "subjectAlternativeNames": names_of(creation.inputs),
        "status": "ISSUED" if imported else "PENDING_VALIDATION",
        "type": "IMPORTED" if imported else "AMAZON_ISSUED",
        "renewalEligibility": "INELIGIBLE",
        "pendingRenewal": False,
        "keyAlgorithm": creation.inputs.get("keyAlgorithm") or "RSA_2048",
    }


def proofs(creation: Creation) -> list[dict[str, str]]:
    """The record that proves each domain: the same in every region, and for a wildcard that of its base."""
    if creation.inputs.get("validationMethod") != "DNS":
        return []
    account = replace(creation, urn=stack_of(creation.urn), id="acm")
    return [
        {
            "domainName": domain,
            "resourceRecordName": f"_{account.hex(32, base)}.{base}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"_{account.hex(32, f'value of {base}')}.acm-validations.aws.",
        }
        for domain in names_of(creation.inputs)
        for base in (domain.removeprefix("*."),)
    ]


def issued_at(creation: Creation) -> str:
    """The id of a validation: when the certificate was issued."""
    day = CREATED.partition("T")[0]
    return (
        f"{day} 00:00:{creation.number(60, 'second'):02}.{creation.number(10**9, 'nanosecond'):09} +0000 UTC"
    )


def certificate_arguments(values: Values) -> Iterator[Failure]:
    yield from conflicting(values, "domainName", *IMPORT)
    yield from conflicting(values, "validationMethod", "certificateAuthorityArn", *IMPORT)
    yield from one_of(values, "validationMethod", METHODS)
    name = known(values, "domainName")
    if isinstance(name, str) and name.endswith("."):
        yield at("domainName", "invalid value for domain_name (cannot end with a period)")


def certificate_change(creation: Creation, _old: Values) -> Iterator[str]:
    inputs = creation.inputs
    if inputs.get("domainName") and not (
        inputs.get("certificateAuthorityArn") or inputs.get("validationMethod")
    ):
        yield "`certificate_authority_arn` or `validation_method` must be set when creating an ACM certificate"


def validation_change(creation: Creation, _old: Values) -> Iterator[str]:
    """What of the certificate's proofs is not said, or said and not there."""
    said = {bare(name) for name in listed(creation.inputs.get("validationRecordFqdns"))}
    arn_ = creation.inputs.get("certificateArn")
    options: list[Mapping[str, str]] = creation.find(CERTIFICATE, arn_).get("domainValidationOptions") or []
    for option in options:
        record = bare(option["resourceRecordName"])
        if said and record not in said:
            yield f"missing {option['domainName']} DNS validation record: {record}"
    present = {str(record.properties.get("fqdn")) for record in creation.others(RECORD)}
    for option in options:
        if bare(option["resourceRecordName"]) not in present and in_own_zone(creation, option["domainName"]):
            yield (
                f"waiting for ACM Certificate ({arn_}) to be issued: timeout while waiting for state to become 'ISSUED' "
                "(last state: 'PENDING_VALIDATION', timeout: 1h15m0s)"
            )


def in_own_zone(creation: Creation, domain: str) -> bool:
    """Whether `domain` is in a zone that the stack has made, so that its records would be there too."""
    zones = (bare(str(record.properties.get("name"))) for record in creation.others(ZONE))
    return any(f".{domain}".endswith(f".{zone}") for zone in zones)


KINDS: Mapping[str, Kind] = {
    CERTIFICATE: Kind(
        lambda creation: arn(creation, f"certificate/{uuid_of(creation)}"), certificate, autoname=None
    ),
    VALIDATION: Kind(issued_at, autoname=None),
}
RULES: Mapping[str, Rules] = {
    CERTIFICATE: Rules(certificate_arguments, certificate_change),
    VALIDATION: Rules(change=validation_change),
}
