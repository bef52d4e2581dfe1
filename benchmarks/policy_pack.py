"""How the policy pack scales with the stack, and what it adds to the start of a preview.

Judged is a stack of equal slices, each a small system of its own; times are those of one pass over a request as the engine
sends it, in CPU time, so ratios within one run depend neither on the machine nor on what else it does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from pulumi.runtime import proto

from benchmarks.preview import EMPTY_PACK, ROOT, report
from incidents.analyzer import read
from incidents.graph import Graph
from incidents.judgement import judge as judge_rule
from incidents.judgement import judge_stack
from incidents.rules import RULES

SMALL, LARGE = 1_000, 10_000
LIMIT_OF_SCALE = 12
LIMIT_OF_START_SECONDS = 0.5
ROUNDS = 5

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PREFIX = "urn:pulumi:prod::bench::"


def main() -> int:
    """Run the benchmark; 1 when a ratio is over its limit."""
    small, large = request(SMALL), request(LARGE)
    in_turn = [(seconds(lambda: judge(small)), seconds(lambda: judge(large))) for _ in range(ROUNDS)]
    one, ten = min(one for one, _ in in_turn), min(ten for _, ten in in_turn)
    print(f"{SMALL} resources {one:.2f} s, {LARGE} resources {ten:.2f} s")
    by_rule(small, large)
    over = [
        report(f"{LARGE} / {SMALL} resources", ten / one, LIMIT_OF_SCALE),
        report("start, seconds over an empty pack", start_over_empty(), LIMIT_OF_START_SECONDS),
    ]
    return int(any(over))


def judge(stack: Any) -> None:
    """What the pack does when the engine asks about the whole stack."""
    judge_stack(Graph(read(stack.resources, {})), RULES)


def by_rule(small: Any, large: Any) -> None:
    """Print the rules that take longest, and how each of them scales."""
    one, ten = (Graph(read(stack.resources, {})) for stack in (small, large))
    times = [
        (seconds(lambda r=rule: judge_rule(r, ten)), seconds(lambda r=rule: judge_rule(r, one)), rule.id)
        for rule in RULES
    ]
    for large_time, small_time, name in sorted(times, reverse=True)[:6]:
        print(f"    {name:24} {large_time:6.2f} s, {large_time / small_time:5.1f} times")


def start_over_empty() -> float:
    """Seconds from the start of the pack's process to its port, less those of an empty pack; in turns, the least of each."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "__main__.py").write_text(EMPTY_PACK)
        times = [(start_seconds(ROOT / "policies"), start_seconds(Path(folder))) for _ in range(ROUNDS)]
    return min(one for one, _ in times) - min(two for _, two in times)


def start_seconds(folder: Path) -> float:
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-u", str(folder)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PULUMI_STACK": "prod", "PULUMI_PROJECT": "bench"},
    ) as process:
        assert process.stdout
        process.stdout.readline()
        elapsed = time.perf_counter() - begin
        process.kill()
    return elapsed


def seconds(action: Callable[[], object]) -> float:
    """CPU time of `action`."""
    begin = time.process_time()
    action()
    return time.process_time() - begin


def request(count: int) -> Any:
    """What the engine would ask about a stack of `count` resources."""
    made = [resource("pulumi:pulumi:Stack", "bench-prod", {}, {})]
    while len(made) < count:
        made += slice_of(len(made))
    return proto.AnalyzeStackRequest(resources=made[:count])


