"""`secret-access` on plain programs: policies of identities in each spelling, and who takes a role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.secret_access import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

OWN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:orders-AbCdEf"
secret = resource("aws:secretsmanager/secret:Secret", "secret")
queue = resource("aws:sqs/queue:Queue", "queue")


def statement(action: Any, resources: Any = OWN, **said: Any) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Action": action, "Resource": resources, **said}})


def policy(text: Any, *made_from: Resource) -> Resource:
    return resource("aws:iam/policy:Policy", "it", {"policy": text, "arn": "arn:it"}, {"policy": made_from})


READ = "secretsmanager:GetSecretValue"
BY_TAG = {"StringEquals": {"secretsmanager:ResourceTag/service": "orders"}}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (policy(statement(READ)), Verdict.PASS),
        (policy(statement([READ, "secretsmanager:DescribeSecret"], [OWN])), Verdict.PASS),
        (policy(statement("secretsmanager:Get*")), Verdict.PASS),
        (policy(statement(READ, OWN.replace("orders-AbCdEf", "orders/*"))), Verdict.PASS),
        (policy(statement(READ, "*", Condition=BY_TAG)), Verdict.PASS),
        (policy(statement(READ, "*", Effect="Deny")), Verdict.NOT_APPLICABLE),
        (policy(statement(["secretsmanager:ListSecrets", "secretsmanager:GetRandomPassword"], "*")), Verdict.NOT_APPLICABLE),
        (policy(statement("s3:*", "*")), Verdict.NOT_APPLICABLE),
        (policy(statement(READ, "*")), Verdict.FAIL),
        (policy(statement("secretsmanager:*")), Verdict.FAIL),
        (policy(statement("SecretsManager:get*", ["*"])), Verdict.FAIL),
        (policy(statement("*", "*")), Verdict.FAIL),
        (policy(statement(READ, "arn:aws:secretsmanager:*:123456789012:secret:*")), Verdict.FAIL),
        (policy(statement(READ, "*", Condition={"Bool": {"aws:SecureTransport": "true"}})), Verdict.UNKNOWN),
        (policy(json.dumps({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": OWN}]})), Verdict.UNKNOWN),
        (policy(UNKNOWN, secret), Verdict.PASS),
        (policy(UNKNOWN, queue), Verdict.NOT_APPLICABLE),
        (policy("no json"), Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_a_policy_names_the_secrets(subject: Resource, expected: Verdict) -> None:
    assert verdict(RULE, subject, secret, queue) is expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (resource("aws:iam/role:Role", "it", {"inlinePolicies": [{"policy": statement(READ, "*")}]}), Verdict.FAIL),
        (resource("aws:iam/role:Role", "it", {"inlinePolicies": [{"policy": statement(READ)}]}), Verdict.PASS),
        (resource("aws:iam/role:Role", "it", {"managedPolicyArns": ["arn:aws:iam::aws:policy/SecretsManagerReadWrite"]}), Verdict.FAIL),
        (resource("aws:iam/role:Role", "it", {}), Verdict.NOT_APPLICABLE),
        (resource("aws:iam/userPolicy:UserPolicy", "it", {"policy": statement(READ, "*")}), Verdict.FAIL),
        (resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "it", {"policyArn": "arn:aws:iam::aws:policy/SecretsManagerReadWrite"}), Verdict.FAIL),
        (resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "it", {"policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"}), Verdict.NOT_APPLICABLE),
    ],
)  # fmt: skip
def test_policies_are_found_wherever_they_are(subject: Resource, expected: Verdict) -> None:
    assert verdict(RULE, subject) is expected


role = resource("aws:iam/role:Role", "it", {"name": "orders", "arn": "arn:role"})
written = resource("aws:iam/rolePolicy:RolePolicy", "p", {"role": "orders", "policy": statement(READ)})
attached = resource(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", {"role": "orders", "policyArn": "arn:p"}
)
policy_p = resource("aws:iam/policy:Policy", "p", {"policy": statement(READ), "arn": "arn:p"})


def identity(name: str, account: str) -> Resource:
    said = {"roleArn": "arn:role", "namespace": "shop", "serviceAccount": account}
    return resource("aws:eks/podIdentityAssociation:PodIdentityAssociation", name, said)


def service_account(name: str, arn: Any = "arn:role", *made_from: Resource) -> Resource:
    meta = {"namespace": "shop", "name": name, "annotations": {"eks.amazonaws.com/role-arn": arn}}
    return resource("kubernetes:core/v1:ServiceAccount", name, {"metadata": meta}, {"metadata": made_from})


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([written, identity("one", "orders")], Verdict.PASS),
        ([written, identity("one", "orders"), identity("two", "orders")], Verdict.PASS),
        ([written, identity("one", "orders"), identity("two", "users")], Verdict.FAIL),
        ([attached, policy_p, identity("one", "orders"), service_account("users")], Verdict.FAIL),
        ([written, service_account("orders"), service_account("users", UNKNOWN, role)], Verdict.FAIL),
        ([written, service_account("orders"), service_account("users", "arn:other")], Verdict.PASS),
        ([identity("one", "orders"), identity("two", "users")], Verdict.NOT_APPLICABLE),
    ],
)
def test_a_role_that_reads_secrets_has_one_user(others: list[Resource], expected: Verdict) -> None:
    found = findings(RULE, role, *others)["it"]
    assert found.verdict is expected
    if expected is Verdict.FAIL:
        assert "service account shop/orders and service account shop/users" in found.text


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = [
        policy(nonsense),
        resource("aws:iam/role:Role", "it", {"inlinePolicies": nonsense, "managedPolicyArns": nonsense}),
        resource("aws:iam/role:Role", "other", {"inlinePolicies": [{"policy": nonsense}]}),
        resource(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "a",
            {"role": nonsense, "policyArn": nonsense},
        ),
        resource("kubernetes:core/v1:ServiceAccount", "s", {"metadata": nonsense}),
    ]
    assert not [found for found in RULE.check(Graph([role, *odd])) if "itself failed" in found.text]


BASE = """
import json, pulumi, pulumi_aws as aws

