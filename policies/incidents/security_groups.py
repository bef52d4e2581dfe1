"""Who carries which security group, at preview and when ids are known.

Sources: EKS user guide, "View Amazon EKS security group requirements for clusters" (managed nodes carry the group that EKS
makes for the cluster) and "Customize managed nodes with launch templates" (groups of a launch template stand in its
place).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from incidents.graph import Graph, Resource
from incidents.ingress_rules import GROUP_TYPES, Ingress
from incidents.references import is_said, referred, values_at
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

EKS_CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
FARGATE_PROFILE = "aws:eks/fargateProfile:FargateProfile"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"

DATA_STORES: Mapping[str, str] = {
    "aws:dax/cluster:Cluster": "securityGroupIds",
    "aws:docdb/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:elasticache/cluster:Cluster": "securityGroupIds",
    "aws:elasticache/replicationGroup:ReplicationGroup": "securityGroupIds",
    "aws:elasticache/serverlessCache:ServerlessCache": "securityGroupIds",
    "aws:memorydb/cluster:Cluster": "securityGroupIds",
    "aws:neptune/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:rds/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:rds/instance:Instance": "vpcSecurityGroupIds",
    "aws:rds/proxy:Proxy": "vpcSecurityGroupIds",
    "aws:redshift/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:redshiftserverless/workgroup:Workgroup": "securityGroupIds",
}
"""Where each data store lists the groups that it carries."""

CLIENTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "aws:amp/scraper:Scraper": (("source", "eks", "securityGroupIds"),),
    "aws:apprunner/vpcConnector:VpcConnector": (("securityGroups",),),
    "aws:batch/computeEnvironment:ComputeEnvironment": (("computeResources", "securityGroupIds"),),
    "aws:codebuild/project:Project": (("vpcConfig", "securityGroupIds"),),
    "aws:dms/replicationInstance:ReplicationInstance": (("vpcSecurityGroupIds",),),
    "aws:ec2/instance:Instance": (("vpcSecurityGroupIds",),),
    "aws:ec2/launchConfiguration:LaunchConfiguration": (("securityGroups",),),
    LAUNCH_TEMPLATE: (("vpcSecurityGroupIds",), ("networkInterfaces", "securityGroups")),
    "aws:ec2/networkInterface:NetworkInterface": (("securityGroups",),),
    "aws:ecs/service:Service": (("networkConfiguration", "securityGroups"),),
    "aws:glue/connection:Connection": (("physicalConnectionRequirements", "securityGroupIdLists"),),
    "aws:lambda/function:Function": (("vpcConfig", "securityGroupIds"),),
    "aws:rds/proxy:Proxy": (("vpcSecurityGroupIds",),),
}
"""Where that which opens connections to data stores lists the groups that it carries."""

CLIENT_KINDS: Mapping[str, tuple[str, ...]] = {
    "ENIConfig": ("spec", "securityGroups"),
    "SecurityGroupPolicy": ("spec", "securityGroups", "groupIds"),
}
"""Kubernetes objects by which the VPC CNI gives groups to pods (EKS best practices, "Security groups per pod")."""

NODES = {
    EKS_CLUSTER,
    NODE_GROUP,
    FARGATE_PROFILE,
    LAUNCH_TEMPLATE,
    "aws:ec2/launchConfiguration:LaunchConfiguration",
}
"""What makes a cluster's nodes."""

COMPUTE = {*NODES, "aws:ec2/instance:Instance", "aws:ecs/service:Service"}
"""What runs workloads. A stack that has none, but a Lambda or a proxy, may have its nodes elsewhere."""

SELECTING_KINDS = {"EC2NodeClass", "NodeClass"}
"""Karpenter's and Auto Mode's node classes (Karpenter, "NodeClasses": the terms of `securityGroupSelectorTerms`)."""


@dataclass(frozen=True, order=True)
class Group:
    """A security group's identity: the urn of one of the stack or of the EKS cluster that has it, or a literal id."""

    key: str
    label: str

    def __str__(self) -> str:
        return self.label

    @property
    def is_foreign(self) -> bool:
        return not self.key.startswith("urn:")


Slot = frozenset[Group]
"""The groups that one place of a property may name: several where a preview cannot tell which."""


