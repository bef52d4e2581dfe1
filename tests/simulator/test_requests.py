"""`plinth rehearse get`: what AWS would answer, from policies, behaviors, records and rules in a state."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from plinth.requests.answer import NotEvaluated
from plinth.requests.state import State
from tests.components.small_program import PREAMBLE
from tests.components.test_content_delivery import PROGRAM
from tests.conftest import ROOT, Rehearsal
from tests.simulator.deployments import (
    DECRYPTS,
    DISTRIBUTION_ARN,
    LISTS,
    READER,
    READS,
    ROOT_ONLY,
    balancer,
    content,
    deployed,
    get,
    policy,
    rule,
)


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