secret = aws.secretsmanager.Secret("orders")
bucket = aws.s3.Bucket("bucket")

def text(action, resource):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}

def role(name):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
             "Principal": {"Service": "pods.eks.amazonaws.com"}}]}
    return aws.iam.Role(name, assume_role_policy=json.dumps(trust))

def identity(name, of, account):
    aws.eks.PodIdentityAssociation(name, cluster_name="shop", namespace="shop", service_account=account, role_arn=of.arn)

READ = "secretsmanager:GetSecretValue"
"""
WRONG = {
    "all": 'aws.iam.Policy("all", policy=json.dumps(text(READ, "*")))',
    "any": 'aws.iam.RolePolicy("any", role=role("of-any").id, policy=json.dumps(text("secretsmanager:*", "*")))',
    "looked-up": """
        said = aws.iam.get_policy_document(statements=[{"actions": [READ], "resources": ["*"]}])
        aws.iam.Policy("looked-up", policy=said.json)""",
    "managed": """
        aws.iam.RolePolicyAttachment("managed", role=role("of-managed").name,
                                     policy_arn="arn:aws:iam::aws:policy/SecretsManagerReadWrite")""",
    "shared": """
        shared = role("shared")
        aws.iam.RolePolicy("shared", role=shared.id, policy=secret.arn.apply(lambda arn: json.dumps(text(READ, arn))))
        identity("first", shared, "orders")
        identity("second", shared, "users")""",
}
RIGHT = {
    "own": """
        own = role("own")
        aws.iam.RolePolicy("own", role=own.id, policy=pulumi.Output.json_dumps(text(READ, secret.arn)))
        identity("own", own, "orders")""",
    "files": 'aws.iam.Policy("files", policy=pulumi.Output.json_dumps(text("s3:GetObject", bucket.arn)))',
    "list": 'aws.iam.Policy("list", policy=json.dumps(text("secretsmanager:ListSecrets", "*")))',
}
UNKNOWNS = {
    "strange": """
        strange = aws.iam.get_policy_document_output(statements=[{"actions": [READ], "resources": ["*"], "conditions": [
            {"test": "IpAddress", "variable": "aws:SourceIp", "values": ["203.0.113.0/24"]}]}])
        aws.iam.Policy("strange", policy=strange.json)""",
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
