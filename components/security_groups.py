"""Who may open a connection to what: a group of its own, and a rule resource for each source or target.

Rules stand alone (`aws.vpc.SecurityGroup*Rule`), as the provider advises: rules inside a group and rules beside it undo
each other. A group without egress rules lets nothing out; answers to those who came in need none.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def closed_group(
    name: str, description: str, *, vpc_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.ec2.SecurityGroup:
    """A group that nothing enters or leaves."""
    return aws.ec2.SecurityGroup(name, vpc_id=vpc_id, description=description, tags={"Name": name}, opts=opts)


def admit(
    name: str,
    description: str,
    *,
    group: pulumi.Input[str],
    source: pulumi.Input[str],
    port: int,
    opts: pulumi.ResourceOptions,
) -> aws.vpc.SecurityGroupIngressRule:
    """Let those who carry the group `source` connect to `port` of those who carry `group`."""
    return aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=group,
        description=description,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=source,
        opts=opts,
    )


def let_out(
    name: str,
    description: str,
    *,
    group: pulumi.Input[str],
    target: pulumi.Input[str],
    port: int,
    opts: pulumi.ResourceOptions,
) -> aws.vpc.SecurityGroupEgressRule:
    """Let those who carry the group `group` connect to `port` of those who carry `target`."""
    return aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=group,
        description=description,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=target,
        opts=opts,
    )