@dataclass(frozen=True)
class Client:
    """Something that opens connections to data stores: the groups that it carries, or why they are not known."""

    resource: Resource
    slots: list[Slot] = field(default_factory=list[Slot])
    question: str = ""


class SecurityGroups:
    """Answers about all groups of one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    @cached_property
    def stores(self) -> Mapping[Group, list[Resource]]:
        """The data stores that carry, or may carry, each group. Those whose groups cannot be followed are left out."""
        found: dict[Group, list[Resource]] = {}
        for store in self._graph.of_type(*sorted(DATA_STORES)):
            try:
                groups = frozenset[Group]().union(*self.of_store(store))
            except Undecided:
                continue
            for group in groups:
                found.setdefault(group, []).append(store)
        return found

    def of_store(self, store: Resource) -> list[Slot]:
        """The groups that a data store carries. Raises `Undecided`."""
        return self._named(store, DATA_STORES[store.type])

    def is_carried(self, group: Group) -> bool:
        """Whether something that opens connections carries the group. Raises `Undecided`."""
        if frozenset({group}) in self._slots_of_clients:
            return True
        if group.is_foreign:
            raise Undecided(f"who carries {group} is not known")
        if any(group in slot for slot in self._slots_of_clients):
            raise Undecided(f"whether nodes carry {group} is not known at preview")
        questions = [client.question for client in self._clients if client.question]
        if not any(client.resource.type in COMPUTE for client in self._clients):
            questions.append(f"this stack makes no nodes, so who carries {group} is not known")
        if questions:
            raise Undecided(questions[0])
        return False

    @property
    def of_nodes(self) -> list[Group]:
        """The groups that the stack's nodes are certain to carry."""
        slots = [slot for client in self._clients if client.resource.type in NODES for slot in client.slots]
        return sorted({group for slot in slots if len(slot) == 1 for group in slot})

    @cached_property
    def _slots_of_clients(self) -> set[Slot]:
        return {slot for client in self._clients for slot in client.slots}

    @cached_property
    def _clients(self) -> list[Client]:
        found: list[Client] = []
        for resource in self._graph.resources:
            if str(resource.peek("kind")) in SELECTING_KINDS:
                found.append(self._selected_by(resource))
                continue
            try:
                slots = self._of_client(resource)
            except Undecided as undecided:
                found.append(Client(resource, question=str(undecided)))
                continue
            if slots is not None:
                found.append(Client(resource, slots))
        return found

    def _of_client(self, client: Resource) -> list[Slot] | None:
        """The groups that a client of data stores carries; None for any other resource. Raises `Undecided`."""
        if client.type in CLIENTS:
            return [slot for path in CLIENTS[client.type] for slot in self._named(client, *path)]
        if client.type in (NODE_GROUP, FARGATE_PROFILE):
            return self._of_nodes(client)
        if client.type == EKS_CLUSTER:
            return [frozenset({eks_group(client)})] if has_auto_mode(client) else None
        kind = str(client.peek("kind")) if client.type.startswith("kubernetes:") else ""
        if kind in CLIENT_KINDS:
            return self._named(client, *CLIENT_KINDS[kind])
        return None

    def _selected_by(self, node_class: Resource) -> Client:
        """Groups by their ids, and the stack's groups by their tags; of these AWS may know more."""
        terms = [as_dict(term) for term in as_list(node_class.peek("spec", "securityGroupSelectorTerms"))]
        ids = [term["id"] for term in terms if "id" in term]
        tagged = [
            frozenset({self._of(group)})
            for group in self._graph.of_type(*GROUP_TYPES)
            if any(has_tags(group, term.get("tags")) for term in terms)
        ]
        is_open = not terms or len(ids) < len(terms)
        question = f"{node_class} selects the security groups of its nodes by tags" if is_open else ""
        try:
            return Client(node_class, [*self._slots(node_class, "spec", ids), *tagged], question)
        except Undecided as undecided:
            return Client(node_class, tagged, str(undecided))

    def _of_nodes(self, nodes: Resource) -> list[Slot]:
        """What managed nodes carry: the groups of their launch template, else the group that EKS makes."""
        templates = [
            target
            for target in self._graph.dependencies(nodes, "launchTemplate")
            if target.type == LAUNCH_TEMPLATE
        ]
        if is_said(nodes, "launchTemplate") and not templates:
            raise Undecided(f"the launch template of {nodes} is not in this stack")
        slots = [slot for template in templates for slot in self._of_client(template) or ()]
        return slots or [frozenset(map(eks_group, self._clusters_of(nodes)))]

    def _clusters_of(self, nodes: Resource) -> list[Resource]:
        """The cluster of a node group; all of the stack where pulumi-eks hides which. Raises `Undecided`."""
        found = referred(self._graph, nodes, "clusterName", (EKS_CLUSTER,))
        if isinstance(found, Resource):
            return [found]
        clusters = self._graph.of_type(EKS_CLUSTER)
        if found or not clusters:
            raise Undecided(f"the cluster of {nodes} is not in this stack")
        return clusters

    def guarded_by(self, ingress: Ingress) -> list[Slot]:
        """The group that a rule belongs to; nothing where that is not known."""
        if ingress.resource.type in GROUP_TYPES:
            return [frozenset({self._of(ingress.resource)})]
        try:
            return self._named(ingress.resource, "securityGroupId")
        except Undecided:
            return []

    def peers_of(self, ingress: Ingress) -> list[Slot]:
        """The groups that a rule lets in. Raises `Undecided`."""
        return self._slots(ingress.resource, ingress.prop, ingress.peers)

    def _named(self, resource: Resource, *path: str) -> list[Slot]:
        """A slot for each group that the property at `path` lists. Raises `Undecided`."""
        if not is_said(resource, path[0]):
            return []
        return self._slots(resource, path[0], list(values_at(resource.props, path)))

    def _slots(self, resource: Resource, prop: str, values: Sequence[Any]) -> list[Slot]:
        known = [self._by_id(value) for value in values if isinstance(value, str)]
        slots = [frozenset({group}) for group in known]
        blanks = sum(isinstance(value, Unknown) for value in values)
        if not blanks:
            return slots
        candidates = self._behind(resource, prop) - set(known)
        if not candidates:
            raise Undecided(
                f"{prop} of {resource} is not known at preview, and no edge leads from it to a security group of this stack"
            )
        if len(candidates) <= blanks:
            return [*slots, *(frozenset({group}) for group in sorted(candidates))]
        return [*slots, frozenset(candidates)]

    def _behind(self, resource: Resource, prop: str) -> set[Group]:
        """The groups that edges lead to. A component counts by what is below it, unless an edge leads there directly."""
        targets = [
            target
            for target in self._graph.dependencies(resource, prop)
            if target.type in (*GROUP_TYPES, EKS_CLUSTER)
        ]
        direct = [target for target in targets if target.urn in resource.edges[prop]]
        return {self._of(target) for target in direct or targets}

    def _of(self, target: Resource) -> Group:
        if target.type == EKS_CLUSTER:
            return eks_group(target)
        return Group(target.urn, f"security group '{target.name}'")

    def _by_id(self, id_: str) -> Group:
        target = self._graph.with_id(id_) or self._eks_ids.get(id_)
        return self._of(target) if target else Group(id_, f"security group {id_} (not of this stack)")

    @cached_property
    def _eks_ids(self) -> Mapping[str, Resource]:
        return {
            id_: cluster
            for cluster in self._graph.of_type(EKS_CLUSTER)
            if isinstance(id_ := cluster.peek("vpcConfig", "clusterSecurityGroupId"), str)
        }


def has_tags(group: Resource, wanted: Any) -> bool:
    """Whether the program gives a group all tags that a term asks for; `*` stands for any value."""
    own = as_dict(group.peek("tagsAll")) or as_dict(group.peek("tags"))
    return bool(as_dict(wanted)) and all(
        key in own and value in ("*", own[key]) for key, value in as_dict(wanted).items()
    )


def eks_group(cluster: Resource) -> Group:
    return Group(cluster.urn, f"the cluster security group that EKS makes for '{cluster.name}'")


def has_auto_mode(cluster: Resource) -> bool:
    """Whether EKS Auto Mode makes nodes: they carry the cluster's group, unless a node class selects others."""
    if isinstance(cluster.peek("computeConfig"), Unknown):
        return is_said(cluster, "computeConfig")
    return cluster.peek("computeConfig", "enabled") is True
