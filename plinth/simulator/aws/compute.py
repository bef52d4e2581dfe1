"""EC2's network and instances, and EKS."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, joined, of_input, prefixed, text
from plinth.simulator.aws.placement import vpc_of_subnets
from plinth.simulator.creation import ACCOUNT, CREATED, Computed, Creation, Kind

ID_PREFIXES = {
    "aws:ec2/vpc:Vpc": "vpc",
    "aws:ec2/defaultVpc:DefaultVpc": "vpc",
    "aws:ec2/subnet:Subnet": "subnet",
    "aws:ec2/securityGroup:SecurityGroup": "sg",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "sg",
    "aws:ec2/securityGroupRule:SecurityGroupRule": "sgrule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "sgr",
    "aws:ec2/internetGateway:InternetGateway": "igw",
    "aws:ec2/natGateway:NatGateway": "nat",
    "aws:ec2/eip:Eip": "eipalloc",
    "aws:ec2/routeTable:RouteTable": "rtb",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc",
    "aws:ec2/networkAcl:NetworkAcl": "acl",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "pcx",
    "aws:ec2/flowLog:FlowLog": "fl",
    "aws:ec2/launchTemplate:LaunchTemplate": "lt",
    "aws:ec2/instance:Instance": "i",
    "aws:ec2/networkInterface:NetworkInterface": "eni",
    "aws:ec2transitgateway/transitGateway:TransitGateway": "tgw",
    "aws:ebs/volume:Volume": "vol",
}

LATEST_KUBERNETES = "1.34"
"""What EKS takes when the program names no version."""


def vpc(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "arn": arn(creation, f"vpc/{id_}"),
        "defaultSecurityGroupId": f"sg-0{creation.hex(16, 'security group')}",
        "defaultRouteTableId": f"rtb-0{creation.hex(16, 'route table')}",
        "mainRouteTableId": f"rtb-0{creation.hex(16, 'route table')}",
        "defaultNetworkAclId": f"acl-0{creation.hex(16, 'acl')}",
        "dhcpOptionsId": f"dopt-0{creation.hex(16, 'dhcp')}",
    }


def subnet(creation: Creation, id_: str) -> Mapping[str, Any]:
    zone = creation.inputs.get("availabilityZone") or f"{creation.region}{'abc'[creation.number(3, 'zone')]}"
    return {
        "arn": arn(creation, f"subnet/{id_}"),
        "availabilityZone": zone,
        "availabilityZoneId": f"az-{str(zone)[-1:]}",
    }


def elastic_ip(creation: Creation, id_: str) -> Mapping[str, Any]:
    # 203.0.113.0/24 is for documentation (RFC 5737): no rehearsal shows an address that somebody owns.
    address = f"203.0.113.{1 + creation.number(254, 'address')}"
    return {"arn": arn(creation, f"elastic-ip/{id_}"), "allocationId": id_, "publicIp": address}


def nat_gateway(creation: Creation, _id: str) -> Mapping[str, Any]:
    return {
        "publicIp": f"203.0.113.{1 + creation.number(254, 'address')}",
        "privateIp": f"10.0.0.{1 + creation.number(254, 'private')}",
        "networkInterfaceId": f"eni-0{creation.hex(16, 'interface')}",
    }


def endpoint(creation: Creation, id_: str) -> Mapping[str, Any]:
    names = [
        f"{id_}-{creation.hex(8, 'dns')}.{text(creation, 'serviceName').rpartition('.')[2]}.vpce.amazonaws.com"
    ]
    interface = creation.inputs.get("vpcEndpointType") == "Interface"
    return {
        "arn": arn(creation, f"vpc-endpoint/{id_}"),
        "state": "available",
        "dnsEntries": [
            {"dnsName": name, "hostedZoneId": f"Z{creation.hex(13, 'zone').upper()}"} for name in names
        ]
        if interface
        else [],
        "prefixListId": "" if interface else f"pl-{creation.hex(8, 'prefix list')}",
    }


def launch_template(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, f"launch-template/{id_}"), "latestVersion": 1, "defaultVersion": 1}


def launch_template_version(creation: Creation, old: Mapping[str, Any]) -> Mapping[str, Any]:
    """Every change makes a new version."""
    version = int(old.get("latestVersion") or 1) + 1
    moves = creation.inputs.get("updateDefaultVersion") is True
    return {"latestVersion": version, **({"defaultVersion": version} if moves else {})}


def cluster(creation: Creation, id_: str) -> Mapping[str, Any]:
    """EKS user guide, "Cluster endpoint": the endpoint's form; the certificate authority here is none."""
    key = creation.hex(32, "endpoint").upper()
    oidc = f"https://oidc.eks.{creation.region}.amazonaws.com/id/{key}"
    given: Any = creation.inputs.get("vpcConfig")
    subnets = given.get("subnetIds") if isinstance(given, dict) else None  # pyright: ignore
    vpc_config: dict[str, Any] = {
        "endpointPublicAccess": True,
        "endpointPrivateAccess": False,
        "vpcId": Computed(vpc_of_subnets(creation, subnets) or f"vpc-0{creation.hex(16, 'vpc')}"),
        **(given if isinstance(given, dict) else {}),
        "clusterSecurityGroupId": Computed(f"sg-0{creation.hex(16, 'security group')}"),
    }
    authority = base64.b64encode(f"simulated certificate authority of {creation.name}".encode()).decode()
    return {
        "arn": arn(creation, f"cluster/{id_}"),
        "endpoint": f"https://{key}.gr7.{creation.region}.eks.amazonaws.com",
        "certificateAuthority": {"data": Computed(authority)},
        "certificateAuthorities": [{"data": Computed(authority)}],
        "identities": [{"oidcs": [{"issuer": Computed(oidc)}]}],
        "vpcConfig": vpc_config,
        "version": creation.inputs.get("version") or Computed(LATEST_KUBERNETES),
        "platformVersion": "eks.1",
        "status": "ACTIVE",
        "createdAt": CREATED,
    }


