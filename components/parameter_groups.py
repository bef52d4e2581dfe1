"""Aurora's parameter groups: one for the cluster, one for its instances.

Their logical names carry the family, so that a major upgrade makes new groups beside the old ones, which go once the
cluster has left them; the names in AWS are made up, so that both can stand. There is a group for the instances even when
it says nothing: a first parameter then is a change in place, where attaching a first group would need a reboot.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from aws_facts.postgresql_parameters import PARAMETERS
from settings.database import DatabaseSettings


class DatabaseParameterGroups(pulumi.ComponentResource):
    """The parameter groups of one Aurora PostgreSQL cluster, as `settings` says."""

    cluster_group_name: pulumi.Output[str]
    instance_group_name: pulumi.Output[str]

    def __init__(self, name: str, settings: DatabaseSettings, *, opts: pulumi.ResourceOptions) -> None:
        """Register the groups of cluster `name` in the family of the settings' version."""
        super().__init__("plinth:index:DatabaseParameterGroups", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        facts = PARAMETERS[settings.family]
        label = f"{name}-{settings.family}"
        cluster = aws.rds.ClusterParameterGroup(
            label,
            family=settings.family,
            description=f"Parameters of {name}",
            parameters=[
                aws.rds.ClusterParameterGroupParameterArgs(
                    name=parameter, value=value, apply_method=facts[parameter].apply_method
                )
                for parameter, value in settings.cluster_parameters.items()
            ],
            opts=child,
        )
        instances = aws.rds.ParameterGroup(
            label,
            family=settings.family,
            description=f"Parameters of the instances of {name}",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(
                    name=parameter, value=value, apply_method=facts[parameter].apply_method
                )
                for parameter, value in sorted(settings.instance_parameters.items())
            ],
            opts=child,
        )
        self.cluster_group_name = cluster.name
        self.instance_group_name = instances.name
        self.register_outputs({})
