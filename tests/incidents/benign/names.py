"""Names, what they lead to, and the certificates that cover them."""

from __future__ import annotations

from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.variation import Added, Change, Copied, Linked, Place, Variations
from tests.incidents.flips import Flip, cdn

SHOP: Place = ("Record", "shop")
BALANCER: Place = ("loadBalancer:LoadBalancer", "shop")
HOST = "shop-123.ap-northeast-2.elb.amazonaws.com"
API = {"domainName": "api.example.com", "regionalDomainName": "d-1.execute-api.ap-northeast-2.amazonaws.com"}
WWW = {
    "type": "CNAME",
    "name": "www.example.com",
    "ttl": 300,
    "records": ["shop.example.com"],
    "zoneId": UNKNOWN,
}


def certificate(name: str, *others: str) -> list[Change]:
    place = ("acm/certificate:Certificate", "cdn")
    said = {"domainName": name, "subjectAlternativeNames": list(others) or UNKNOWN}
    return [Flip(*place, (prop,), value) for prop, value in said.items()]


def protocol(version: str) -> list[Change]:
    return [cdn("viewerCertificate", "minimumProtocolVersion", value=version)]


def called(name: str) -> list[Change]:
    """The CDN's records have this name."""
    return [Flip("Record", f"cdn-{type_}", ("name",), name) for type_ in ("A", "AAAA")]


def beside(called: str, **said: Any) -> list[Change]:
    """A record like the shop's, but for `said`."""
    return [Copied(SHOP, called, {(prop,): value for prop, value in said.items()})]


VARIATIONS: Variations = {
    "dns-alias": {
        "a wildcard": certificate("*.example.com"),
        "one of several names": certificate("example.com", "*.example.com", "cdn.example.com"),
        "a wildcard among the aliases": [
            cdn("aliases", value=["*.cdn.example.com", "cdn.example.com"]), *certificate("cdn.example.com", "*.cdn.example.com"),
        ],
        "the latest protocol": protocol("TLSv1.3_2025"),
        "an older list of ciphers": protocol("TLSv1.2_2018"),
        "a name with its final dot": called("cdn.example.com."),
        "a name below the zone": called("cdn"),
        "capital letters": called("CDN.example.com"),
        "the certificate without its validation": [
            Linked(("Distribution", "cdn"), "viewerCertificate", [("acm/certificate:Certificate", "cdn")]),
        ],
        "the load balancer's name as the console writes it": [
            Flip(*BALANCER, ("dnsName",), HOST), Flip(*SHOP, ("aliases", 0, "name"), f"dualstack.{HOST}"),
        ],
        "IPv6 beside IPv4": beside("shop-AAAA", type="AAAA"),
        "the zone's own name": beside("apex", name="example.com"),
        "a share of the visitors": beside("blue", setIdentifier="blue", weightedRoutingPolicies=[{"weight": 90}]),
        "an API's own name, once it is known": [
            Added("aws:apigateway/domainName:DomainName", "api", API), *beside("api", name="api.example.com"),
            Flip("Record", "api", ("aliases", 0, "name"), API["regionalDomainName"]),
        ],
        "another name by CNAME": [Added("aws:route53/record:Record", "www", WWW)],
    },
}  # fmt: skip
