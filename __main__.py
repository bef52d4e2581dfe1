"""The stack's table of contents: settings, then what they say, from the network upwards."""

import pulumi
import pulumi_aws as aws

from components.cluster import Cluster
from components.network import Network
from components.stack_file import read_stack_file

settings = read_stack_file()
name = f"{pulumi.get_project()}-{pulumi.get_stack()}"

provider = aws.Provider("aws", region=settings.region, default_tags={"tags": settings.tags})
placed = pulumi.ResourceOptions(provider=provider)

network = Network(name, settings.network, region=settings.region, opts=placed)
cluster = Cluster(name, settings.cluster, network=network, tags=settings.tags, opts=placed)

pulumi.export("vpc_id", network.vpc_id)
pulumi.export("cluster_name", cluster.cluster_name)
pulumi.export("cluster_endpoint", cluster.endpoint)
pulumi.export("workload_security_group_id", cluster.workload_security_group_id)
pulumi.export("kubeconfig", cluster.kubeconfig)
