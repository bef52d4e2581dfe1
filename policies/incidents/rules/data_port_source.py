"""`data-port-source`: only what really runs the workloads reaches a data port.

On the DOA market 5432 and 6379 were opened to the wrong group: with managed nodes pods carry the cluster security group
that EKS makes, not the node group's that the EKS component makes for self-managed nodes. Every connection timed out.

A data port is that of a data store which carries the rule's group, or a well-known one that a narrow rule of any group opens.
Its sources are groups that nodes, functions, tasks, instances or proxies of the stack carry: a group for a bastion or a VPN
that nothing of the stack carries fails, as nobody can tell it from a mistake. Members of the group itself are no finding.
What a managed prefix list holds is not known, and neither is who carries a group of another stack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from incidents.graph import Graph, Resource
from incidents.ingress_rules import Ingress, ingress_rules
from incidents.rule import Finding, Rule, Verdict, each
from incidents.security_groups import DATA_STORES, Group, SecurityGroups, Slot
from incidents.unknowns import Undecided, Unknown

DATA_PORTS = frozenset({1433, 1521, 3306, 5432, 5439, 6379, 6380, 8182, 9042, 9200, 9300, 11211, 27017})
"""SQL Server, Oracle, MySQL, PostgreSQL, Redshift, Redis (6380: readers, TLS), Neptune, Cassandra, OpenSearch, Memcached, MongoDB."""

NARROW = 10
"""A rule of fewer ports is about them; a wider one on a group that no data store carries is about something else."""

MANY = 10_000
"""A range of more ports is as good as all."""

REMEDY = (
    "name the group that the pods carry as the source, in a rule of that one port (managed nodes: "
    "`cluster.vpc_config.cluster_security_group_id` of the EKS cluster)"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each ingress rule about data ports, and for each data store whose groups are not the stack's."""
    groups = SecurityGroups(graph)
    by_resource: dict[str, list[Ingress]] = {}
    for rule in ingress_rules(graph):
        by_resource.setdefault(rule.resource.urn, []).append(rule)
    worst_first = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.NOT_APPLICABLE)

    def judge_rules(resource: Resource) -> Finding:
        found = [judge_one(groups, rule) for rule in by_resource[resource.urn]]
        return min(found, key=lambda finding: worst_first.index(finding.verdict))

    def judge_store(store: Resource) -> Finding:
        foreign = sorted(
            {group.label for slot in groups.of_store(store) for group in slot if group.is_foreign}
        )
        if foreign:
            raise Undecided(f"it carries {', '.join(foreign)}, and what that lets in is not known")
        return Finding(Verdict.NOT_APPLICABLE, store.urn)

    yield from each(RULE.id, [rules[0].resource for rules in by_resource.values()], judge_rules)
    yield from each(RULE.id, graph.of_type(*sorted(DATA_STORES)), judge_store)


def judge_one(groups: SecurityGroups, rule: Ingress) -> Finding:
    try:
        return judge(groups, rule)
    except Undecided as undecided:
        text = f"{rule.resource} could not be judged: {undecided}."
        return Finding(Verdict.UNKNOWN, rule.resource.urn, text)


def judge(groups: SecurityGroups, rule: Ingress) -> Finding:
    """The verdict on one rule: what is certainly wrong comes before what is not known."""
    guarded = groups.guarded_by(rule)
    stores = [store for slot in guarded for group in slot for store in groups.stores.get(group, [])]
    opened = data_ports(rule, stores)
    if not opened:
        return Finding(Verdict.NOT_APPLICABLE, rule.resource.urn)
    who = f" of {', '.join(sorted({store.name for store in stores}))}" if stores else ""
    what = f"{rule.resource} opens {opened}{who}"
    if rule.cidrs:
        cidrs = ", ".join("a CIDR" if isinstance(cidr, Unknown) else str(cidr) for cidr in rule.cidrs)
        return failure(rule, f"{what} to {cidrs}: whatever gets an address there can try passwords")
    strangers, open_questions = sources(groups, rule, guarded)
    if strangers:
        carried = ", ".join(map(str, groups.of_nodes))
        nodes = f" (the nodes carry {carried})" if carried else ""
        text = f"{what} to {strangers[0]}, which no node, function or proxy carries{nodes}"
        return failure(rule, f"{text}: every connection of the services would time out")
    if is_wide(rule) and rule.peers:
        return failure(rule, f"{what}, and every other port with it: what listens there is open too")
    if rule.prefix_lists:
        open_questions.append(
            f"the addresses of its prefix list {rule.prefix_lists[0]} are not known at preview"
        )
    if open_questions:
        raise Undecided(open_questions[0])
    return Finding(Verdict.PASS, rule.resource.urn)


def data_ports(rule: Ingress, stores: Iterable[Resource]) -> str:
    """Which data ports the rule opens, as a person would say it; empty for none. Raises `Undecided`."""
    said = {int(port) for store in stores if isinstance(port := store.peek("port"), int | float)}
    try:
        ports = rule.ports
    except Undecided:
        if stores:
            raise
        return ""
    if stores and is_wide(rule):
        return "all ports"
    if ports is None or (not stores and len(ports) >= NARROW):
        return ""
    found = sorted(port for port in DATA_PORTS | said if port in ports)
    return f"port {', '.join(map(str, found))}" if found else ""


def is_wide(rule: Ingress) -> bool:
    return rule.ports is None or len(rule.ports) > MANY


def sources(groups: SecurityGroups, rule: Ingress, guarded: list[Slot]) -> tuple[list[Group], list[str]]:
    """The groups that a rule lets in and that nothing carries, and what is not known about the others."""
    strangers: list[Group] = []
    questions: list[str] = []
    try:
        slots = groups.peers_of(rule)
    except Undecided as undecided:
        return strangers, [str(undecided)]
    for slot in slots:
        if slot in guarded:
            continue
        try:
            carried = frozenset(group for group in sorted(slot) if groups.is_carried(group))
        except Undecided as undecided:
            questions.append(str(undecided))
            continue
        if not carried:
            strangers.append(min(slot))
        elif carried != slot:
            names = " and ".join(map(str, sorted(slot)))
            questions.append(f"which of {names} it lets in is not known at preview")
    return strangers, questions


def failure(rule: Ingress, text: str) -> Finding:
    return Finding(Verdict.FAIL, rule.resource.urn, f"{text}. Remedy: {REMEDY}.")


RULE = Rule(
    id="data-port-source",
    why="A data port is open to a CIDR, or to a group that nothing carries: open to strangers, closed to the services.",
    remedy=REMEDY,
    check=check,
    bad="""
        aws.vpc.SecurityGroupIngressRule(
            "postgresql", security_group_id=database.id, ip_protocol="tcp", from_port=5432, to_port=5432,
            cidr_ipv4="10.0.0.0/16")
    """,
    good="""
        aws.vpc.SecurityGroupIngressRule(
            "postgresql", security_group_id=database.id, ip_protocol="tcp", from_port=5432, to_port=5432,
            referenced_security_group_id=cluster.vpc_config.cluster_security_group_id)
    """,
)