def node_group(creation: Creation, _id: str) -> Mapping[str, Any]:
    cluster_name, name = text(creation, "clusterName"), text(creation, "nodeGroupName")
    return {
        "arn": arn(creation, f"nodegroup/{cluster_name}/{name}/{creation.hex(8, 'arn')}"),
        "status": "ACTIVE",
        "resources": [{"autoscalingGroups": [{"name": Computed(f"eks-{name}-{creation.hex(8, 'group')}")}]}],
    }


def addon(creation: Creation, id_: str) -> Mapping[str, Any]:
    cluster_name, _, name = id_.partition(":")
    return {
        "arn": arn(creation, f"addon/{cluster_name}/{name}/{creation.hex(8, 'arn')}"),
        "createdAt": CREATED,
    }


def pod_identity(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "associationId": id_,
        "associationArn": arn(creation, f"podidentityassociation/{text(creation, 'clusterName')}/{id_}"),
    }


def security_group(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, f"security-group/{id_}")}


def security_group_rule(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, f"security-group-rule/{id_}"), "securityGroupRuleId": id_}


KINDS: Mapping[str, Kind] = {
    **{type_: Kind(prefixed(prefix), autoname="name") for type_, prefix in ID_PREFIXES.items()},
    "aws:ec2/vpc:Vpc": Kind(
        prefixed("vpc"),
        vpc,
        {"enableDnsSupport": True, "enableDnsHostnames": False, "instanceTenancy": "default"},
    ),
    "aws:ec2/subnet:Subnet": Kind(
        prefixed("subnet"), subnet, {"mapPublicIpOnLaunch": False, "assignIpv6AddressOnCreation": False}
    ),
    "aws:ec2/eip:Eip": Kind(prefixed("eipalloc"), elastic_ip),
    "aws:ec2/natGateway:NatGateway": Kind(prefixed("nat"), nat_gateway, {"connectivityType": "public"}),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Kind(prefixed("vpce"), endpoint, {"vpcEndpointType": "Gateway"}),
    "aws:ec2/launchTemplate:LaunchTemplate": Kind(
        prefixed("lt"), launch_template, revised=launch_template_version
    ),
    "aws:ec2/securityGroup:SecurityGroup": Kind(
        prefixed("sg"), security_group, {"description": "Managed by Pulumi", "revokeRulesOnDelete": False}
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Kind(prefixed("sgr"), security_group_rule),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Kind(prefixed("sgr"), security_group_rule),
    "aws:ec2/route:Route": Kind(
        lambda creation: f"r-{text(creation, 'routeTableId')}{creation.number(2**31, 'route')}",
        lambda _creation, _id: {"origin": "CreateRoute", "state": "active"},
    ),
    "aws:eks/cluster:Cluster": Kind(
        of_input("name"), cluster, {"bootstrapSelfManagedAddons": True}, unique=True
    ),
    "aws:eks/nodeGroup:NodeGroup": Kind(
        joined(":", "clusterName", "nodeGroupName"),
        node_group,
        {"capacityType": "ON_DEMAND"},
        "nodeGroupName",
        unique=True,
    ),
    "aws:eks/addon:Addon": Kind(joined(":", "clusterName", "addonName"), addon, unique=True),
    "aws:eks/accessEntry:AccessEntry": Kind(
        joined(":", "clusterName", "principalArn"),
        lambda creation, _id: {
            "accessEntryArn": arn(creation, f"access-entry/{creation.hex(32)}"),
            "createdAt": CREATED,
        },
        {"type": "STANDARD"},
        unique=True,
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Kind(
        joined("#", "clusterName", "principalArn", "policyArn")
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Kind(
        lambda creation: f"a-{creation.hex(17)}", pod_identity
    ),
    "aws:autoscaling/group:Group": Kind(
        of_input("name"),
        lambda creation, id_: {
            "arn": f"arn:aws:autoscaling:{creation.region}:{ACCOUNT}:autoScalingGroup:{id_}:autoScalingGroupName/{id_}"
        },
    ),
}
