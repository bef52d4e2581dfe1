"""`cdn-origin-access`: a bucket behind CloudFront is read by its distribution, and by nobody around it.

In WEA's chat the bucket answered to everybody who knew its name; once closed, it was a 403 for CloudFront too. An S3 origin
has an origin access control that signs always with SigV4 and no origin access identity (which cannot read what KMS
encrypts); its bucket lets CloudFront in for this distribution, or for all of one account, blocks public access in the
program (AWS's default can be switched off by hand, unnoticed), by itself or with its account, and has neither a public ACL
nor a public policy.

A policy that is not known yet counts by its edge to the distribution, as in `cdn-kms-decrypt`.

Source: CloudFront developer guide, "Restrict access to an Amazon S3 origin"; S3 user guide, "Blocking public access to your
Amazon S3 storage".
"""

from __future__ import annotations

from collections.abc import Iterator

from incidents.edges import (
    ACCESS_CONTROL,
    ACCOUNT_PUBLIC_ACCESS_BLOCK,
    BUCKET_ACLS,
    BUCKET_POLICY,
    CLOUDFRONT,
    DISTRIBUTION,
    PUBLIC_ACCESS_BLOCK,
    Origin,
    buckets_behind,
    by_identity,
    of_bucket,
    s3_origins,
    targets,
)
from incidents.graph import Graph, Resource
from incidents.policy_documents import Document, Statement, document, only_without_tls, refusal
from incidents.references import is_said, values_at
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, as_dict

READ = "s3:GetObject"
IDENTITY = "CloudFront Origin Access Identity"
ALWAYS = {"signingBehavior": "always", "signingProtocol": "sigv4", "originAccessControlOriginType": "s3"}
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
PUBLIC_GROUPS = ("/AllUsers", "/AuthenticatedUsers")

