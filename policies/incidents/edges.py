"""What stands at the edge: distributions, their S3 origins, the buckets behind those, the keys of the buckets.

At preview host names and ARNs are unknown, and the edges of `origins` are those of all origins together: a bucket behind one
is known, but not behind which.

Sources: pulumi-aws, `cloudfront.Distribution` (an origin that is no bucket has a `custom_origin_config` or a
`vpc_origin_config`), `s3.BucketServerSideEncryptionConfiguration`, `kms.KeyPolicy`; S3 user guide, "Using server-side
encryption with AWS KMS keys" (without a key of one's own, SSE-KMS takes the AWS managed key `aws/s3`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from incidents.graph import Graph, Resource
from incidents.references import is_said
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
ACCESS_CONTROL = "aws:cloudfront/originAccessControl:OriginAccessControl"
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_PUBLIC_ACCESS_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
BUCKET_ACLS = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
ENCRYPTIONS = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
KEY, REPLICA_KEY, KEY_ALIAS = "aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/alias:Alias"
KEYS = (KEY, REPLICA_KEY)
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
CLOUDFRONT = "cloudfront.amazonaws.com"
"""The service as the policies of buckets and keys name it."""

LOAD_BALANCERS = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")

S3_HOST = re.compile(r"^(?P<bucket>.+)\.s3([.-][a-z0-9-]+)?\.amazonaws\.com(\.cn)?$")
"""S3's REST endpoints; a website's is `s3-website`, and has a custom origin."""

IDENTITIES = (
    "id", "arn", "name", "bucket", "keyId", "domainName", "dnsName", "bucketDomainName", "bucketRegionalDomainName",
    "regionalDomainName", "cloudfrontDomainName",
)  # fmt: skip
"""Properties by which others refer to what stands at the edge."""


@lru_cache(maxsize=32)
def by_identity(graph: Graph, types: tuple[str, ...]) -> Mapping[str, Resource]:
    """The resources of `types` by every text that names them."""
    return {
        text: resource
        for resource in graph.of_type(*types)
        for prop in IDENTITIES
        if isinstance(text := resource.peek(prop), str)
    }


def targets(graph: Graph, resource: Resource, prop: str, types: Sequence[str]) -> list[Resource]:
    """The resources of `types` that edges of `prop` lead to; one named directly wins over what a component holds."""
    found = [target for target in graph.dependencies(resource, prop) if target.type in types]
    direct = [target for target in found if target.urn in resource.edges[prop]]
    return direct or found


def named(
    graph: Graph, resource: Resource, prop: str, types: tuple[str, ...], value: Any = None
) -> Resource | str | None:
    """The resource that `prop`, or the part `value` of it, names; the text of one outside the stack; None for nothing.

    Raises `Undecided` when that is not known.
    """
    if not is_said(resource, prop):
        return None
    text = resource.peek(prop) if value is None else value
    if isinstance(text, str):
        return by_identity(graph, types).get(text, text) or None
    found = targets(graph, resource, prop, types)
    if len(found) == 1:
        return found[0]
    raise Undecided(f"{prop} of {resource} is not known at preview, and no edge leads to the one it names")


@lru_cache(maxsize=32)
def attached(
    graph: Graph, types: tuple[str, ...], prop: str, owners: tuple[str, ...]
) -> Mapping[str | None, list[Resource]]:
    """The resources of `types` by the urn of what `prop` attaches them to; None has those of which it is not known."""
    found: dict[str | None, list[Resource]] = {}
    for resource in graph.of_type(*types):
        try:
            owner = named(graph, resource, prop, owners)
        except Undecided:
            owner = None
        if isinstance(owner, Resource):
            found.setdefault(owner.urn, []).append(resource)
        elif owner is None:
            found.setdefault(None, []).append(resource)
    return found


def attached_to(owner: Resource, found: Mapping[str | None, list[Resource]]) -> list[Resource]:
    """Those of `found` that are attached to `owner`. Raises `Undecided` if there are none, but may be."""
    own = found.get(owner.urn, [])
    lost = found.get(None, [])
    if lost and not own:
        raise Undecided(f"what {lost[0]} is attached to is not known at preview")
    return own


def of_bucket(graph: Graph, bucket: Resource, *types: str) -> list[Resource]:
    """What is attached to a bucket by its name. Raises `Undecided`."""
    return attached_to(bucket, attached(graph, types, "bucket", BUCKETS))


@dataclass(frozen=True)
class Origin:
    """One S3 origin of a distribution; `said` is the program's own."""

    distribution: Resource
    said: Mapping[str, Any]

    def __str__(self) -> str:
        return f"origin '{self.id}' of {self.distribution}"

    @property
    def id(self) -> str:
        return str(self.said.get("originId"))


