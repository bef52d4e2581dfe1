"""`alarms`: what fails on production tells somebody.

On the TEA site and in the PAY ledger nobody knew of the 502s until users told. Judged are databases, caches and load
balancers: the metrics that say that one is failing, or about to, must have an alarm, and the alarm an action.

Aurora's volume grows by itself, so that of Aurora memory counts in place of storage. An Aurora cluster is watched as a whole
or by each of its instances. What fails quietly in a serverless cache is its limit alone.

Sources: Aurora user guide, "Amazon CloudWatch metrics for Amazon Aurora"; RDS user guide, "Monitoring metrics in an Amazon
RDS instance"; ElastiCache user guide, "Which Metrics Should I Monitor?" and "Serverless cache metrics"; Elastic Load
Balancing user guides, "CloudWatch metrics for your Application Load Balancer" and "... Network Load Balancer".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from incidents.caches import Cache, caches
from incidents.databases import databases
from incidents.graph import Graph, Resource
from incidents.metrics import Metric, is_heard, metrics, watches
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided

LOAD_BALANCERS = ("aws:alb/loadBalancer:LoadBalancer", "aws:lb/loadBalancer:LoadBalancer")


@dataclass(frozen=True)
class Needs:
    """What is to be watched of a resource, each with the metrics of which one is enough."""

    namespace: str
    metrics: Mapping[str, Sequence[str]]


CPU = ("CPUUtilization", "ACUUtilization", "DBLoad", "DBLoadCPU", "DBLoadRelativeToNumVCPUs")
CONNECTIONS = ("DatabaseConnections",)
MEMORY_OR_STORAGE = ("FreeableMemory", "FreeLocalStorage", "VolumeBytesUsed", "AuroraVolumeBytesLeftTotal")
CACHE_MEMORY = (
    "DatabaseMemoryUsagePercentage", "DatabaseCapacityUsagePercentage", "DatabaseMemoryUsageCountedForEvictPercentage",
    "DatabaseCapacityUsageCountedForEvictPercentage", "BytesUsedForCache", "FreeableMemory",
)  # fmt: skip
MEMCACHED_MEMORY = ("FreeableMemory", "BytesUsedForCacheItems", "UnusedMemory")
EVICTIONS = ("Evictions",)
SERVERLESS_LIMITS = ("BytesUsedForCache", "ElastiCacheProcessingUnits", "ThrottledCmds")
SERVER_ERRORS = ("HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count")
UNHEALTHY = ("UnHealthyHostCount", "HealthyHostCount")

RDS, ELASTICACHE = "AWS/RDS", "AWS/ElastiCache"
AURORA = Needs(RDS, {"CPU": CPU, "connections": CONNECTIONS, "memory or storage": MEMORY_OR_STORAGE})
INSTANCE = Needs(RDS, {"CPU": CPU, "connections": CONNECTIONS, "storage": ("FreeStorageSpace",)})
CACHE = Needs(ELASTICACHE, {"memory": CACHE_MEMORY, "evictions": EVICTIONS})
MEMCACHED = Needs(ELASTICACHE, {"memory": MEMCACHED_MEMORY, "evictions": EVICTIONS})
SERVERLESS = Needs(ELASTICACHE, {"limits": SERVERLESS_LIMITS})
APPLICATION = Needs("AWS/ApplicationELB", {"5xx": SERVER_ERRORS, "unhealthy hosts": UNHEALTHY})
NETWORK = Needs("AWS/NetworkELB", {"unhealthy hosts": UNHEALTHY})

REMEDY = (
    "an aws.cloudwatch.MetricAlarm on each, with the resource's id as dimension and alarm_actions=[an SNS topic that people "
    "read]"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each database, cache and load balancer."""
    watched = [metric for metric in metrics(graph) if is_heard(graph, metric.alarm)]
    stores = {database.resource.urn: database for database in databases(graph)}

    def judge_database(resource: Resource) -> Finding:
        database = stores[resource.urn]
        needs = AURORA if database.engine.startswith("aurora") else INSTANCE
        return judge(graph, watched, needs, resource, database.instances if database.is_cluster else ())

    def judge_cache(resource: Resource) -> Finding:
        return judge(graph, watched, needs_of_cache(Cache(graph, resource)), resource)

    def judge_load_balancer(resource: Resource) -> Finding:
        match resource.peek("loadBalancerType"):
            case "gateway":
                return Finding(Verdict.NOT_APPLICABLE, resource.urn)
            case "network":
                return judge(graph, watched, NETWORK, resource)
            case _:
                return judge(graph, watched, APPLICATION, resource)

    yield from each(RULE.id, [database.resource for database in stores.values()], judge_database)
    yield from each(RULE.id, [cache.resource for cache in caches(graph)], judge_cache)
    yield from each(RULE.id, graph.of_type(*LOAD_BALANCERS), judge_load_balancer)


def needs_of_cache(cache: Cache) -> Needs:
    if cache.is_serverless:
        return SERVERLESS
    return MEMCACHED if cache.is_memcached else CACHE


def judge(
    graph: Graph, watched: Sequence[Metric], needs: Needs, resource: Resource, parts: Sequence[Resource] = ()
) -> Finding:
    """The verdict on `resource`, for which all of its `parts` together may stand. `watched` has only what is heard."""
    missing: list[str] = []
    questions: list[str] = []
    for what, names in needs.metrics.items():
        alarms = [metric for metric in watched if is_about(metric, needs.namespace, names)]
        whole, *each_part = [answer(graph, alarms, subject) for subject in (resource, *parts)]
        if whole or (each_part and all(each_part)):
            continue
        if None in (whole, *each_part):
            questions.append(f"whether its {what} has an alarm is not known at preview")
        else:
            missing.append(f"{what} ({' or '.join(names[:2])})")
    if missing:
        text = (
            f"{resource}: no alarm with an action watches its {', '.join(missing)}. It would fail, and users would be the first to "
            f"notice. Remedy: {REMEDY}."
        )
        return Finding(Verdict.FAIL, resource.urn, text)
    if questions:
        raise Undecided(questions[0])
    return Finding(Verdict.PASS, resource.urn)


def is_about(metric: Metric, namespace: str, names: Sequence[str]) -> bool:
    """Whether a metric is, or may be, one of `names`."""
    return metric.namespace in (namespace, None) and (metric.name is None or metric.name in names)


def answer(graph: Graph, alarms: Sequence[Metric], subject: Resource) -> bool | None:
    """Whether one of `alarms` watches `subject`; None if that is not known."""
    answers: set[bool | None] = set()
    for metric in alarms:
        found = watches(graph, metric, subject)
        answers.add(None if found and None in (metric.name, metric.namespace) else found)
    return True if True in answers else None if None in answers else False


RULE = Rule(
    id="alarms",
    why="No alarm with an action on what fails: users are the first to notice.",
    remedy=REMEDY,
    check=check,
    prod_only=True,
    bad="""
        aws.cloudwatch.MetricAlarm(
            "cpu", namespace="AWS/RDS", metric_name="CPUUtilization", dimensions={"DBClusterIdentifier": cluster.id},
            statistic="Average", period=60, evaluation_periods=5, threshold=80, comparison_operator="GreaterThanThreshold")
    """,
    good="""
        aws.cloudwatch.MetricAlarm(
            "cpu", namespace="AWS/RDS", metric_name="CPUUtilization", dimensions={"DBClusterIdentifier": cluster.id},
            statistic="Average", period=60, evaluation_periods=5, threshold=80, comparison_operator="GreaterThanThreshold",
            alarm_actions=[topic.arn])  # and likewise connections, memory or storage
    """,
)
