"""What stands at an edge, as a state would hold it: content behind a distribution, services behind a load balancer."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from plinth.requests.answer import Answer
from plinth.requests.names import visit
from plinth.requests.state import Deployed, State

DISTRIBUTION_ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
KEY_ARN = "arn:aws:kms:ap-northeast-2:123456789012:key/k1"
READER = {"Service": "cloudfront.amazonaws.com"}
THIS = {"StringEquals": {"AWS:SourceArn": DISTRIBUTION_ARN}}
READS = {
    "Effect": "Allow",
    "Principal": READER,
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::b/*",
    "Condition": THIS,
}
LISTS = {"Effect": "Allow", "Principal": READER, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b"}
DECRYPTS = {
    "Sid": "CDN",
    "Effect": "Allow",
    "Principal": READER,
    "Action": "kms:Decrypt",
    "Resource": "*",
    "Condition": THIS,
}
ROOT_ONLY = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
Outputs = dict[str, Any]


def deployed(type_: str, name: str = "it", **outputs: Any) -> Deployed:
    return Deployed(type_, f"urn:pulumi:test::case::{type_}::{name}", str(outputs.get("id", name)), outputs)


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def content(
    *,
    bucket_policy: str = "",
    key_policy: str = "",
    distribution: Outputs | None = None,
    origin: Outputs | None = None,
) -> State:
    """A bucket with a key behind a distribution, as providers answer them."""
    host = "b.s3.ap-northeast-2.amazonaws.com"
    said = {
        "arn": DISTRIBUTION_ARN,
        "domainName": "d1.cloudfront.net",
        "aliases": ["cdn.example.com"],
        "defaultRootObject": "index.html",
        "origins": [{"originId": "o", "domainName": host, "originAccessControlId": "oac", **(origin or {})}],
        "defaultCacheBehavior": {"targetOriginId": "o", "viewerProtocolPolicy": "redirect-to-https"},
        **(distribution or {}),
    }
    rule = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN}}
    encryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    aliases = [{"name": "d1.cloudfront.net", "zoneId": "Z2FDTNDATAQYW2"}]
    return State(
        [
            deployed("aws:s3/bucket:Bucket", bucket="b", arn="arn:aws:s3:::b", bucketRegionalDomainName=host,
                     bucketRegion="ap-northeast-2"),
            deployed(encryption, bucket="b", rules=[rule]),
            deployed("aws:kms/key:Key", keyId="k1", arn=KEY_ARN, policy=policy(ROOT_ONLY)),
            deployed("aws:kms/keyPolicy:KeyPolicy", keyId="k1", policy=key_policy or policy(ROOT_ONLY, DECRYPTS)),
            deployed("aws:cloudfront/originAccessControl:OriginAccessControl", id="oac", signingBehavior="always"),
            deployed("aws:cloudfront/distribution:Distribution", **said),
            deployed("aws:s3/bucketPolicy:BucketPolicy", bucket="b", policy=bucket_policy or policy(READS, LISTS)),
            deployed("aws:route53/record:Record", type="A", fqdn="cdn.example.com", aliases=aliases),
        ]
    )  # fmt: skip


def get(state: State, url: str = "https://cdn.example.com/a.png", *, missing: bool = False) -> Answer:
    return visit(state, urlsplit(url), missing=missing)


BALANCER_ARN, GROUP_ARN = "arn:lb", "arn:group"


def balancer(*rules: Outputs, bound: bool = True) -> State:
    redirect = {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}
    fixed = {"statusCode": "404", "contentType": "text/plain"}
    found = [
        deployed("aws:lb/loadBalancer:LoadBalancer", arn=BALANCER_ARN, dnsName="lb-1.elb.amazonaws.com"),
        deployed("aws:acm/certificate:Certificate", arn="arn:cert", domainName="example.com",
                 subjectAlternativeNames=["*.example.com"]),
        deployed("aws:lb/listener:Listener", "80", arn="arn:80", loadBalancerArn=BALANCER_ARN, port=80,
                 defaultActions=[{"type": "redirect", "redirect": redirect}]),
        deployed("aws:lb/listener:Listener", "443", arn="arn:443", loadBalancerArn=BALANCER_ARN, port=443,
                 certificateArn="arn:cert", defaultActions=[{"type": "fixed-response", "fixedResponse": fixed}]),
        deployed("aws:lb/targetGroup:TargetGroup", arn=GROUP_ARN),
        deployed("aws:route53/record:Record", type="A", fqdn="api.example.com",
                 aliases=[{"name": "dualstack.lb-1.elb.amazonaws.com"}]),
        deployed("aws:route53/record:Record", type="A", fqdn="a.b.example.com",
                 aliases=[{"name": "lb-1.elb.amazonaws.com"}]),
        deployed("aws:route53/record:Record", type="CNAME", fqdn="www.example.com", records=["api.example.com"]),
        *(deployed("aws:lb/listenerRule:ListenerRule", f"rule-{number}", listenerArn="arn:443", **rule)
          for number, rule in enumerate(rules)),
    ]  # fmt: skip
    if bound:
        kind = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"
        found.append(deployed(kind, kind="TargetGroupBinding", spec={"targetGroupARN": GROUP_ARN}))
    return State(found)


def rule(
    priority: int, *, path: str = "", host: str = "api.example.com", action: Outputs | None = None
) -> Outputs:
    conditions: list[Outputs] = [{"hostHeader": {"values": [host]}}]
    if path:
        conditions.append({"pathPattern": {"values": [path, f"{path}/*"]}})
    forward = {"type": "forward", "targetGroupArn": GROUP_ARN}
    return {"priority": priority, "conditions": conditions, "actions": [action or forward]}
