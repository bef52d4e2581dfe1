"""Which nodes a service asks for, in the labels that they carry."""

from __future__ import annotations

from collections.abc import Mapping

from aws_facts import node_labels
from settings.capacity import nodes_for
from settings.cluster import ClusterSettings
from settings.karpenter import NodePool
from settings.service import Service


def placements(service: Service, cluster: ClusterSettings) -> list[Mapping[str, str]]:
    """The labels of its nodes, one set for each kind of node that spells the capacity its own way (incident `node-label`).

    A pod may land where it finds all labels of one set. A service that takes any capacity asks for the architecture alone.
    """
    arch = {node_labels.ARCH: service.arch}
    if service.capacity is None:
        return [arch]
    nodes = [cluster.open_nodes[name] for name in nodes_for(service, cluster.open_nodes)]
    pooled = {isinstance(found, NodePool) for found in nodes}
    spellings = {
        False: {node_labels.MANAGED_CAPACITY: service.capacity.eks},
        True: {node_labels.KARPENTER_CAPACITY: service.capacity.value},
    }
    return [{**arch, **spelling} for kind, spelling in spellings.items() if kind in pooled]
