"""The Kubernetes cluster and its nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from aws_facts.eks import (
    ADDON_VERSIONS,
    ADDONS,
    CONTAINER_INSIGHTS,
    KUBERNETES_VERSIONS,
    NODE_RELEASES,
)
from aws_facts.instances import INSTANCE_TYPES, InstanceType
from settings.karpenter import CONTROLLERS, Karpenter, NodePool
from settings.managed_prometheus import ManagedPrometheus
from settings.network import RFC_1918, RetentionDays
from settings.nodes import InstanceTypes, NodesName, Taint, arch_problems, repel
from settings.problems import Finding, nearest, problem, problems
from settings.types import Arch, Capacity, CapacityChoice, Cidr, Once, PrincipalArn, Settings, one_of

Count = Annotated[int, Field(ge=0, le=450)]
"""EKS takes 450 nodes a managed node group (EKS user guide, "Service quotas")."""


class NodeGroup(Settings):
    """A managed node group."""

    capacity: CapacityChoice
    """`on-demand` or `spot`."""

    arch: Arch = "amd64"
    """The architecture of its nodes, and so of the images that run on them."""

    instance_types: InstanceTypes
    """Types of one size. Several make spot capacity easier to get."""

    min: Count
    """The nodes that run by themselves; the capacity budget counts on these."""

    max: Count
    """The most nodes that an autoscaler may start. The stack brings none yet."""

    disk_gib: Annotated[int, Field(ge=20, le=16384)] = 50
    """The root volume in GiB."""

    labels: Mapping[str, str] = {}
    """Labels of its nodes, beside those that EKS gives."""

    taints: Once[Taint] = ()

    release_version: str | None = None
    """The node image, such as `1.35.6-20260714`; the pinned one of the Kubernetes version unless said."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = list(arch_problems(self.types, self.arch))
        if self.max < self.desired:
            found.append(
                Finding(
                    "max",
                    f"{self.max} is less than {self.desired}, so EKS would refuse the group. Raise max.",
                )
            )
        if found:
            raise problems(found)
        return self

    @property
    def types(self) -> list[InstanceType]:
        return [INSTANCE_TYPES[name] for name in self.instance_types]

    @property
    def capacities(self) -> frozenset[Capacity]:
        return frozenset({self.capacity})

    @property
    def repels(self) -> bool:
        return repel(self.taints)

    @property
    def desired(self) -> int:
        """Nodes at the start; an autoscaler moves the number afterwards."""
        return max(self.min, 1)


