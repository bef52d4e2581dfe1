"""KMS, Secrets Manager, CloudWatch, SNS and Application Auto Scaling: what they answer and refuse."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.simulator.account import Account, Refusal

KEY = "aws:kms/key:Key"
SECRET = "aws:secretsmanager/secret:Secret"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
TARGET = "aws:appautoscaling/target:Target"
ARN = r"arn:aws:{service}:ap-northeast-2:123456789012:"
READERS = {
    "serviceNamespace": "rds",
    "resourceId": "cluster:market",
    "scalableDimension": "rds:cluster:ReadReplicaCount",
}
CPU = {
    "name": "cpu",
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 1,
    "metricName": "CPUUtilization",
}


def policy(principal: Any, actions: Any = "kms:*", effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Principal": principal, "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("type_", "inputs", "name", "pattern"),
    [
        (KEY, {}, "arn", ARN.format(service="kms") + r"key/[0-9a-f-]{36}"),
        (
            "aws:kms/alias:Alias",
            {"name": "alias/market", "targetKeyId": "1234"},
            "targetKeyArn",
            ARN.format(service="kms") + "key/1234",
        ),
        (
            SECRET,
            {"name": "market/cache"},
            "id",
            ARN.format(service="secretsmanager") + r"secret:market/cache-[0-9a-f]{6}",
        ),
        (
            LOG_GROUP,
            {"name": "/aws/rds/cluster/market/postgresql"},
            "arn",
            ARN.format(service="logs") + r"log-group:/aws/.*",
        ),
        (ALARM, CPU, "arn", ARN.format(service="cloudwatch") + "alarm:cpu"),
        (
            "aws:cloudwatch/dashboard:Dashboard",
            {"dashboardName": "market", "dashboardBody": "{}"},
            "dashboardArn",
            "arn:aws:cloudwatch::123456789012:dashboard/market",
        ),
        ("aws:sns/topic:Topic", {"name": "alarms"}, "id", ARN.format(service="sns") + "alarms"),
        (
            TARGET,
            {**READERS, "minCapacity": 1, "maxCapacity": 4},
            "arn",
            ARN.format(service="application-autoscaling") + r"scalable-target/[0-9a-f]{34}",
        ),
    ],
)
def test_ids_and_arns(aws: Account, type_: str, inputs: dict[str, Any], name: str, pattern: str) -> None:
    assert re.fullmatch(pattern, aws.create(type_, **inputs)[name])


@pytest.mark.parametrize(("protocol", "waits"), [("email", True), ("https", True), ("sqs", False)])
def test_subscribers_who_must_say_yes_first(aws: Account, protocol: str, waits: bool) -> None:
    topic = aws.create("aws:sns/topic:Topic", name="alarms")["arn"]
    made = aws.create(
        "aws:sns/topicSubscription:TopicSubscription",
        topic=topic,
        protocol=protocol,
        endpoint="oncall@example.com",
    )
    assert re.fullmatch(rf"{topic}:[0-9a-f-]{{36}}", made["arn"])
    assert made["pendingConfirmation"] is waits


@pytest.mark.parametrize(
    ("document", "locked"),
    [
        (policy({"AWS": "arn:aws:iam::123456789012:root"}), False),
        (policy({"AWS": ["arn:aws:iam::123456789012:role/admin"]}, ["kms:Put*"]), False),
        (policy("*"), False),
        (policy({"Service": "cloudwatch.amazonaws.com"}), True),
        (policy({"AWS": "arn:aws:iam::210987654321:root"}), True),
        (policy({"AWS": "123456789012"}, ["kms:Decrypt"]), True),
        (policy({"AWS": "123456789012"}, effect="Deny"), True),
    ],
)
def test_a_key_that_nobody_could_open_again(aws: Account, document: str, locked: bool) -> None:
    key = aws.create(KEY, "plain")["id"]
    for type_, inputs in ((KEY, {}), ("aws:kms/keyPolicy:KeyPolicy", {"keyId": key})):
        if not locked:
            assert aws.create(type_, policy=document, **inputs)
            continue
        with pytest.raises(
            Refusal, match="MalformedPolicyDocumentException: The new key policy will not allow you"
        ):
            aws.create(type_, policy=document, **inputs)
        assert aws.create(type_, "sure", policy=document, bypassPolicyLockoutSafetyCheck=True, **inputs)


def test_the_name_of_a_deleted_secret_is_taken_until_its_recovery_window_is_over(aws: Account) -> None:
    aws.create(SECRET, name="market")
    with pytest.raises(
        Refusal, match="ResourceExistsException: The operation failed because the secret market already"
    ):
        aws.create(SECRET, "second", name="market")
    aws.delete(SECRET)
    with pytest.raises(Refusal, match="a secret with this name is already scheduled for deletion"):
        aws.create(SECRET, name="market")
    aws.create(SECRET, name="other", recoveryWindowInDays=0)
    aws.delete(SECRET)
    assert aws.create(SECRET, name="other")


def test_a_secret_s_versions(aws: Account) -> None:
    secret = aws.create(SECRET, name="market")["id"]
    made = aws.create("aws:secretsmanager/secretVersion:SecretVersion", secretId=secret, secretString="{}")
    assert (made["arn"], made["versionStages"]) == (secret, ["AWSCURRENT"])
    assert made["id"] == f"{secret}|{made['versionId']}"


@pytest.mark.parametrize(
    ("type_", "inputs", "words"),
    [
        (
            KEY,
            {"deletionWindowInDays": 5},
            "expected deletion_window_in_days to be in the range (7 - 30), got 5",
        ),
        (KEY, {"policy": "not JSON"}, '"policy" contains an invalid JSON policy'),
        (
            SECRET,
            {"recoveryWindowInDays": 3},
            "expected recovery_window_in_days to be 0 or in the range (7 - 30), got 3",
        ),
        (
            "aws:secretsmanager/secretVersion:SecretVersion",
            {"secretId": "s", "secretString": "x", "secretBinary": "eA=="},
            '"secret_string": conflicts with secret_binary',
        ),
        (LOG_GROUP, {"name": "market logs"}, "isn't a valid log group name"),
        (
            LOG_GROUP,
            {"name": "market", "retentionInDays": 8},
            "expected retention_in_days to be one of [0 1 3 5 7 14 30",
        ),
        (ALARM, {**CPU, "comparisonOperator": "Above"}, "expected comparison_operator to be one of"),
        (ALARM, {**CPU, "statistic": "Mean"}, "expected statistic to be one of"),
        (
            ALARM,
            {**CPU, "statistic": "Sum", "extendedStatistic": "p99"},
            '"extended_statistic": conflicts with statistic',
        ),
    ],
)
def test_what_the_provider_refuses(aws: Account, type_: str, inputs: dict[str, Any], words: str) -> None:
    assert any(words in reason for reason in aws.check(type_, **inputs))


def test_an_alarm_s_period(aws: Account) -> None:
    with pytest.raises(Refusal, match="Period must be 10, 20, 30 or a multiple of 60, got 45"):
        aws.create(ALARM, **CPU, period=45)
    assert aws.create(ALARM, **CPU, period=300)


def test_scaling_needs_a_target(aws: Account) -> None:
    words = (
        "ObjectNotFoundException: No scalable target registered for service namespace: rds, resource ID: cluster:market, "
        "scalable dimension: rds:cluster:ReadReplicaCount"
    )
    type_ = "aws:appautoscaling/policy:Policy"
    with pytest.raises(Refusal, match=re.escape(words)):
        aws.create(type_, name="cpu", **READERS)
    with pytest.raises(Refusal, match="Maximum capacity cannot be less than minimum capacity"):
        aws.create(TARGET, **READERS, minCapacity=4, maxCapacity=1)
    aws.create(TARGET, **READERS, minCapacity=1, maxCapacity=4)
    made = aws.create(type_, name="cpu", **READERS)
    pattern = r"arn:aws:autoscaling:.*:scalingPolicy:[0-9a-f-]{36}:resource/rds/cluster:market:policyName/cpu"
    assert re.fullmatch(pattern, made["arn"])


@pytest.mark.parametrize(
    ("type_", "change", "replaces"),
    [
        (KEY, {"policy": "{}"}, False),
        (KEY, {"keyUsage": "SIGN_VERIFY"}, True),
        ("aws:kms/grant:Grant", {"operations": ["Decrypt"]}, True),
        (SECRET, {"kmsKeyId": "x"}, False),
        (SECRET, {"name": "x"}, True),
        ("aws:secretsmanager/secretVersion:SecretVersion", {"secretString": "x"}, True),
        (ALARM, {"threshold": 1}, False),
        (LOG_GROUP, {"retentionInDays": 30}, False),
        (LOG_GROUP, {"name": "x"}, True),
        ("aws:sns/topicSubscription:TopicSubscription", {"endpoint": "x"}, True),
        (TARGET, {"maxCapacity": 5}, False),
        ("aws:appautoscaling/policy:Policy", {"resourceId": "x"}, True),
    ],
)
def test_what_replaces(aws: Account, type_: str, change: dict[str, Any], replaces: bool) -> None:
    assert bool(aws.replaced_by(type_, {}, change)) is replaces
