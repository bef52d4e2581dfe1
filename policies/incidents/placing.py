"""Which nodes a pod may land on: selectors and required affinity against labels, tolerations against taints.

Source: Kubernetes documentation, "Assigning Pods to Nodes", "Taints and Tolerations".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from incidents.graph import Graph, Resource
from incidents.node_pools import is_pool, node_pools
from incidents.nodes import NODE, NodeSource, auto_mode, managed, pooled, registered, self_managed
from incidents.pods import placements
from incidents.unknowns import Unknown, as_dict, as_list
from incidents.workloads import Workload

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute"}
"""EKS's names of the effects that keep pods away."""


@dataclass(frozen=True)
class Nodes:
    """Nodes of one origin. `resource` is a managed group, a node or a NodePool, None for what else makes nodes as it needs
    them.
    """

    source: NodeSource
    resource: Resource | None = None

    @property
    def taints(self) -> list[dict[str, Any]]:
        """Those that keep pods away, in Kubernetes's words."""
        if self.resource is None:
            return []
        spec = ("spec", "template", "spec") if is_pool(self.resource) else ("spec",)
        said = self.resource.peek("taints") or self.resource.peek(*spec, "taints")
        taints = [
            {**item, "effect": EFFECTS.get(str(item.get("effect")), item.get("effect"))}
            for item in map(as_dict, as_list(said))
        ]
        return [taint for taint in taints if taint["effect"] in EFFECTS.values()]


def all_nodes(graph: Graph) -> list[Nodes]:
    """All nodes that the stack makes or has, in the order of their urns."""
    return [
        *(Nodes(managed(group), group) for group in graph.of_type(NODE_GROUP)),
        *(Nodes(registered(node), node) for node in graph.of_type(NODE)),
        *map(Nodes, auto_mode(graph)),
        *(Nodes(pooled(pool), pool) for pool in node_pools(graph)),
        *map(Nodes, self_managed(graph)),
    ]


def candidates(found: Workload, nodes: Sequence[Nodes]) -> tuple[list[Nodes], bool]:
    """The nodes that take a workload's pods, and whether that is not known of some of them."""
    # The rules' package imports this module.
    from incidents.rules.node_label import fulfils

    placed = placements(found.resource)
    required = tuple(term for item in placed for wish in item.wishes if wish.required for term in wish.terms)
    options = [(*required, *choice.terms) for item in placed for choice in item.alternatives] or [required]
    tolerated = [item for item in nodes if tolerates(found, item)]
    answers = [(item, [fulfils(item.source, option) for option in options]) for item in tolerated]
    possible = [item for item, given in answers if any(answer is not False for answer in given)]
    unsure = any(item.open for item in placed) or any(
        True not in given and None in given for _, given in answers
    )
    return possible, unsure


def tolerates(found: Workload, nodes: Nodes) -> bool:
    """Whether pods tolerate all taints of the nodes; tolerations that are not known may."""
    said = found.pod.get("tolerations")
    if isinstance(said, Unknown):
        return True
    tolerations = [as_dict(item) for item in as_list(said)]
    return all(any(matches(item, taint) for item in tolerations) for taint in nodes.taints)


def matches(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.get("key"))
    return toleration.get("key") == taint.get("key") and (toleration.get("value") or "") == (
        taint.get("value") or ""
    )