class ClusterSettings(Settings):
    """One EKS cluster."""

    version: Annotated[str, Field(examples=["'1.35'"])]
    """The Kubernetes minor version, in quotes."""

    admins: Annotated[Mapping[str, PrincipalArn], Field(min_length=1)]
    """IAM roles that administer the cluster, by a name of your choice."""

    node_groups: Annotated[Mapping[NodesName, NodeGroup], Field(min_length=1)]

    karpenter: Karpenter | None = None
    """Nodes that are started as pods need them, beside those of the groups; none unless said."""

    endpoint_public_cidrs: Once[Cidr] = ()
    """Networks from which the API is reached over the internet; none means from inside the VPC only."""

    service_cidr: Cidr | None = None
    """The range of Kubernetes services; EKS chooses one outside the VPC unless said."""

    log_retention_days: RetentionDays = 90
    """Days for which logs of the control plane and of containers are kept."""

    container_insights: bool = True
    """Containers' logs and metrics go to CloudWatch, and services have alarms on them. Billed by what is sent."""

    managed_prometheus: ManagedPrometheus | None = None
    """Amazon Managed Service for Prometheus reads the services' metrics; it does not unless said. Billed by what is read."""

    prefix_delegation: bool = True
    """Nodes take /28 prefixes in place of single addresses, and so many more pods (VPC CNI)."""

    deletion_protection: bool = False
    """EKS refuses to delete the cluster until this is off again."""

    addons: Mapping[str, str] = {}
    """Versions of EKS add-ons; those not said are the pinned ones of the Kubernetes version."""

    @field_validator("version", mode="before")
    @classmethod
    def _version(cls, version: object) -> str:
        if isinstance(version, float):
            raise problem(
                f"{version} is a number to YAML, to which 1.30 would be 1.3. Write it in quotes, like '{version}'."
            )
        return one_of(
            version, KUBERNETES_VERSIONS, "Kubernetes version on EKS", "EKS would refuse the cluster"
        )

    @field_validator("endpoint_public_cidrs")
    @classmethod
    def _public(cls, cidrs: tuple[IPv4Network, ...]) -> tuple[IPv4Network, ...]:
        # Two halves of the internet are as open as the whole.
        if wide := [cidr for cidr in cidrs if cidr.prefixlen < 8]:
            raise problem(
                f"{wide[0]} opens the Kubernetes API to the internet (incident cluster-access). "
                "List the networks of your offices and runners, or nothing."
            )
        return cidrs

    @model_validator(mode="after")
    def _pins(self) -> Self:
        found = [
            *self._addon_problems(),
            *self._release_problems(),
            *self._service_cidr_problems(),
            *self._karpenter_problems(),
        ]
        if found:
            raise problems(found)
        return self

    def _addon_problems(self) -> Iterator[Finding]:
        for addon, version in self.addons.items():
            if addon not in ADDONS:
                yield Finding(
                    f"addons.{addon}",
                    f"no add-on of this stack, so it would be ignored. {nearest(addon, ADDONS)}",
                )
            elif not re.fullmatch(r"v\d+\.\d+\.\d+-eksbuild\.\d+", version):
                yield Finding(
                    f"addons.{addon}",
                    f"{version!r} is no version of an add-on, so EKS would refuse it. Write one like 'v1.22.4-eksbuild.3'.",
                )
        if missing := [addon for addon in self.addon_names if addon not in self.addon_versions]:
            yield Finding(
                "addons",
                f"none is pinned for Kubernetes {self.version}, so add-ons would move by themselves. "
                f"Name a version of {', '.join(missing)}.",
            )

    def _release_problems(self) -> Iterator[Finding]:
        for name, group in self.node_groups.items():
            release = group.release_version or NODE_RELEASES.get(self.version)
            if release is None or not re.fullmatch(re.escape(self.version) + r"\.\d+-\d{8}", release):
                yield Finding(
                    f"node_groups.{name}.release_version",
                    f"{release or 'nothing'} is no node image of Kubernetes {self.version}, so EKS would refuse the group. "
                    f"Write a release of amazon-eks-ami, like '{self.version}.1-20260714'.",
                )

    def _service_cidr_problems(self) -> Iterator[Finding]:
        cidr = self.service_cidr
        if cidr and not (12 <= cidr.prefixlen <= 24 and any(cidr.subnet_of(private) for private in RFC_1918)):
            yield Finding(
                "service_cidr",
                f"{cidr} is not between /12 and /24 within RFC 1918, so EKS would refuse the cluster. Write 172.20.0.0/16.",
            )

    def _karpenter_problems(self) -> Iterator[Finding]:
        if not self.karpenter:
            return
        for name in sorted(self.karpenter.node_pools.keys() & self.node_groups.keys()):
            yield Finding(
                f"karpenter.node_pools.{name}",
                "is the name of a node group, too, so nobody could tell their nodes apart. Rename one of them.",
            )
        there = sum(group.desired for group in self.open_node_groups.values())
        if there < CONTROLLERS:
            yield Finding(
                "karpenter",
                f"its {CONTROLLERS} controllers run on managed nodes, each on its own, and groups without a taint "
                f"have {there} of them, so a controller would stay Pending. Raise `min` of a node group.",
            )

    @property
    def open_node_groups(self) -> Mapping[str, NodeGroup]:
        """The managed groups that services may run on."""
        return {name: group for name, group in self.node_groups.items() if not group.repels}

    @property
    def addon_names(self) -> list[str]:
        """The add-ons that the cluster has."""
        return [addon for addon in ADDONS if self.container_insights or addon != CONTAINER_INSIGHTS]

    @property
    def open_nodes(self) -> Mapping[str, NodeGroup | NodePool]:
        """The groups and pools that services may run on."""
        nodes = {**self.node_groups, **(self.karpenter.node_pools if self.karpenter else {})}
        return {name: there for name, there in nodes.items() if not there.repels}

    @property
    def addon_versions(self) -> Mapping[str, str]:
        """The version of each add-on."""
        return {**ADDON_VERSIONS.get(self.version, {}), **self.addons}

    def release_version(self, group: NodeGroup) -> str:
        """The node image of `group`."""
        return group.release_version or NODE_RELEASES[self.version]

    def image_version(self, pool: NodePool) -> str:
        """The release of the node image of `pool`, from the same day as the groups'."""
        return pool.image_version or f"v{NODE_RELEASES[self.version].rpartition('-')[2]}"