def s3_origins(distribution: Resource) -> list[Origin]:
    """Raises `Undecided` where the origins are not known."""
    said = distribution.peek("origins")
    if isinstance(said, Unknown):
        raise Undecided(f"origins of {distribution} is not known at preview")
    return [Origin(distribution, item) for item in map(as_dict, as_list(said)) if is_s3(item)]


def is_s3(origin: Mapping[str, Any]) -> bool:
    if origin.get("customOriginConfig") or origin.get("vpcOriginConfig"):
        return False
    host = origin.get("domainName")
    return not isinstance(host, str) or S3_HOST.match(host) is not None


def buckets_behind(graph: Graph, distribution: Resource, origins: Iterable[Origin]) -> list[Resource]:
    """The buckets of `origins`, all of one distribution. Raises `Undecided` for one outside the stack."""
    hosts = [origin.said.get("domainName") for origin in origins]
    found = {
        bucket.urn: bucket for host in hosts if isinstance(host, str) for bucket in [at_host(graph, host)]
    }
    blanks = sum(isinstance(host, Unknown) for host in hosts)
    behind = targets(graph, distribution, "origins", BUCKETS) if blanks else []
    candidates = {bucket.urn: bucket for bucket in behind if bucket.urn not in found}
    if len(candidates) > blanks or not (found or candidates):
        raise Undecided(f"the bucket behind {distribution} is not known at preview")
    return [bucket for _, bucket in sorted((found | candidates).items())]


def at_host(graph: Graph, host: str) -> Resource:
    """The bucket that answers at S3's host name. Raises `Undecided` for one outside the stack."""
    buckets = by_identity(graph, BUCKETS)
    match = S3_HOST.match(host)
    found = buckets.get(host) or (buckets.get(match["bucket"]) if match else None)
    if found is None:
        raise Undecided(f"the bucket at '{host}' is not in this stack")
    return found


@dataclass(frozen=True)
class Encryption:
    """How a bucket encrypts what says nothing else; `key` is None where AWS's own key does it."""

    is_kms: bool
    key: Resource | None = None


def encryption(graph: Graph, bucket: Resource) -> Encryption:
    """Raises `Undecided` where algorithm or key are not known, or the key is not of this stack."""
    for resource, prop in encryption_rules(graph, bucket):
        for rule in [as_dict(item) for item in settings(resource, prop)]:
            default = rule.get("applyServerSideEncryptionByDefault")
            algorithm = as_dict(default).get("sseAlgorithm")
            if isinstance(default, Unknown) or isinstance(algorithm, Unknown):
                raise Undecided(f"the algorithm of {resource} is not known at preview")
            if str(algorithm).startswith("aws:kms"):
                return Encryption(True, key_of(graph, resource, prop, as_dict(default).get("kmsMasterKeyId")))
    return Encryption(False)


def encryption_rules(graph: Graph, bucket: Resource) -> Iterator[tuple[Resource, str]]:
    """Where a bucket's encryption may be said: within it, in either generation's spelling, or beside it."""
    for prop in ("serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations"):
        if is_said(bucket, prop):
            yield bucket, prop
    for resource in of_bucket(graph, bucket, *ENCRYPTIONS):
        yield resource, "rules"


def settings(resource: Resource, prop: str) -> list[Any]:
    """The rules of a bucket's encryption. Raises `Undecided`."""
    value = resource.peek(prop)
    if isinstance(value, Unknown):
        raise Undecided(f"{prop} of {resource} is not known at preview")
    if prop == "rules":
        return as_list(value)
    blocks = as_list(value) or [value]
    return [
        rule
        for block in blocks
        for key in ("rule", "rules")
        for rule in (as_list(as_dict(block).get(key)) or [as_dict(block).get(key)])
    ]


def key_of(graph: Graph, resource: Resource, prop: str, value: Any) -> Resource | None:
    """The key of the stack that `value`, a part of `prop`, names; None for AWS's own. Raises `Undecided`."""
    if not value or value == "alias/aws/s3":
        return None
    found = named(graph, resource, prop, (*KEYS, KEY_ALIAS), value)
    if isinstance(found, Resource) and found.type == KEY_ALIAS:
        found = named(graph, found, "targetKeyId", KEYS)
    if isinstance(found, Resource):
        return found
    raise Undecided(f"the key '{found}' of {resource} is not in this stack, so neither is its policy")
