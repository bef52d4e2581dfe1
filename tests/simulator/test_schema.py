"""The installed SDK's classes tell what a resource type takes and gives."""

from __future__ import annotations

import pytest

from plinth.simulator import aws, packages, replacements
from plinth.simulator import schema as schemas
from plinth.simulator.schema import default_of


def known(token: str) -> schemas.Resource:
    found = schemas.resource(token)
    assert found, token
    return found


def test_inputs_and_outputs_of_a_vpc() -> None:
    vpc = known("aws:ec2/vpc:Vpc")
    assert vpc.inputs["cidrBlock"].type.kind == "string"
    assert vpc.inputs["enableDnsSupport"].type.kind == "boolean"
    assert vpc.inputs["tags"].type.kind == "map"
    assert "arn" not in vpc.inputs
    assert vpc.outputs["defaultSecurityGroupId"].type.kind == "string"


@pytest.mark.parametrize(
    ("token", "required"),
    [
        ("aws:ec2/subnet:Subnet", {"vpcId"}),
        ("aws:eks/cluster:Cluster", {"roleArn", "vpcConfig"}),
        ("random:index/randomPassword:RandomPassword", {"length"}),
        ("kubernetes:apps/v1:Deployment", {"spec"}),
    ],
)
def test_required_inputs(token: str, required: set[str]) -> None:
    inputs = known(token).inputs
    assert {name for name in inputs if inputs[name].required} == required


def test_nested_types_have_wire_names() -> None:
    config = known("aws:eks/cluster:Cluster").inputs["vpcConfig"].type
    assert config.kind == "object"
    assert config.properties["subnetIds"].required
    assert config.properties["subnetIds"].type.element == schemas.Type("string")
    assert "clusterSecurityGroupId" in config.properties


def test_a_deployment_s_pod_template_is_typed_down_to_the_container() -> None:
    spec = known("kubernetes:apps/v1:Deployment").inputs["spec"].type.properties
    pod = spec["template"].type.properties["spec"].type.properties
    container = pod["containers"].type.element
    assert container
    assert container.properties["name"].required
    assert "imagePullPolicy" in container.properties


def test_a_type_that_the_sdk_does_not_have() -> None:
    assert schemas.resource("aws:ec2/vqc:Vqc") is None
    assert schemas.resource("nosuchpackage:index:Thing") is None


def test_every_type_and_property_in_the_tables_exists() -> None:
    wrong = [token for token in (*replacements.AWS, *aws.KINDS) if schemas.resource(token) is None]
    wrong += [
        f"{token} {path}"
        for token, paths in replacements.AWS.items()
        for path in paths
        if path.split(".")[0] not in known(token).inputs
    ]
    wrong += [
        f"{token} {name}"
        for token, kind in aws.KINDS.items()
        for name in kind.defaults
        if name not in known(token).inputs
    ]
    wrong += [
        f"{token} {path}"
        for token in (
            "kubernetes:apps/v1:StatefulSet",
            "kubernetes:batch/v1:Job",
            "kubernetes:core/v1:Service",
        )
        for path in replacements.replacing(token)
        if path.split(".")[0] not in known(token).inputs
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "kind", "default"),
    [
        ("Whether to do so. Defaults to `true`.", "boolean", True),
        ("Whether to do so. Default is `false`", "boolean", False),
        ("Days to retain backups for. Default `1`", "integer", 1),
        ("Tenancy. Default is `default`, which...", "string", "default"),
        ("Size in GiB. Defaults to `50` for Windows, `20` for others.", "integer", None),
        ("Valid values are `a`, `b`.", "string", None),
        ("Defaults to `7` days.", "boolean", None),
    ],
)
def test_defaults_in_the_documentation(text: str, kind: str, default: object) -> None:
    assert default_of(text, kind) == default


def test_a_custom_resource_is_declared_in_its_cluster() -> None:
    assert packages.is_declared_elsewhere("kubernetes:karpenter.sh/v1:NodePool")
    assert not packages.is_declared_elsewhere("kubernetes:apps/v1:Deploymint")
    assert not packages.is_declared_elsewhere("aws:ec2/vpc:Vpc")
