"""`log-retention`: logs are written, and not kept for ever.

In SWO's order service errors of production were not logged; elsewhere logs were kept, and paid for, for ever. Judged are
log groups, and what sends logs to CloudWatch: RDS and EKS make a group that never expires, unless the stack makes the group
of that name; flow logs and ElastiCache name theirs. An EKS cluster must log its control plane.

Sources: CloudWatch Logs user guide, "Working with log groups and log streams" (without a word logs never expire); pulumi-aws,
`cloudwatch.LogGroup` (class `DELIVERY` has 2 days always); Aurora user guide, "Publishing Aurora PostgreSQL logs to Amazon
CloudWatch Logs" (`/aws/rds/cluster/NAME/TYPE`; instances: `/aws/rds/instance/NAME/TYPE`); EKS user guide, "Send control plane
logs to CloudWatch Logs" (`/aws/eks/NAME/cluster`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from incidents import caches, databases
from incidents.graph import Graph, Resource
from incidents.references import is_said
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
EKS_CLUSTER = "aws:eks/cluster:Cluster"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"

CLOUDWATCH_LOGS = ("cloud-watch-logs", "cloudwatch-logs")

REMEDY = "an aws.cloudwatch.LogGroup with retention_in_days (say 30)"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each log group, and for each resource that sends logs to CloudWatch."""
    yield from each(RULE.id, graph.of_type(LOG_GROUP), judge_group)
    yield from each(
        RULE.id,
        graph.of_type(databases.CLUSTER, databases.INSTANCE),
        lambda resource: judge_database(graph, resource),
    )
    yield from each(RULE.id, graph.of_type(EKS_CLUSTER), lambda resource: judge_cluster(graph, resource))
    yield from each(RULE.id, graph.of_type(FLOW_LOG), lambda resource: judge_flow_log(graph, resource))
    yield from each(
        RULE.id,
        graph.of_type(caches.REPLICATION_GROUP, caches.CLUSTER),
        lambda resource: judge_cache(graph, resource),
    )


def judge_group(group: Resource) -> Finding:
    if group.peek("logGroupClass") == "DELIVERY":
        return Finding(Verdict.PASS, group.urn)
    days = group.get("retentionInDays") if is_said(group, "retentionInDays") else None
    if days:
        return Finding(Verdict.PASS, group.urn)
    what = "has no retention_in_days" if days is None else "has retention_in_days 0, which means for ever"
    text = f"{group} {what}: its logs would be kept, and paid for, for ever. Remedy: set retention_in_days (say 30)."
    return Finding(Verdict.FAIL, group.urn, text)


def judge_database(graph: Graph, resource: Resource) -> Finding:
    if not is_said(resource, "enabledCloudwatchLogsExports"):
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    kinds = [str(kind) for kind in as_list(resource.get("enabledCloudwatchLogsExports"))]
    is_cluster = resource.type == databases.CLUSTER
    level, prop = ("cluster", "clusterIdentifier") if is_cluster else ("instance", "identifier")
    return named_groups(graph, resource, prop, [f"/aws/rds/{level}/{{}}/{kind}" for kind in sorted(kinds)])


def judge_cluster(graph: Graph, resource: Resource) -> Finding:
    if not is_said(resource, "enabledClusterLogTypes") or not resource.get("enabledClusterLogTypes"):
        text = (
            f"{resource} logs nothing of its control plane (enabled_cluster_log_types): who did what to the cluster could never be "
            'told. Remedy: enabled_cluster_log_types=["api", "audit", "authenticator"].'
        )
        return Finding(Verdict.FAIL, resource.urn, text)
    return named_groups(graph, resource, "name", ["/aws/eks/{}/cluster"])


def named_groups(graph: Graph, resource: Resource, prop: str, patterns: Sequence[str]) -> Finding:
    """The verdict on what logs to groups whose names are each of `patterns` around its own, which `prop` says."""
    groups = graph.of_type(LOG_GROUP)
    for pattern in patterns:
        if any(is_named(graph, group, resource, prop=prop, pattern=pattern) for group in groups):
            continue
        if any(isinstance(group.peek("name"), Unknown) for group in groups):
            raise Undecided("which log group of this stack is its own is not known at preview")
        name = resource.peek(prop)
        shown = pattern.replace("{}", name if isinstance(name, str) else "NAME")
        text = (
            f"{resource} logs to {shown}, which this stack does not make, so AWS does, without retention: its logs would be kept, "
            f"and paid for, for ever. Remedy: {REMEDY} and that name, made before it (depends_on)."
        )
        return Finding(Verdict.FAIL, resource.urn, text)
    return Finding(Verdict.PASS, resource.urn)


def is_named(graph: Graph, group: Resource, resource: Resource, *, prop: str, pattern: str) -> bool:
    """Whether the name of `group` is `pattern` around that of `resource`, by their texts or by an edge."""
    own, name = resource.peek(prop), group.peek("name")
    if isinstance(own, str) and isinstance(name, str):
        return name == pattern.replace("{}", own)
    return isinstance(name, Unknown) and (
        resource in graph.dependencies(group, "name") or group in graph.dependencies(resource, prop)
    )


def judge_flow_log(graph: Graph, resource: Resource) -> Finding:
    if (resource.peek("logDestinationType") or CLOUDWATCH_LOGS[0]) != CLOUDWATCH_LOGS[0]:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    return destination(graph, resource, "logDestination", resource.peek("logDestination"))


def judge_cache(graph: Graph, resource: Resource) -> Finding:
    prop = "logDeliveryConfigurations"
    deliveries = [
        delivery
        for delivery in map(as_dict, as_list(resource.peek(prop)))
        if delivery.get("destinationType") in CLOUDWATCH_LOGS
    ]
    found = [destination(graph, resource, prop, delivery.get("destination")) for delivery in deliveries]
    return found[0] if found else Finding(Verdict.NOT_APPLICABLE, resource.urn)


def destination(graph: Graph, resource: Resource, prop: str, value: object) -> Finding:
    """What logs go to a group of the stack, which is judged by itself. Raises `Undecided` for another."""
    targets = {target.urn for target in graph.dependencies(resource, prop)}
    for group in graph.of_type(LOG_GROUP):
        by_text = isinstance(value, str) and name_of(value) == group.peek("name")
        if by_text or (isinstance(value, Unknown) and group.urn in targets):
            return Finding(Verdict.PASS, resource.urn)
    shown = f"'{value}', which is not in this stack," if isinstance(value, str) else "its log group"
    raise Undecided(f"the retention of {shown} is not known")


def name_of(log_group: str) -> str:
    """The name in a log group's ARN; of a name, itself."""
    return log_group.removesuffix(":*").rpartition(":log-group:")[2]


RULE = Rule(
    id="log-retention",
    why="Logs that are not written, or kept and paid for for ever.",
    remedy=REMEDY,
    check=check,
    bad="""
        aws.cloudwatch.LogGroup("app")
    """,
    good="""
        aws.cloudwatch.LogGroup("app", retention_in_days=30)
    """,
)
