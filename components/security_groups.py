"""Who may open a connection to a data store: its own group, and a rule resource for each source.

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
    group: aws.ec2.SecurityGroup,
    source: pulumi.Input[str],
    port: int,
    opts: pulumi.ResourceOptions,
) -> aws.vpc.SecurityGroupIngressRule:
    """Let those who carry the group `source` connect to `port` of those who carry `group`."""
    return aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=group.id,
        description=description,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=source,
        opts=opts,
    )
