"""`pod-capacity`: all pods find room, in production with a node lost and a rollout under way.

On the DOA market 38 pods met 3 nodes: `Too many pods`, and services were scaled to 0 so that a job could run. Judged is each
workload against an empty node that it may land on, and each set of nodes against the workloads that can run there and nowhere
else: replicas (an autoscaler's most), the surge of a rollout, DaemonSets and EKS's add-ons. It compares sums: what it refuses
does not fit for certain; how the scheduler packs what does is not foreseen.

A NodePool of Karpenter's counts with as many nodes as its limits let it have, if it names CPU, memory and instance types. One
without limits, and EKS Auto Mode, make as many nodes as it takes: what they take is not judged. Other nodes (a NodePool of families
of types, a self-managed group) have no sum: what may land on them is undecided. With `cluster-autoscaler` in the stack, managed groups count with their most nodes. What a Fargate profile takes is not
seen, nor is a `maxPods` in user data.

Sources: `capacity.py`, `node_pools.py`, `pools.py` (replicas and surge).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aws_facts.node_capacity import Load, most, total
from incidents.capacity import Cluster, cluster_of, node_count, offered, pod_load, short, shown_nodes
from incidents.graph import Graph, Resource
from incidents.placing import Choice, Landing, Nodes, all_nodes
from incidents.pools import pods
from incidents.rule import Finding, Rule, Verdict, each
from incidents.stage import is_production
from incidents.unknowns import Undecided
from incidents.workloads import Workload, workload, workloads

CONSEQUENCE = "Pods would stay Pending"
NOTHING = Load()

REMEDY = "more or larger nodes (scaling_config, instance_types), fewer replicas or smaller requests"


@dataclass
class Demand:
    """What is to run on a set of nodes, by the nodes' urns: whose pods, what they want, and what is not known of it."""

    names: list[str] = field(default_factory=list[str])
    load: Load = NOTHING
    open: str = ""


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each workload, and for each set of nodes on the first of them."""
    nodes = all_nodes(graph)
    landing = Landing(nodes)
    cluster = cluster_of(graph)
    rooms: dict[Choice, list[Load]] = {}
    demands: dict[frozenset[str], Demand] = {}
    daemons: dict[str, Load] = {}

    def place(resource: Resource) -> Finding:
        found = workload(resource)
        choice = landing.choice(found)
        has_room = not choice.unsure and any(item.source.endless for item in choice.made_as_needed)
        if not choice.nodes or has_room or found.is_patch:
            return Finding(Verdict.NOT_APPLICABLE, resource.urn)
        open_ended = [item.source.label for item in choice.made_as_needed if not has_size(item, cluster)]
        if open_ended:
            raise Undecided(
                f"{open_ended[0]} makes nodes as they are needed, so there is no sum to compare it with"
            )
        if found.kind == "DaemonSet":
            for node in choice.fixed:
                daemons[node.urn] = daemons.get(node.urn, NOTHING) + pod_load(found)
        else:
            add(graph, found, demands.setdefault(choice.urns, Demand()))
        if choice not in rooms:
            rooms[choice] = [
                offer
                for node in choice.fixed
                for prefix in prefixes(cluster)
                for offer in room(node, cluster, prefix)
            ]
        return on_one_node(found, choice, rooms[choice])

    yield from list(each(RULE.id, workloads(graph), place))
    yield from sets(nodes, cluster, demands, daemons)


def has_size(made: Nodes, cluster: Cluster) -> bool:
    """Whether it is known how much there will be of nodes that are made as they are needed."""
    return made.resource is not None and made.resource.urn in cluster.pools


def add(graph: Graph, found: Workload, demand: Demand) -> None:
    """Count a workload; what is not known of it counts as nothing, and is remembered."""
    try:
        demand.load += pod_load(found).times(pods(graph, found.resource))
        demand.names.append(str(found.resource))
    except Undecided as undecided:
        demand.open = f"what {found.resource} wants is not known: {undecided}"


def on_one_node(found: Workload, choice: Choice, rooms: Sequence[Load]) -> Finding:
    """Whether one pod fits some empty node, of which there are the `rooms`. Raises `Undecided`."""
    resource, wanted = found.resource, pod_load(found)
    if not any(wanted.fits(offer) for offer in rooms):
        text = (
            f"{resource}: one of its pods is more than an empty node of {choice.fixed[0]} leaves: "
            f"{'; '.join(short(wanted, most(rooms)))}. {CONSEQUENCE}. Remedy: {REMEDY}."
        )
        return Finding(Verdict.FAIL, resource.urn, text)
    if choice.unsure:
        raise Undecided("which nodes it lands on is not known at preview")
    return Finding(Verdict.PASS, resource.urn)


def prefixes(cluster: Cluster) -> Sequence[bool]:
    return (False, True) if cluster.prefix_delegation is None else (cluster.prefix_delegation,)


def room(node: Resource, cluster: Cluster, prefix: bool, daemons: Load = NOTHING) -> Sequence[Load]:
    """What a node leaves to pods beside its agents, for each size that it may have. Raises `Undecided`."""
    if pool := cluster.pools.get(node.urn):
        return pool.supply(cluster.per_node + daemons).empty
    return [offered(node, cluster, prefix_delegation=prefix) - cluster.per_node - daemons]


def sets(
    nodes: Sequence[Nodes],
    cluster: Cluster,
    demands: Mapping[frozenset[str], Demand],
    daemons: Mapping[str, Load],
) -> Iterator[Finding]:
    """A verdict for each set of nodes that some workload is bound to, the narrow ones first."""
    by_urn = {item.resource.urn: item.resource for item in nodes if item.resource}
    for urns in sorted(demands, key=lambda urns: (len(urns), sorted(urns))):
        within = [demand for bound, demand in demands.items() if bound <= urns]
        members = [by_urn[urn] for urn in sorted(urns)]
        # The add-ons' own pods run on any node: they count where nothing is left out.
        extra = cluster.system if len(urns) == len(nodes) else NOTHING
        demand = Demand(
            [name for item in within for name in item.names],
            total(item.load for item in within) + extra,
            next((item.open for item in within if item.open), ""),
        )

        def judge_set(_: Resource, members: Sequence[Resource] = members, demand: Demand = demand) -> Finding:
            return judge(members, demand, cluster, daemons)

        yield from each(RULE.id, members[:1], judge_set)


def judge(
    members: Sequence[Resource], demand: Demand, cluster: Cluster, daemons: Mapping[str, Load]
) -> Finding:
    """Whether the nodes hold what is bound to them, however prefixes are delegated. Raises `Undecided`."""
    supplies = [supply(members, cluster, daemons, prefix) for prefix in prefixes(cluster)]
    first = members[0]
    if not any(demand.load.fits(there) for there in supplies):
        lost = " with one node lost" if is_production() else ""
        shown = ", ".join(shown_nodes(node, cluster) for node in members)
        text = (
            f"{shown} cannot hold the {len(demand.names)} workloads that run there and nowhere else{lost} and a rollout under way: "
            f"{'; '.join(short(demand.load, supplies[-1]))}. {CONSEQUENCE}. Remedy: {REMEDY}."
        )
        return Finding(Verdict.FAIL, first.urn, text)
    if demand.open:
        raise Undecided(demand.open)
    if not all(demand.load.fits(there) for there in supplies):
        raise Undecided("whether the vpc-cni add-on delegates prefixes is not known at preview")
    return Finding(Verdict.PASS, first.urn)


def supply(members: Sequence[Resource], cluster: Cluster, daemons: Mapping[str, Load], prefix: bool) -> Load:
    """What the nodes leave together, in production without the one that hurts most. Raises `Undecided`."""
    offers = [
        offer for node in members for offer in room(node, cluster, prefix, daemons.get(node.urn, NOTHING))
    ]
    lost = most(offers) if is_production() else NOTHING
    return total(all_of(node, cluster, prefix, daemons.get(node.urn, NOTHING)) for node in members) - lost


def all_of(node: Resource, cluster: Cluster, prefix: bool, daemons: Load) -> Load:
    """What all nodes of a group, or all that a pool may have, leave to pods. Raises `Undecided`."""
    if pool := cluster.pools.get(node.urn):
        return pool.supply(cluster.per_node + daemons).total
    return total(room(node, cluster, prefix, daemons)).times(node_count(node, grows=cluster.grows))


RULE = Rule(
    id="pod-capacity",
    why="The pods do not fit their nodes: `Too many pods`, `Insufficient memory`.",
    remedy=REMEDY,
    check=check,
)