def slice_of(number: int) -> list[Any]:
    """One system: network, cluster, nodes, database, cache, rules between groups, workloads."""
    urns: dict[str, str] = {}
    made: list[Any] = []

    def add(type_: str, name: str, props: dict[str, Any], **edges: str) -> None:
        urns[name] = f"{PREFIX}{type_}::{name}-{number}"
        made.append(resource(type_, f"{name}-{number}", props, {key: urns[to] for key, to in edges.items()}))

    add("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": "10.0.0.0/16", "id": UNKNOWN})
    for zone in "abc":
        add(
            "aws:ec2/subnet:Subnet",
            f"subnet-{zone}",
            {"vpcId": UNKNOWN, "availabilityZone": zone},
            vpcId="vpc",
        )
    for group in ("data", "own", "edge"):
        add(
            "aws:ec2/securityGroup:SecurityGroup",
            group,
            {"vpcId": UNKNOWN, "id": f"sg-{group}-{number}"},
            vpcId="vpc",
        )
    add(
        "aws:eks/cluster:Cluster",
        "eks",
        {"name": f"eks-{number}", "vpcConfig": {"clusterSecurityGroupId": UNKNOWN}},
    )
    add(
        "aws:eks/nodeGroup:NodeGroup",
        "nodes",
        {"clusterName": f"eks-{number}", "labels": {"a": "b"}},
        clusterName="eks",
    )
    family = {"family": "aurora-postgresql17", "parameters": [{"name": "rds.force_ssl", "value": "1"}]}
    add(
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        "parameters",
        {**family, "name": f"pg-{number}"},
    )
    database = {
        "engine": "aurora-postgresql", "engineVersion": "17.4", "clusterIdentifier": f"db-{number}", "port": 5432,
        "dbClusterParameterGroupName": f"pg-{number}", "vpcSecurityGroupIds": [f"sg-data-{number}"],
    }  # fmt: skip
    add("aws:rds/cluster:Cluster", "database", database)
    for member in (1, 2):
        instance = {
            "clusterIdentifier": f"db-{number}",
            "engine": "aurora-postgresql",
            "instanceClass": "db.r6g.large",
        }
        add("aws:rds/clusterInstance:ClusterInstance", f"member-{member}", instance)
    cache = {"replicationGroupId": f"c-{number}", "engine": "redis", "securityGroupIds": [UNKNOWN]}
    add("aws:elasticache/replicationGroup:ReplicationGroup", "cache", cache, securityGroupIds="data")
    for port in (5432, 6379):
        rule = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "referencedSecurityGroupId": UNKNOWN}
        add(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", f"rule-{port}",
            {**rule, "securityGroupId": f"sg-data-{number}"}, referencedSecurityGroupId="eks",
        )  # fmt: skip
    add(
        "aws:lb/loadBalancer:LoadBalancer", "alb", {"loadBalancerType": "application", "arn": f"arn:{number}"}
    )
    add("aws:lb/targetGroup:TargetGroup", "targets", {"deregistrationDelay": 30, "arn": f"arn:t-{number}"})
    add("aws:cloudwatch/logGroup:LogGroup", "logs", {"name": f"/aws/{number}", "retentionInDays": 30})
    env = [{"name": "DB_NAME", "value": f"d{number}"}, {"name": "REDIS_URL", "value": "rediss://cache"}]
    pod = {"nodeSelector": {"a": "b"}, "containers": [{"name": "app", "image": "a:1", "env": env}]}
    for app in (1, 2):
        manifest = {
            "kind": "Deployment", "metadata": {"name": f"app-{app}-{number}"},
            "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": f"{app}"}}, "spec": pod}},
        }  # fmt: skip
        add("kubernetes:apps/v1:Deployment", f"app-{app}", manifest)
    return made


def resource(type_: str, name: str, props: dict[str, Any], edges: dict[str, str]) -> Any:
    made = proto.AnalyzerResource(
        type=type_,
        urn=f"{PREFIX}{type_}::{name}",
        name=name,
        parent=f"{PREFIX}pulumi:pulumi:Stack::bench-prod",
        propertyDependencies={
            key: proto.AnalyzerPropertyDependencies(urns=[urn]) for key, urn in edges.items()
        },
    )
    json_format.ParseDict(props, made.properties)
    return made


if __name__ == "__main__":
    sys.exit(main())
