"""The stacks of this project, on the real engine: what they register, and that they live and die."""

from __future__ import annotations

import json
import re
from ipaddress import ip_network

import pytest

from aws_facts.eks import CONTAINER_INSIGHTS
from tests.components.conftest import Stack

pytestmark = pytest.mark.engine

PRODUCTION_ONLY = {"alarms", "cache-availability", "database-protection"}

ACCOUNT_WIDE = {"owner", "environment"}


def test_the_clean_stack_has_no_finding(stack: Stack):
    """On dev, rules for production only advise."""
    found = {(item["policyName"], item["enforcementLevel"]) for item in stack.preview.violations}
    assert found <= (set() if stack.name == "prod" else {(rule, "advisory") for rule in PRODUCTION_ONLY})
    assert "warning" not in stack.preview.output.lower()


def test_nothing_stands_without_a_parent_and_everything_is_tagged(stack: Stack):
    for item in stack.resources:
        if item["type"].startswith("pulumi:"):
            continue
        assert item["parent"], item["urn"]
        tags = item.get("outputs", {}).get("tagsAll")
        assert tags is None or set(tags) >= ACCOUNT_WIDE, item["urn"]


def test_there_is_one_vpc_and_every_subnet_lies_in_it(stack: Stack):
    vpc = stack.only("aws:ec2/vpc:Vpc")
    subnets = stack.of_type("aws:ec2/subnet:Subnet").values()
    cidrs = [ip_network(item["inputs"]["cidrBlock"]) for item in subnets]
    assert all(cidr.subnet_of(ip_network(vpc["inputs"]["cidrBlock"])) for cidr in cidrs)
    assert all(item["inputs"]["vpcId"] == vpc["id"] for item in subnets)
    assert not any(one.overlaps(other) for one in cidrs for other in cidrs if one is not other)


def test_data_subnets_have_no_way_to_the_internet(stack: Stack):
    tables = {name: item["id"] for name, item in stack.of_type("aws:ec2/routeTable:RouteTable").items()}
    routes = stack.of_type("aws:ec2/route:Route").values()
    with_default = {item["inputs"]["routeTableId"] for item in routes}
    data = {name for name in tables if name.endswith("-data")}
    assert data
    assert not {tables[name] for name in data} & with_default
    associations = stack.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    for name, item in associations.items():
        if "-data-" in name:
            assert item["inputs"]["routeTableId"] in {tables[table] for table in data}


def test_each_private_subnet_leaves_through_a_nat_gateway(stack: Stack):
    nats = {item["id"] for item in stack.of_type("aws:ec2/natGateway:NatGateway").values()}
    ways = {
        item["inputs"]["routeTableId"]: item["inputs"].get("natGatewayId")
        for item in stack.of_type("aws:ec2/route:Route").values()
    }
    private = [
        item
        for name, item in stack.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation").items()
        if "-private-" in name
    ]
    assert private
    assert all(ways[item["inputs"]["routeTableId"]] in nats for item in private)
    assert len(nats) == (3 if stack.name == "prod" else 1)


def test_the_api_is_private_authenticated_by_entries_encrypted_and_logged(stack: Stack):
    cluster = stack.only("aws:eks/cluster:Cluster")["inputs"]
    assert cluster["accessConfig"]["authenticationMode"] == "API"
    assert cluster["vpcConfig"]["endpointPrivateAccess"] is True
    assert cluster["vpcConfig"]["endpointPublicAccess"] is False
    key = stack.of_type("aws:kms/key:Key")[f"plinth-{stack.name}-secrets"]
    assert cluster["encryptionConfig"]["provider"]["keyArn"] == key["outputs"]["arn"]
    assert len(cluster["enabledClusterLogTypes"]) == 5
    assert cluster.get("deletionProtection", False) is (stack.name == "prod")
    log_groups = {
        item["inputs"]["name"]: item["inputs"]
        for item in stack.of_type("aws:cloudwatch/logGroup:LogGroup").values()
    }
    assert log_groups[f"/aws/eks/{cluster['name']}/cluster"]["retentionInDays"] in (7, 90)
    assert stack.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")


