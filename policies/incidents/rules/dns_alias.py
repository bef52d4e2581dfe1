"""`dns-alias`: a name leads to something that answers to it, with a certificate that browsers take.

WEA's record pointed nowhere; TEA's certificate was in the wrong region. Judged are alias records (the target is a resource of
the stack; a distribution must list the name among its aliases) and distributions that have aliases (an ACM certificate of
us-east-1 that covers each of them, and TLS 1.2 or later). A target by its literal name may be somebody else's: it fails where a
distribution of the stack serves that name, and is not known otherwise.

Sources: Route 53 developer guide, "Routing traffic to an ELB load balancer"; CloudFront developer guide, "Requirements for using SSL/TLS certificates with CloudFront" and "Supported protocols and
ciphers between viewers and CloudFront"; ACM user guide, "Public certificate characteristics" (a wildcard stands for one
label); pulumi-aws, `cloudfront.Distribution` (`minimum_protocol_version` is TLSv1 without a word).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from incidents.edges import DISTRIBUTION, LOAD_BALANCERS, by_identity, named, targets
from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown, as_dict, as_list, holds_unknown

RECORD = "aws:route53/record:Record"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"

TARGETS = (
    DISTRIBUTION,
    *LOAD_BALANCERS,
    RECORD,
    "aws:elb/loadBalancer:LoadBalancer",
    "aws:apigateway/domainName:DomainName",
    "aws:apigatewayv2/domainName:DomainName",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:globalaccelerator/accelerator:Accelerator",
)
"""What has a host name of its own, known by it once it is there."""

DUAL_STACK = "dualstack."
"""What Route 53's console puts before a load balancer's name: with it, the name has addresses of IPv6 too."""

GLOBAL_REGION = "us-east-1"
MODERN = re.compile(r"^TLSv1\.[23]_")
REGION = re.compile(r"^arn:aws[a-z-]*:acm:([a-z0-9-]+):")

REMEDY = (
    "an aws.acm.Certificate with region='us-east-1' for all aliases, passed on by its CertificateValidation, and "
    "minimum_protocol_version='TLSv1.2_2021'"
)
TARGET_REMEDY = (
    "name the target by the resource's own output (domain_name, dns_name), and list the name in its aliases"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each record and each distribution."""
    yield from each(RULE.id, graph.of_type(RECORD), lambda record: judge_record(graph, record))
    yield from each(RULE.id, graph.of_type(DISTRIBUTION), lambda found: judge_distribution(graph, found))


def judge_record(graph: Graph, record: Resource) -> Finding:
    said = record.peek("aliases")
    if isinstance(said, Unknown) and record.edges.get("aliases"):
        raise Undecided("its aliases are not known at preview")
    aliases = [as_dict(item) for item in as_list(said)]
    if not aliases:
        return Finding(Verdict.NOT_APPLICABLE, record.urn)
    host = str(record.get("name", default="")).rstrip(".").lower()
    for name in (alias.get("name") for alias in aliases):
        wrong = misled(graph, record, host, name)
        if wrong:
            text = f"{record}: {host} {wrong}. Remedy: {TARGET_REMEDY}."
            return Finding(Verdict.FAIL, record.urn, text)
    return Finding(Verdict.PASS, record.urn)


def misled(graph: Graph, record: Resource, host: str, name: Any) -> str:
    """What is wrong with an alias of `host` to `name`, and what follows; empty for nothing. Raises `Undecided`."""
    target = target_of(graph, record, name)
    if target is None:
        for distribution in graph.of_type(DISTRIBUTION):
            if serves(distribution, host):
                return f"leads to '{name}', but {distribution} serves it: visitors would not get there"
        raise Undecided(f"its target '{name}' is not in this stack")
    if target.type == DISTRIBUTION and not serves(target, host):
        said = ", ".join(map(str, as_list(target.get("aliases", default=[])))) or "none"
        return f"leads to {target}, whose aliases do not have it ({said}): CloudFront answers 403"
    return ""


def target_of(graph: Graph, record: Resource, name: Any) -> Resource | None:
    """The resource of the stack that an alias leads to, None for a literal name of none. Raises `Undecided`."""
    if isinstance(name, str):
        return by_identity(graph, TARGETS).get(name.rstrip(".").removeprefix(DUAL_STACK))
    found = [target for target in graph.dependencies(record, "aliases") if target.type.startswith("aws:")]
    if not found:
        raise Undecided("its target is not known at preview, and no edge leads to it")
    return min(found, key=lambda target: (target.type != DISTRIBUTION, target.urn))


def serves(distribution: Resource, host: str) -> bool:
    """Whether a distribution has the name among its aliases; `host` may lack the zone's part. Raises `Undecided`."""
    return any(
        covers(str(alias), host) or str(alias).startswith(f"{host}.")
        for alias in as_list(distribution.get("aliases", default=[]))
    )


