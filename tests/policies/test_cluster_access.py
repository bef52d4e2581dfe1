"""`cluster-access` on plain programs: who reaches the API, from where, and what is written down of it."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.cluster_access import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

PRIVATE = {"endpointPrivateAccess": True, "endpointPublicAccess": False}
LISTED = {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}


def cluster(**props: Any) -> Resource:
    said = {
        "accessConfig": {"authenticationMode": "API"},
        "vpcConfig": PRIVATE,
        "enabledClusterLogTypes": ["api", "audit", "authenticator"],
        "encryptionConfig": {"provider": {"keyArn": "arn:key"}, "resources": ["secrets"]},
        **props,
    }
    return resource("aws:eks/cluster:Cluster", "cluster", said, {"vpcConfig": [], "accessConfig": []})


@pytest.mark.parametrize(
    ("props", "said"),
    [
        ({"accessConfig": None}, "CONFIG_MAP (AWS default)"),
        ({"accessConfig": UNKNOWN}, "CONFIG_MAP (AWS default)"),
        ({"accessConfig": {"authenticationMode": "CONFIG_MAP"}}, "authentication_mode CONFIG_MAP:"),
        ({"vpcConfig": {"subnetIds": ["a"]}}, "0.0.0.0/0 (AWS default)"),
        (
            {"vpcConfig": {**LISTED, "publicAccessCidrs": ["203.0.113.0/24", "0.0.0.0/0"]}},
            "public_access_cidrs 0.0.0.0/0",
        ),
        ({"vpcConfig": {**LISTED, "publicAccessCidrs": ["::/0"]}}, "public_access_cidrs ::/0"),
        ({"enabledClusterLogTypes": None}, "does not log audit, authenticator"),
        ({"enabledClusterLogTypes": ["api", "audit"]}, "does not log authenticator"),
        ({"encryptionConfig": None}, "no encryption_config"),
        ({"encryptionConfig": {"resources": []}}, "does not name 'secrets'"),
    ],
)
def test_each_way_in_or_out_is_found(props: dict[str, Any], said: str) -> None:
    found = findings(RULE, cluster(**props))["cluster"]
    assert found.verdict is Verdict.FAIL
    assert said in found.text
    assert "Remedy: access_config=" in found.text


@pytest.mark.parametrize(
    ("props", "expected"),
    [
        ({}, Verdict.PASS),
        ({"vpcConfig": LISTED}, Verdict.PASS),
        ({"vpcConfig": {**PRIVATE, "publicAccessCidrs": ["0.0.0.0/0"]}}, Verdict.PASS),
        ({"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}}, Verdict.PASS),
        ({"accessConfig": {"authenticationMode": UNKNOWN}}, Verdict.UNKNOWN),
        ({"vpcConfig": UNKNOWN}, Verdict.UNKNOWN),
        ({"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": UNKNOWN}}, Verdict.UNKNOWN),
        ({"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": [UNKNOWN]}}, Verdict.UNKNOWN),
        ({"vpcConfig": UNKNOWN, "encryptionConfig": None}, Verdict.FAIL),
    ],
)
def test_others_are_told_apart(props: dict[str, Any], expected: Verdict) -> None:
    assert verdict(RULE, cluster(**props)) is expected


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    for prop in ("accessConfig", "vpcConfig", "enabledClusterLogTypes", "encryptionConfig"):
        found = RULE.check(Graph([cluster(**{prop: nonsense})]))
        assert not [finding for finding in found if "itself failed" in finding.text]


BASE = """
import json, pulumi, pulumi_aws as aws, pulumi_eks as eks

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnets = [aws.ec2.Subnet(f"s{i}", vpc_id=vpc.id, cidr_block=f"10.0.{i}.0/24", availability_zone=f"us-east-1{zone}")
           for i, zone in enumerate("ab")]
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
         "Principal": {"Service": "eks.amazonaws.com"}}]}
role = aws.iam.Role("role", assume_role_policy=json.dumps(trust))
key = aws.kms.Key("key", enable_key_rotation=True)
ids = [subnet.id for subnet in subnets]
PRIVATE = {"subnet_ids": ids, "endpoint_private_access": True, "endpoint_public_access": False}
LOGS = ["api", "audit", "authenticator"]
office = pulumi.Config().get("office") or "203.0.113.0/24"

def cluster(name, **said):
    whole = {"access_config": {"authentication_mode": "API"}, "vpc_config": PRIVATE, "enabled_cluster_log_types": LOGS,
             "encryption_config": {"provider": {"key_arn": key.arn}, "resources": ["secrets"]}, **said}
    return aws.eks.Cluster(name, role_arn=role.arn, version="1.35", **{key: value for key, value in whole.items() if value})
"""
WRONG = {
    "aws-auth": 'cluster("aws-auth", access_config=None)',
    "world": 'cluster("world", vpc_config={"subnet_ids": ids})',
    "silent": 'cluster("silent", enabled_cluster_log_types=None)',
    "plain": 'cluster("plain", encryption_config=None)',
    "remote-eksCluster": """
        eks.Cluster("remote", vpc_id=vpc.id, subnet_ids=ids, authentication_mode="API", version="1.35",
                    skip_default_node_group=True, create_oidc_provider=False)""",
}
RIGHT = {
    "private": 'cluster("private")',
    "office": 'cluster("office", vpc_config={"subnet_ids": ids, "public_access_cidrs": [office]})',
    "good-eksCluster": """
        eks.Cluster("good", vpc_id=vpc.id, subnet_ids=ids, authentication_mode="API", version="1.35",
                    skip_default_node_group=True, create_oidc_provider=False, endpoint_private_access=True,
                    endpoint_public_access=False, enabled_cluster_log_types=LOGS, encryption_config_key_arn=key.arn)""",
}
UNKNOWNS = {"late": 'cluster("late", access_config={"authentication_mode": aws.ssm.Parameter("mode", type="String", value="API").insecure_value})'}  # fmt: skip


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