def test_nodes_are_pinned_private_and_closed_to_their_pods(stack: Stack):
    subnets = {
        item["id"] for name, item in stack.of_type("aws:ec2/subnet:Subnet").items() if "-private-" in name
    }
    groups = stack.of_type("aws:eks/nodeGroup:NodeGroup").values()
    assert groups
    for group in groups:
        assert set(group["inputs"]["subnetIds"]) == subnets
        assert group["inputs"]["releaseVersion"].startswith(group["inputs"]["version"] + ".")
        assert group["inputs"]["capacityType"] in ("ON_DEMAND", "SPOT")
    for template in stack.of_type("aws:ec2/launchTemplate:LaunchTemplate").values():
        assert template["inputs"]["metadataOptions"] == {
            "httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1,
        }  # fmt: skip
        (disk,) = template["inputs"]["blockDeviceMappings"]
        assert disk["ebs"]["encrypted"] == "true"
        assert "imageId" not in template["inputs"]


def test_addons_are_pinned_and_wait_for_what_they_need(stack: Stack):
    addons = {item["inputs"]["addonName"]: item for item in stack.of_type("aws:eks/addon:Addon").values()}
    assert set(addons) == {
        "vpc-cni", "kube-proxy", "coredns", "metrics-server", "aws-ebs-csi-driver", "eks-pod-identity-agent",
        *([CONTAINER_INSIGHTS] if stack.name == "prod" else []),
    }  # fmt: skip
    assert all("eksbuild" in item["inputs"]["addonVersion"] for item in addons.values())
    cni = json.loads(addons["vpc-cni"]["inputs"]["configurationValues"])
    assert cni["env"]["ENABLE_PREFIX_DELEGATION"] == "true"
    groups = {item["urn"] for item in stack.of_type("aws:eks/nodeGroup:NodeGroup").values()}
    assert groups <= set(addons["coredns"]["dependencies"])
    for group in stack.of_type("aws:eks/nodeGroup:NodeGroup").values():
        assert addons["eks-pod-identity-agent"]["urn"] in group["dependencies"]


def test_at_the_first_preview_nodes_have_edges_to_cluster_and_subnets(stack: Stack):
    """What policies judge by: the recorded trap is that pulumi-eks's own node groups have none."""
    messages = "\n".join(stack.preview.diagnostics("warning"))
    assert "undecided" not in messages
    for group in stack.of_type("aws:eks/nodeGroup:NodeGroup").values():
        edges = group["propertyDependencies"]
        assert any("aws:eks/cluster:Cluster" in urn for urn in edges["clusterName"])
        assert any("aws:ec2/subnet:Subnet" in urn for urn in edges["subnetIds"])


def test_the_workload_group_is_the_one_that_eks_makes(stack: Stack):
    group = stack.outputs["workload_security_group_id"]
    assert group == stack.only("aws:eks/cluster:Cluster")["outputs"]["vpcConfig"]["clusterSecurityGroupId"]
    assert group.startswith("sg-0")


def test_no_change_no_drift_and_nothing_left(stack: Stack):
    """Last on purpose: it takes the stack down."""
    name, rehearsal = stack.name, stack.rehearsal
    rehearsal("preview", "--expect-no-changes", stack=name)
    assert set(rehearsal("refresh", stack=name).changes) <= {"same"}
    if name == "prod":
        # The option first: `Rehearsal` runs a bare `destroy` without the preview, which is what protects.
        refused = rehearsal("--color=never", "destroy", "--preview-only", stack=name, expect_exit=1)
        assert "ClusterInstance::plinth-prod-1" in refused.output
        assert "cannot be deleted" in refused.output
    destroyed = rehearsal("destroy", stack=name)
    (notice,) = re.findall("in an account, (.*) would not be deleted", destroyed.output)
    assert ("Secret plinth-dev-order-service" in notice) == (name == "dev"), (
        "a service's data outlives its stack"
    )
    assert ("Vpc" in notice or "Cluster" in notice) == (name == "prod")
    assert rehearsal.state(name) == []