REMEDY = (
    'an aws.cloudfront.OriginAccessControl (signing_behavior="always", signing_protocol="sigv4") on the origin, an '
    "aws.s3.BucketPublicAccessBlock with all four set, and an aws.s3.BucketPolicy that lets cloudfront.amazonaws.com "
    's3:GetObject with {"StringEquals": {"AWS:SourceArn": distribution.arn}}'
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each distribution."""
    yield from each(RULE.id, graph.of_type(DISTRIBUTION), lambda resource: judge(graph, resource))


def judge(graph: Graph, distribution: Resource) -> Finding:
    """What is certainly wrong comes before what is not known."""
    origins = s3_origins(distribution)
    if not origins:
        return Finding(Verdict.NOT_APPLICABLE, distribution.urn)
    wrong: list[str] = []
    questions: list[Undecided] = []
    for origin in origins:
        try:
            wrong += identity(graph, origin)
        except Undecided as undecided:
            questions.append(undecided)
    try:
        buckets = buckets_behind(graph, distribution, origins)
    except Undecided as undecided:
        questions.append(undecided)
        buckets = []
    for bucket in buckets:
        for lack in (public_access, acl, policy):
            try:
                wrong += lack(graph, bucket, distribution)
            except Undecided as undecided:
                questions.append(undecided)
    if wrong:
        text = (
            f"{distribution}: {'; '.join(wrong)}. Visitors get 403, or strangers read the bucket around the CDN. "
            f"Remedy: {REMEDY}."
        )
        return Finding(Verdict.FAIL, distribution.urn, text)
    if questions:
        raise questions[0]
    return Finding(Verdict.PASS, distribution.urn)


def identity(graph: Graph, origin: Origin) -> list[str]:
    """What is wrong with how CloudFront shows the bucket who it is. Raises `Undecided`."""
    if as_dict(origin.said.get("s3OriginConfig")).get("originAccessIdentity"):
        return [f"origin '{origin.id}' has an origin access identity, not an origin access control"]
    said = origin.said.get("originAccessControlId")
    if not said:
        return [f"origin '{origin.id}' has no origin access control (origin_access_control_id)"]
    found = controls(graph, origin.distribution, said)
    if not found:
        raise Undecided(f"the origin access control of {origin} is not in this stack")
    return [
        f"{control} has {prop} {control.get(prop)}, not {value}"
        for control in found
        for prop, value in ALWAYS.items()
        if control.get(prop) != value
    ]


def controls(graph: Graph, distribution: Resource, said: object) -> list[Resource]:
    """The access control with an id, or all that the distribution's origins have."""
    if isinstance(said, str):
        known = by_identity(graph, (ACCESS_CONTROL,)).get(said)
        return [known] if known else []
    return targets(graph, distribution, "origins", (ACCESS_CONTROL,))


def public_access(graph: Graph, bucket: Resource, _: Resource) -> list[str]:
    account = graph.of_type(ACCOUNT_PUBLIC_ACCESS_BLOCK)
    needed = [prop for prop in BLOCKS if not any(is_on(block, prop) for block in account)]
    blocks = of_bucket(graph, bucket, PUBLIC_ACCESS_BLOCK) if needed else []
    if needed and not blocks:
        return [f"{bucket} has no public access block"]
    return [f"{block} leaves {prop} off" for block in blocks for prop in needed if not is_on(block, prop)]


def is_on(block: Resource, prop: str) -> bool:
    return is_said(block, prop) and bool(block.get(prop))


def acl(graph: Graph, bucket: Resource, _: Resource) -> list[str]:
    wrong: list[str] = []
    for resource in [bucket, *of_bucket(graph, bucket, *BUCKET_ACLS)]:
        said = resource.get("acl", default="") if is_said(resource, "acl") else ""
        uris = [*values_at(resource.props, ("accessControlPolicy", "grants", "grantee", "uri"))]
        uris += values_at(resource.props, ("grants", "uri"))
        if str(said).startswith(("public", "authenticated")) or any(
            isinstance(uri, str) and uri.endswith(PUBLIC_GROUPS) for uri in uris
        ):
            wrong.append(f"{resource} has a public ACL{f' ({said})' if said else ''}")
    return wrong


def policy(graph: Graph, bucket: Resource, distribution: Resource) -> list[str]:
    """What is wrong with the bucket's policy. Raises `Undecided`."""
    holders = [*of_bucket(graph, bucket, BUCKET_POLICY), bucket]
    found = next((said for holder in holders if (said := document(graph, holder))), None)
    if found is None:
        return [f"{bucket} has no policy that lets CloudFront in"]
    wrong = refusal(found, CLOUDFRONT, READ, distribution)
    said = [f"the policy of {bucket} {wrong}"] if wrong else []
    return [*said, *(f"the policy of {bucket} {more}" for more in strangers(found))]


def strangers(policy: Document) -> Iterator[str]:
    """Whom else the policy lets read: everybody, or an origin access identity."""
    reading = [one for one in policy.statements or () if one.allows and one.covers(READ)]
    if any(one.is_for_everybody and is_open(one) for one in reading):
        yield "lets everybody read"
    if any(IDENTITY in who for one in reading for _, who in one.principals):
        yield "lets an origin access identity read"
    ours = [one for one in reading if one.names_service(CLOUDFRONT)]
    if ours and not any("*" in resource for one in ours for resource in one.resources):
        yield f"names the bucket, not its objects, as resource of {READ}: it needs '/*'"


def is_open(one: Statement) -> bool:
    """Whether no condition but TLS keeps anybody out."""
    return all(test.key == "aws:securetransport" for test in one.conditions) and not only_without_tls(one)


RULE = Rule(
    id="cdn-origin-access",
    why="A CDN's bucket is open around the CDN, or closed to the CDN itself.",
    remedy=REMEDY,
    check=check,
    bad="""
        origins=[{"origin_id": "content", "domain_name": bucket.bucket_regional_domain_name}]
    """,
    good="""
        access = aws.cloudfront.OriginAccessControl(
            "content", origin_access_control_origin_type="s3", signing_behavior="always", signing_protocol="sigv4")
        origins=[{"origin_id": "content", "domain_name": bucket.bucket_regional_domain_name,
                  "origin_access_control_id": access.id}]
    """,
)
