"""Which nodes a pod may land on: selectors and required affinity against labels, tolerations against taints.

Source: Kubernetes documentation, "Assigning Pods to Nodes", "Taints and Tolerations".
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from aws_facts import node_labels as labels
from incidents.graph import Graph, Resource
from incidents.node_pools import is_pool, node_pools
from incidents.nodes import NODE, NodeSource, auto_mode, inspected, managed, pooled, registered, self_managed
from incidents.pods import Term, placements
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
    def has_architecture(self) -> bool:
        """Whether they have one of their own; those of Auto Mode and of an open NodePool follow the pod."""
        return bool(self.source.offers.get(labels.ARCH)) and not self.source.label.startswith("EKS Auto Mode")

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
    found = [
        *(Nodes(managed(group), group) for group in graph.of_type(NODE_GROUP)),
        *(Nodes(registered(node), node) for node in graph.of_type(NODE)),
        *map(Nodes, auto_mode(graph)),
        *(Nodes(pooled(pool), pool) for pool in node_pools(graph)),
        *map(Nodes, self_managed(graph)),
    ]
    return [replace(item, source=inspected(graph, item.source)) for item in found]


@dataclass(frozen=True, eq=False)
class Choice:
    """The nodes that take some workload's pods; `unsure` tells that this is not known of some of them."""

    nodes: Sequence[Nodes]
    unsure: bool

    @cached_property
    def fixed(self) -> Sequence[Resource]:
        """The managed groups, nodes and NodePools among them."""
        return [item.resource for item in self.nodes if item.resource]

    @cached_property
    def made_as_needed(self) -> Sequence[Nodes]:
        """The others, and the NodePools."""
        return [item for item in self.nodes if item.resource is None or is_pool(item.resource)]

    @cached_property
    def urns(self) -> frozenset[str]:
        return frozenset(node.urn for node in self.fixed)

    @cached_property
    def architectures(self) -> frozenset[str]:
        """Of those that have one of their own."""
        own = [item.source.offers[labels.ARCH] for item in self.nodes if item.has_architecture]
        return frozenset[str]().union(*filter(None, own))


class Landing:
    """Which nodes take whose pods. Workloads that ask for the same are answered once: there may be many, of many nodes."""

    def __init__(self, nodes: Sequence[Nodes]) -> None:
        self.nodes = nodes
        self._choices: dict[Hashable, Choice] = {}

    def choice(self, found: Workload) -> Choice:
        """Raises `Undecided` when the pods are not known."""
        placed = placements(found.resource)
        required = tuple(
            term for item in placed for wish in item.wishes if wish.required for term in wish.terms
        )
        options = tuple((*required, *choice.terms) for item in placed for choice in item.alternatives)
        tolerations = found.pod.get("tolerations")
        is_open = any(item.open for item in placed)
        key = (options or (required,), repr(tolerations), is_open)
        if key not in self._choices:
            self._choices[key] = choose(self.nodes, options or (required,), tolerations, is_open=is_open)
        return self._choices[key]


def choose(
    nodes: Sequence[Nodes], options: Sequence[tuple[Term, ...]], tolerations: Any, *, is_open: bool
) -> Choice:
    """The nodes that fulfil one of `options` and whose taints are tolerated."""
    # The rules' package imports this module.
    from incidents.rules.node_label import fulfils

    tolerated = [item for item in nodes if tolerates(tolerations, item)]
    answers = [(item, [fulfils(item.source, option) for option in options]) for item in tolerated]
    possible = [item for item, given in answers if any(answer is not False for answer in given)]
    unsure = is_open or any(True not in given and None in given for _, given in answers)
    return Choice(possible, unsure)


def tolerates(said: Any, nodes: Nodes) -> bool:
    """Whether pods with the tolerations `said` tolerate all taints of the nodes; ones that are not known may."""
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
