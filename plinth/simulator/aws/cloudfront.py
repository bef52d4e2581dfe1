"""CloudFront: distributions, what they read their origins with, and the policies and keys of their behaviors.

Shapes: CloudFront API reference, `Distribution`, `OriginAccessControl`, `CachePolicy`, `KeyGroup`; Route 53 API reference,
`AliasTarget` (the hosted zone); Service Authorization Reference, "Amazon CloudFront" (ARNs, which have no region).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from plinth.simulator.aws.blocks import block
from plinth.simulator.aws.naming import arn, of_input, uuid_of
from plinth.simulator.aws.placement import listed
from plinth.simulator.creation import CREATED, Creation, Kind

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
ORIGIN_ACCESS_CONTROL = "aws:cloudfront/originAccessControl:OriginAccessControl"
HOSTED_ZONE_ID = "Z2FDTNDATAQYW2"
"""Of all distributions."""


def lettered(letter: str) -> Callable[[Creation], str]:
    """Ids of CloudFront's form: a letter that tells what it is, and thirteen more letters and digits."""
    return lambda creation: f"{letter}{creation.hex(13).upper()}"


def etag(creation: Creation) -> str:
    return lettered("E")(creation.with_id(f"etag of {creation.id}"))


def distribution(creation: Creation, id_: str) -> Mapping[str, Any]:
    trusted = block(creation.inputs.get("defaultCacheBehavior"))
    return {
        "arn": arn(creation, f"distribution/{id_}"),
        "domainName": f"d{creation.hex(13, 'domain')}.cloudfront.net",
        "hostedZoneId": HOSTED_ZONE_ID,
        "status": "Deployed",
        "etag": etag(creation),
        "callerReference": f"terraform-{creation.hex(26, 'reference')}",
        "lastModifiedTime": f"{CREATED.replace('T', ' ').removesuffix('Z')} +0000 UTC",
        "inProgressValidationBatches": 0,
        "loggingV1Enabled": bool(creation.inputs.get("loggingConfig")),
        **{
            name: [{"enabled": bool(trusted.get(name)), "items": signers(trusted.get(name))}]
            for name in ("trustedKeyGroups", "trustedSigners")
        },
    }


def signers(ids: Any) -> list[dict[str, Any]]:
    return [{"keyGroupId": id_, "keyPairIds": []} for id_ in listed(ids)]


def origin_access_identity(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "arn": arn(creation, f"origin-access-identity/{id_}"),
        "iamArn": f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {id_}",
        "cloudfrontAccessIdentityPath": f"origin-access-identity/cloudfront/{id_}",
        "s3CanonicalUserId": creation.hex(96, "canonical user"),
        "etag": etag(creation),
    }


def at_path(path: str) -> Callable[[Creation, str], Mapping[str, Any]]:
    """What has an ARN and a version, and nothing else of its own."""
    return lambda creation, id_: {"arn": arn(creation, f"{path}/{id_}"), "etag": etag(creation)}


def function(creation: Creation, id_: str) -> Mapping[str, Any]:
    tag = etag(creation)
    return {
        "arn": arn(creation, f"function/{id_}"),
        "status": "UNASSOCIATED",
        "etag": tag,
        "liveStageEtag": tag,
    }


KINDS: Mapping[str, Kind] = {
    DISTRIBUTION: Kind(
        lettered("E"),
        distribution,
        {
            "httpVersion": "http2",
            "priceClass": "PriceClass_All",
            "retainOnDelete": False,
            "staging": False,
            "waitForDeployment": True,
        },
        autoname=None,
    ),
    ORIGIN_ACCESS_CONTROL: Kind(lettered("E"), at_path("origin-access-control")),
    "aws:cloudfront/originAccessIdentity:OriginAccessIdentity": Kind(lettered("E"), origin_access_identity),
    "aws:cloudfront/cachePolicy:CachePolicy": Kind(uuid_of, at_path("cache-policy")),
    "aws:cloudfront/originRequestPolicy:OriginRequestPolicy": Kind(uuid_of, at_path("origin-request-policy")),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": Kind(
        uuid_of, at_path("response-headers-policy")
    ),
    "aws:cloudfront/function:Function": Kind(of_input("name"), function, {"publish": True}, unique=True),
    "aws:cloudfront/keyGroup:KeyGroup": Kind(uuid_of, lambda creation, _id: {"etag": etag(creation)}),
    "aws:cloudfront/publicKey:PublicKey": Kind(
        lettered("K"),
        lambda creation, _id: {"etag": etag(creation), "callerReference": creation.hex(26, "reference")},
    ),
}
