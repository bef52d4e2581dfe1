"""`plinth rehearse get`: what AWS would answer, from policies, behaviors, records and rules in a state."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from plinth.requests.answer import Answer, NotEvaluated
from plinth.requests.names import visit
from plinth.requests.state import Deployed, State
from tests.components.small_program import PREAMBLE
from tests.components.test_content_delivery import PROGRAM
from tests.conftest import ROOT, Rehearsal

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


def with_condition(operator: str, key: str, value: Any) -> str:
    return policy(ROOT_ONLY, {**DECRYPTS, "Condition": {operator: {key: value}}})


DENY_PLAIN = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
              "Condition": {"Bool": {"aws:SecureTransport": "false"}}}  # fmt: skip


@pytest.mark.parametrize(
    ("key_policy", "status"),
    [
        (policy(ROOT_ONLY, DECRYPTS), 200),
        (policy(ROOT_ONLY), 403),
        (policy({**DECRYPTS, "Action": ["kms:De*", "kms:GenerateDataKey*"]}), 200),
        (policy({**DECRYPTS, "Action": "KMS:decrypt"}), 200),
        (policy({**DECRYPTS, "Action": "kms:Encrypt"}), 403),
        (policy({**DECRYPTS, "Principal": {"Service": ["s3.amazonaws.com", "cloudfront.amazonaws.com"]}}), 200),
        (policy({**DECRYPTS, "Principal": {"Service": "s3.amazonaws.com"}}), 403),
        (policy({**DECRYPTS, "Principal": {"AWS": "*"}}), 200),
        (policy(DECRYPTS, {**DECRYPTS, "Effect": "Deny"}), 403),
        (policy(DECRYPTS, {**DECRYPTS, "Effect": "Deny", "NotAction": "kms:Decrypt", "Action": []}), 200),
        (policy(DECRYPTS, {"Effect": "Deny", "NotPrincipal": READER, "Action": "*", "Resource": "*"}), 200),
        (policy({key: value for key, value in DECRYPTS.items() if key != "Condition"}), 200),
        (with_condition("StringEquals", "aws:sourcearn", DISTRIBUTION_ARN), 200),
        (with_condition("StringEquals", "AWS:SourceArn", "arn:aws:cloudfront::123456789012:distribution/*"), 403),
        (with_condition("StringLike", "AWS:SourceArn", "arn:aws:cloudfront::123456789012:distribution/*"), 200),
        (with_condition("ArnLike", "aws:SourceArn", "arn:aws:cloudfront::*:distribution/E?"), 200),
        (with_condition("ArnEquals", "aws:SourceArn", ["arn:x", DISTRIBUTION_ARN]), 200),
        (with_condition("ArnLike", "aws:SourceArn", "arn:aws:*"), 403),
        (with_condition("StringEquals", "aws:SourceAccount", "123456789012"), 200),
        (with_condition("StringNotEquals", "aws:SourceAccount", "123456789012"), 403),
        (with_condition("StringNotEquals", "aws:PrincipalOrgID", "o-1"), 200),
        (with_condition("StringEquals", "aws:PrincipalOrgID", "o-1"), 403),
        (with_condition("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"), 200),
        (with_condition("Null", "aws:SourceArn", "false"), 200),
        (with_condition("Null", "aws:SourceArn", True), 403),
        (with_condition("StringEquals", "kms:ViaService", "s3.ap-northeast-2.amazonaws.com"), 200),
    ],
)  # fmt: skip
def test_key_policies_as_iam_reads_them(key_policy: str, status: int):
    answer = get(content(key_policy=key_policy))
    assert answer.status == status
    if status == 403:
        assert answer.code == "AccessDenied"
        for part in ("KMS", "kms:Decrypt", "Key 'it'", DISTRIBUTION_ARN):
            assert part in answer.steps[-1]


def test_a_refusal_names_the_statement():
    denied = get(content(key_policy=policy(DECRYPTS, {**DECRYPTS, "Sid": "Stop", "Effect": "Deny"})))
    assert "'Stop' denies it" in denied.steps[-1]
    other = get(content(key_policy=with_condition("StringEquals", "AWS:SourceArn", "arn:other")))
    assert "'CDN' only if" in other.steps[-1]
    assert "arn:other" in other.steps[-1]


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        (content(), 200, "KeyPolicy 'it' of Key 'it' lets"),
        (content(bucket_policy=policy(LISTS)), 403, "S3: cloudfront.amazonaws.com for"),
        (content(bucket_policy=policy(READS, DENY_PLAIN)), 200, "KMS"),
        (content(origin={"originAccessControlId": ""}), 403, "public access block"),
        (content(origin={"originPath": "/x"}, bucket_policy=policy({**READS, "Resource": "arn:aws:s3:::b/x/*"})), 200, "KMS"),
        (content(distribution={"aliases": []}), 403, "not among the aliases"),
        (
            content(distribution={"defaultCacheBehavior": {"targetOriginId": "o", "trustedKeyGroups": ["g"]}}),
            403, "signed URLs",
        ),
        (
            content(distribution={"orderedCacheBehaviors": [
                {"pathPattern": "*.png", "targetOriginId": "o", "trustedKeyGroups": ["g"]},
            ]}),
            403, "signed URLs",
        ),
    ],
)  # fmt: skip
def test_the_way_through_a_distribution(state: State, status: int, words: str):
    answer = get(state)
    assert answer.status == status
    assert words in answer.steps[-1]
    assert answer.steps[0] == "Route 53: Record 'it' leads to d1.cloudfront.net"


def test_plain_http_is_sent_to_https():
    answer = get(content(), "http://cdn.example.com/a.png?x=1")
    assert (answer.status, answer.location) == (301, "https://cdn.example.com/a.png?x=1")
    only = content(
        distribution={"defaultCacheBehavior": {"targetOriginId": "o", "viewerProtocolPolicy": "https-only"}}
    )
    assert get(only, "http://cdn.example.com/a.png").status == 403


def test_a_missing_object_is_404_to_those_who_may_look():
    assert get(content(), missing=True).status == 404
    answer = get(content(bucket_policy=policy(READS)), missing=True)
    assert answer.status == 403
    assert "s3:ListBucket" in answer.steps[-1]


@pytest.mark.parametrize(("code", "status"), [(404, 404), (200, 200)])
def test_error_pages(code: int, status: int):
    page = {"errorCode": 404, "responseCode": code, "responsePagePath": "/404.html"}
    assert get(content(distribution={"customErrorResponses": [page]}), missing=True).status == status


@pytest.mark.parametrize("key", ["", "alias/aws/s3"])
def test_the_key_of_aws_s_own_opens_for_nobody(key: str):
    rule = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}}
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    others = [item for item in content().resources if item.type != type_]
    answer = get(State([*others, deployed(type_, bucket="b", rules=[rule])]))
    assert (answer.status, "AWS managed key" in answer.steps[-1]) == (403, True)


def test_a_bucket_without_kms_needs_no_key():
    state = content(key_policy=policy(ROOT_ONLY))
    plain = State([item for item in state.resources if "Encryption" not in item.type])
    assert get(plain).status == 200


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


TEAPOT = {"type": "fixed-response", "fixedResponse": {"statusCode": "418"}}


@pytest.mark.parametrize(
    ("state", "url", "status", "words"),
    [
        (balancer(rule(1)), "https://api.example.com/x", 200, "TargetGroupBinding 'it' registers"),
        (balancer(rule(1), bound=False), "https://api.example.com/x", 503, "no targets"),
        (balancer(), "https://api.example.com/x", 404, "fixed response 404"),
        (balancer(rule(1, host="API.example.com")), "https://Api.Example.com/x", 200, "registers"),
        (balancer(rule(1, path="/x")), "https://api.example.com/x/y", 200, "registers"),
        (balancer(rule(1, path="/x")), "https://api.example.com/xy", 404, "fixed response"),
        (balancer(rule(1, path="/x")), "https://api.example.com/X", 404, "fixed response"),
        (balancer(rule(9), rule(1, path="/x", action=TEAPOT)), "https://api.example.com/x", 418, "418"),
        (balancer(rule(1), rule(9, path="/x", action=TEAPOT)), "https://api.example.com/x", 200, "registers"),
        (balancer(rule(1, host="*.example.com")), "https://www.example.com/", 200, "registers"),
    ],
)
def test_listeners_and_their_rules(state: State, url: str, status: int, words: str):
    answer = get(state, url)
    assert answer.status == status
    assert words in answer.steps[-1]


def test_a_redirect_keeps_what_it_does_not_say():
    answer = get(balancer(), "http://api.example.com/a/b?c=d")
    assert (answer.status, answer.location) == (301, "https://api.example.com/a/b?c=d")


@pytest.mark.parametrize(
    ("state", "url", "words"),
    [
        (content(), "https://nobody.example.com/", "leads to no distribution and no load balancer"),
        (balancer(), "https://api.example.com:8443/", "does not listen on port 8443"),
        (
            balancer({"priority": 1, "conditions": [{"hostHeader": {"regexValues": ["^api"], "values": []}}]}),
            "https://api.example.com/", "condition regexValues is not evaluated",
        ),
        (balancer(), "https://a.b.example.com/", "covers example.com, *.example.com and not a.b.example.com"),
        (content(key_policy=with_condition("DateLessThan", "aws:CurrentTime", "2030")), "https://cdn.example.com/", "DateLessThan"),
        (
            State([item for item in content().resources if item.type != "aws:kms/key:Key"]),
            "https://cdn.example.com/", "no key of this stack",
        ),
        (content(origin={"domainName": "elsewhere.example.org"}), "https://cdn.example.com/", "no bucket of this stack"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_no_answer(state: State, url: str, words: str):
    with pytest.raises(NotEvaluated, match=re.escape(words)):
        get(state, url)


WITHOUT_THE_GRANT = """
import components.content_delivery as delivery
whole = delivery.policy_document
delivery.policy_document = lambda *statements: whole(*[item for item in statements if item["Sid"] != "CloudFront"])
"""


@pytest.mark.engine
def test_the_chat_s_incident_replays(make_rehearsal: Callable[..., Rehearsal]):
    """A key without the grant: `up` succeeds, every image is a 403, and the pack says so before."""
    tags = {"owner": "platform@example.com", "environment": "test", "service": "shop"}
    rehearsal = make_rehearsal(PREAMBLE + PROGRAM, config={"aws:defaultTags": {"tags": tags}})
    pack = ("--policy-pack", str(ROOT / "policies"))
    image = ("get", "https://cdn.example.com/a.png")
    early = rehearsal(*image, expect_exit=1)
    assert "is not up" in early.output
    rehearsal("up", *pack)
    rehearsal("preview", "--expect-no-changes", *pack)
    assert rehearsal(*image).output.rstrip().endswith("\n200")
    assert "301 to https://cdn.example.com/a.png" in rehearsal("get", "http://cdn.example.com/a.png").output
    assert "404 NoSuchKey" in rehearsal(*image, "--missing", expect_exit=1).output

    rehearsal.write(PREAMBLE + WITHOUT_THE_GRANT + PROGRAM)
    refused = rehearsal("preview", *pack, expect_exit=None)
    (said,) = [item["message"] for item in refused.violations if item["resourceUrn"].endswith("::content")]
    for part in ("Key 'content'", "Distribution 'content'", "kms:Decrypt", "AWS:SourceArn"):
        assert part in said
    rehearsal("up")
    answer = rehearsal(*image, expect_exit=1).output
    assert "403 AccessDenied" in answer
    for part in ("KMS: ", "kms:Decrypt", "Key 'content'", "KeyPolicy 'content'"):
        assert part in answer


@pytest.mark.engine
def test_a_mistake_in_the_arguments(make_rehearsal: Callable[..., Rehearsal]):
    rehearsal = make_rehearsal("")
    for arguments, words in (
        (["cdn.example.com"], "is no URL of the web"),
        ([], "takes one URL"),
        (["https://cdn.example.com", "--mising"], "no --mising"),
    ):
        output = rehearsal("get", *arguments, expect_exit=1).output
        assert words in output
        assert "Traceback" not in output
