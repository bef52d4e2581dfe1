"""What providers refuse before anything is planned, in their words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinth.simulator import schema as schemas
from plinth.simulator.check import failures, fits
from plinth.simulator.values import UNKNOWN, Secret

SUBNET = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}


def refusals(token: str, inputs: dict[str, Any]) -> list[str]:
    declared = schemas.resource(token)
    assert declared
    found = failures(inputs, declared.inputs, kubernetes=token.startswith("kubernetes:"))
    return [failure.about("main") for failure in found]


def test_what_is_right_is_not_refused() -> None:
    assert refusals("aws:ec2/subnet:Subnet", {**SUBNET, "tags": {"a": "b"}, "__defaults": []}) == []


def test_unknown_values_are_of_any_type() -> None:
    assert (
        refusals("aws:ec2/subnet:Subnet", {"vpcId": UNKNOWN, "mapPublicIpOnLaunch": UNKNOWN, "tags": UNKNOWN})
        == []
    )


def test_a_missing_property() -> None:
    assert refusals("aws:ec2/subnet:Subnet", {}) == [
        (
            'Missing required argument. The argument "vpc_id" is required, but no definition was found.. '
            "Examine values at 'main.vpcId'."
        )
    ]


def test_a_missing_nested_property_is_named_by_its_path() -> None:
    found = refusals("aws:eks/cluster:Cluster", {"roleArn": "r", "vpcConfig": {"endpointPublicAccess": True}})
    assert len(found) == 1
    assert "Examine values at 'main.vpcConfig.subnetIds'" in found[0]


def test_an_unknown_property_comes_with_the_nearest_name() -> None:
    assert refusals("aws:ec2/subnet:Subnet", {**SUBNET, "cidrBlok": "x"}) == [
        "Invalid or unknown key. Examine values at 'main.cidrBlok'. Did you mean 'cidrBlock'?"
    ]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"cidrBlock": ["x"]}, 'expected string type, got ["x"] of type []'),
        ({"mapPublicIpOnLaunch": "yes"}, 'expected boolean type, got "yes" of type string'),
        ({"ipv4NetmaskLength": "many"}, 'expected integer type, got "many" of type string'),
        ({"tags": "x"}, 'expected object type, got "x" of type string'),
        ({"tags": {"a": {}}}, "expected string type, got {} of type object. Examine values at 'main.tags.a'"),
    ],
)
def test_a_wrong_type(inputs: dict[str, Any], words: str) -> None:
    found = refusals("aws:ec2/subnet:Subnet", {**SUBNET, **inputs})
    assert len(found) == 1
    assert words in found[0]


def test_the_bridge_converts_between_texts_and_numbers() -> None:
    assert (
        refusals("aws:ec2/subnet:Subnet", {**SUBNET, "ipv4NetmaskLength": "24", "availabilityZone": 1}) == []
    )


def test_a_secret_of_the_wrong_type_is_not_shown() -> None:
    found = refusals(
        "aws:rds/instance:Instance", {"instanceClass": "db.t4g.micro", "password": Secret(["hunter2"])}
    )
    assert found == [
        "expected string type, got secret(<redacted>) of type []. Examine values at 'main.password'."
    ]


def test_kubernetes_speaks_with_the_api_server_s_words() -> None:
    deployment: dict[str, Any] = {"spec": {"replica": 1, "selector": {}, "template": {}}}
    assert refusals("kubernetes:apps/v1:Deployment", deployment) == [
        "strict decoding error: unknown field \"spec.replica\". Did you mean 'replicas'?"
    ]
    del deployment["spec"]["replica"], deployment["spec"]["selector"]
    assert refusals("kubernetes:apps/v1:Deployment", deployment) == ["spec.selector: Required value"]


@given(st.one_of(st.integers(), st.booleans(), st.text(), st.floats(allow_nan=False, allow_infinity=False)))
def test_every_scalar_can_become_a_text(value: Any) -> None:
    assert fits(value, "string")
    assert not fits(value, "array")


@given(st.integers(-(2**60), 2**60))
def test_every_integer_fits_numbers_as_itself_and_as_text(value: int) -> None:
    assert all(fits(form, kind) for form in (value, str(value)) for kind in ("integer", "number"))
