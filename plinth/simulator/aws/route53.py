"""Route 53: hosted zones and their records.

Shapes: Route 53 developer guide, "Getting the name servers for a public hosted zone"; Terraform AWS provider,
`aws_route53_record` (`record.go`). Refusals: as AWS answered to users (RJPearson94/terraform-aws-open-next #24,
ansible-collections/amazon.aws #2694, aws/aws-sdk-java #1996); that of a zone with records is the API reference's,
`DeleteHostedZone`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from plinth.simulator.aws.naming import text
from plinth.simulator.check import Failure
from plinth.simulator.creation import Creation, Kind
from plinth.simulator.rules import Rules, Values, conflicting

ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"
DOMAINS_OF_SERVERS = ("com", "net", "org", "co.uk")


def bare(name: str) -> str:
    """A domain as the provider keeps it: small letters, no final dot."""
    return name.removesuffix(".").lower()


def zone_facts(zone_id: str) -> dict[str, Any]:
    """What follows from a zone's id: its ARN, which names no account, and its four servers."""
    digits = hashlib.sha256(zone_id.encode()).digest()
    servers = [
        f"ns-{number * 8}.awsdns-{number % 64:02}.{domain}"
        for number, domain in zip(digits, DOMAINS_OF_SERVERS, strict=False)
    ]
    return {
        "arn": f"arn:aws:route53:::hostedzone/{zone_id}",
        "zoneId": zone_id,
        "nameServers": servers,
        "primaryNameServer": servers[0],
    }


def foreign_zone(name: str, *, private: bool) -> dict[str, Any]:
    """A zone called `name` that another tool has made: the same in every rehearsal."""
    zone_id = f"Z{hashlib.sha256(f'{name}|{private}'.encode()).hexdigest()[:20].upper()}"
    return {
        **zone_facts(zone_id),
        "id": zone_id,
        "name": name,
        "privateZone": private,
        "comment": "",
        "callerReference": "",
        "tags": {},
    }


def record_id(creation: Creation) -> str:
    given = creation.inputs
    parts = [given.get("zoneId"), bare(text(creation, "name")), given.get("type"), given.get("setIdentifier")]
    return "_".join(str(part) for part in parts if part)


def full_name(creation: Creation) -> str:
    """A record's name with its zone's, which may be left out."""
    name = bare(text(creation, "name"))
    zone = bare(str(creation.find(ZONE, creation.inputs.get("zoneId")).get("name") or ""))
    if not zone or f".{name}".endswith(f".{zone}"):
        return name
    return f"{name}.{zone}"


def record_arguments(values: Values) -> Iterator[Failure]:
    yield from conflicting(values, "aliases", "ttl", "records")


def record_change(creation: Creation, old: Values) -> Iterator[str]:
    """A name has one record of a type, unless they have identifiers; and a CNAME stands alone."""
    inputs = creation.inputs
    if old and all(old.get(key) == inputs.get(key) for key in ("type", "setIdentifier")):
        return
    name, type_ = full_name(creation), inputs.get("type")
    zone = str(creation.find(ZONE, inputs.get("zoneId")).get("name") or "")
    if type_ == "CNAME" and name == bare(zone):
        yield (
            f"InvalidChangeBatch: [RRSet of type CNAME with DNS name {name}. is not permitted at apex in zone "
            f"{bare(zone)}.]"
        )
    for other in neighbours(creation, name):
        if other.get("type") != type_:
            yield from stands_alone(name, str(type_), str(other.get("type")), bare(zone) or name)
        elif other.get("setIdentifier") == inputs.get("setIdentifier") and not inputs.get("allowOverwrite"):
            yield (
                f"InvalidChangeBatch: [Tried to create resource record set [name='{name}.', type='{type_}'] but it "
                "already exists]"
            )


def stands_alone(name: str, type_: str, other: str, zone: str) -> Iterator[str]:
    if type_ == "CNAME":
        yield (
            f"InvalidChangeBatch: [RRSet of type CNAME with DNS name {name}. is not permitted as it conflicts with other "
            f"records with the same DNS name in zone {zone}.]"
        )
    if other == "CNAME":
        yield (
            f"InvalidChangeBatch: [RRSet of type {type_} with DNS name {name}. is not permitted because a conflicting "
            f"RRSet of type CNAME with the same DNS name already exists in zone {zone}.]"
        )


def neighbours(creation: Creation, name: str) -> list[Mapping[str, Any]]:
    """The other records of the same name and zone."""
    found = (record.properties for record in creation.others(RECORD))
    zone_id = creation.inputs.get("zoneId")
    return [item for item in found if item.get("zoneId") == zone_id and item.get("fqdn") == name]


def zone_deletion(creation: Creation) -> Iterator[str]:
    records = (record.properties for record in creation.others(RECORD))
    if not creation.inputs.get("forceDestroy") and any(item.get("zoneId") == creation.id for item in records):
        yield (
            "HostedZoneNotEmpty: The specified hosted zone contains non-required resource record sets and so cannot be "
            "deleted."
        )


KINDS: Mapping[str, Kind] = {
    ZONE: Kind(
        lambda creation: f"Z{creation.hex(20).upper()}",
        lambda _creation, id_: zone_facts(id_),
        {"comment": "Managed by Pulumi", "forceDestroy": False},
    ),
    RECORD: Kind(record_id, lambda creation, _id: {"fqdn": full_name(creation)}, autoname=None),
}
RULES: Mapping[str, Rules] = {
    ZONE: Rules(deletion=zone_deletion),
    RECORD: Rules(record_arguments, record_change),
}
