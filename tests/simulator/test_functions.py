"""What programs look up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plinth.simulator import functions
from plinth.simulator.cloud import Cloud, Record
from plinth.simulator.errors import Refused

VPC = "aws:ec2/vpc:Vpc"
GET_VPC = "aws:ec2/getVpc:getVpc"


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path)


def test_an_unknown_look_up_names_itself_and_the_remedy(cloud: Cloud) -> None:
    with pytest.raises(Refused, match=r"aws:glue/getScript:getScript .*stack's configuration"):
        functions.call("aws:glue/getScript:getScript", {}, cloud, "us-east-1")


def test_a_vpc_is_found_by_id_and_tags(cloud: Cloud) -> None:
    cloud.put(
        Record(
            VPC, "vpc-1", f"urn:pulumi:p::m::{VPC}::a", {"tags": {"Name": "a"}, "cidrBlock": "10.0.0.0/16"}
        )
    )
    cloud.put(Record(VPC, "vpc-2", f"urn:pulumi:p::m::{VPC}::b", {"tags": {"Name": "b"}}))
    assert functions.call(GET_VPC, {"tags": {"Name": "b"}}, cloud, "us-east-1")["id"] == "vpc-2"
    assert functions.call(GET_VPC, {"id": "vpc-1"}, cloud, "us-east-1")["cidrBlock"] == "10.0.0.0/16"
    with pytest.raises(Refused, match="no matching EC2 VPC found"):
        functions.call(GET_VPC, {"id": "vpc-3"}, cloud, "us-east-1")


ZONE = "aws:route53/zone:Zone"
GET_ZONE = "aws:route53/getZone:getZone"


def test_a_zone_is_the_program_s_own_or_one_that_was_there_before(cloud: Cloud) -> None:
    cloud.put(Record(ZONE, "Z1", f"urn:pulumi:p::m::{ZONE}::a", {"name": "example.com.", "zoneId": "Z1"}))
    cloud.put(
        Record(ZONE, "Z2", f"urn:pulumi:p::m::{ZONE}::b", {"name": "example.com", "vpcs": [{"vpcId": "v"}]})
    )
    for arguments, zone_id in (
        ({"name": "example.com"}, "Z1"),
        ({"name": "Example.com.", "privateZone": True}, "Z2"),
        ({"zoneId": "Z2"}, "Z2"),
    ):
        found = functions.call(GET_ZONE, arguments, cloud, "us-east-1")
        assert (found["id"], found["name"]) == (zone_id, "example.com")
    older = functions.call(GET_ZONE, {"name": "example.net"}, cloud, "us-east-1")
    assert older == functions.call(GET_ZONE, {"name": "example.net."}, cloud, "eu-west-1")
    assert older["name"] == "example.net"
    assert older["arn"] == f"arn:aws:route53:::hostedzone/{older['zoneId']}"
    assert len(older["nameServers"]) == 4
    with pytest.raises(Refused, match=r"no matching Route 53 Hosted Zone found: .*Z3.* ask by name"):
        functions.call(GET_ZONE, {"zoneId": "Z3"}, cloud, "us-east-1")


def test_a_region_of_its_own_wins_over_the_provider_s(cloud: Cloud) -> None:
    zones = functions.call(
        "aws:index/getAvailabilityZones:getAvailabilityZones", {"region": "eu-west-1"}, cloud, "x"
    )
    assert zones["names"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def test_a_policy_document(cloud: Cloud) -> None:
    arguments = {
        "statements": [
            {
                "sid": "Assume",
                "actions": ["sts:AssumeRole"],
                "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}],
                "conditions": [
                    {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["123456789012"]}
                ],
            }
        ]
    }
    answer = functions.call("aws:iam/getPolicyDocument:getPolicyDocument", arguments, cloud, "us-east-1")
    assert (
        json.loads(answer["json"])
        == json.loads(answer["minifiedJson"])
        == {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Assume",
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"Service": "ec2.amazonaws.com"},
                    "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
                }
            ],
        }
    )


def test_a_policy_document_has_the_same_id_in_every_run(cloud: Cloud) -> None:
    answer = functions.call(
        "aws:iam/getPolicyDocument:getPolicyDocument", {"statements": []}, cloud, "us-east-1"
    )
    assert answer["id"] == "1874026628"