def covers(name: str, host: str) -> bool:
    """Whether a name, perhaps with a wildcard for one label, is the host's."""
    label, _, rest = host.partition(".")
    return name.lower() in (host.lower(), f"*.{rest}".lower()) and bool(label)


def judge_distribution(graph: Graph, distribution: Resource) -> Finding:
    """What is certainly wrong comes before what is not known."""
    aliases = distribution.peek("aliases")
    if isinstance(aliases, Unknown) and not distribution.edges.get("aliases"):
        aliases = None
    if not aliases:
        return Finding(Verdict.NOT_APPLICABLE, distribution.urn)
    said = as_dict(distribution.peek("viewerCertificate"))
    wrong: list[str] = []
    questions: list[Undecided] = []
    for lack in (protocol, certificate):
        try:
            wrong += lack(graph, distribution, said)
        except Undecided as undecided:
            questions.append(undecided)
    if wrong:
        text = f"{distribution}: {'; '.join(wrong)}. Remedy: {REMEDY}."
        return Finding(Verdict.FAIL, distribution.urn, text)
    if questions:
        raise questions[0]
    return Finding(Verdict.PASS, distribution.urn)


def protocol(_: Graph, distribution: Resource, said: dict[str, Any]) -> list[str]:
    version = said.get("minimumProtocolVersion")
    if isinstance(version, Unknown):
        raise Undecided(f"minimumProtocolVersion of {distribution} is not known at preview")
    if MODERN.match(str(version)):
        return []
    return [
        f"minimum_protocol_version is {version or 'TLSv1 (AWS default)'}: old clients' traffic can be read"
    ]


def certificate(graph: Graph, distribution: Resource, said: dict[str, Any]) -> list[str]:
    """What is wrong with the viewer certificate. Raises `Undecided`."""
    if said.get("iamCertificateId"):
        raise Undecided("which names its IAM server certificate covers is not known")
    arn = said.get("acmCertificateArn")
    if not arn:
        return ["it has aliases but no certificate of its own: browsers refuse it"]
    if isinstance(arn, str) and (match := REGION.match(arn)) and match[1] != GLOBAL_REGION:
        return [f"its certificate is in {match[1]}, not {GLOBAL_REGION}: CloudFront refuses it"]
    found = certificate_of(graph, distribution, arn)
    wrong = uncovered(found, distribution)
    region = found.peek("region")
    if isinstance(region, str) and region != GLOBAL_REGION:
        wrong.append(
            f"its certificate {found.name} is in {region}, not {GLOBAL_REGION}: CloudFront refuses it"
        )
    if isinstance(region, Unknown) and not isinstance(arn, str) and not wrong:
        raise Undecided(f"the region of {found} is not known at preview")
    return wrong


def certificate_of(graph: Graph, distribution: Resource, arn: Any) -> Resource:
    """Raises `Undecided` for a certificate outside the stack."""
    prop = "viewerCertificate"
    if isinstance(arn, str):
        found = by_identity(graph, (CERTIFICATE,)).get(arn)
    elif validations := targets(graph, distribution, prop, (VALIDATION,)):
        found = named(graph, validations[0], "certificateArn", (CERTIFICATE,))
    else:
        found = named(graph, distribution, prop, (CERTIFICATE,), arn)
    if not isinstance(found, Resource):
        raise Undecided(f"the certificate of {distribution} is not in this stack")
    return found


def uncovered(found: Resource, distribution: Resource) -> list[str]:
    """The aliases that a certificate does not cover. Raises `Undecided`."""
    others = found.peek("subjectAlternativeNames")
    names = [found.get("domainName"), *map(str, as_list(others))]
    aliases = [str(alias) for alias in as_list(distribution.get("aliases"))]
    missing = [alias for alias in aliases if not any(covers(str(name), alias) for name in names)]
    if missing and holds_unknown(others) and found.edges.get("subjectAlternativeNames"):
        raise Undecided(f"subjectAlternativeNames of {found} is not known at preview")
    return (
        [f"its certificate {found.name} does not cover {', '.join(missing)}: CloudFront refuses it"]
        if missing
        else []
    )


RULE = Rule(
    id="dns-alias",
    why="A name leads nowhere, or to a certificate that does not fit it.",
    remedy=f"{REMEDY}; {TARGET_REMEDY}",
    check=check,
    bad="""
        aws.route53.Record("www", zone_id=zone.id, name="www.example.com", type="CNAME", ttl=300, records=["old.example.com"])
    """,
    good="""
        aws.route53.Record(
            "www", zone_id=zone.id, name="www.example.com", type="A",
            aliases=[{"name": alb.dns_name, "zone_id": alb.zone_id, "evaluate_target_health": True}])
    """,
)
