"""The rules of workloads together: shapes of any kind, and one preview of plain programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from incidents.graph import Graph
from incidents.pods import TEMPLATE
from incidents.rule import Rule, Verdict
from incidents.rules import RULES
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import GROUPS, budget, container, env, manifest, pods
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import resource, verdict

IDS = (
    "absent-backend",
    "dev-command",
    "env-contract",
    "image-tag",
    "node-arch",
    "pod-capacity",
    "pod-security",
    "probe-path",
    "resource-requests",
    "upload-limit",
    "writable-paths",
)
MINE = {rule.id: rule for rule in RULES if rule.id in IDS}

BAD: dict[str, Any] = {
    "dev-command": {"command": ["npm", "run", "dev"]},
    "absent-backend": {"env": env(KAFKA_BROKERS="kafka:9092")},
    "env-contract": {"env": env(JWT_SECRET="literally")},
    "pod-capacity": {"resources": {"requests": {"cpu": "3", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}},
    "node-arch": {"image": "example.com/shop:1.2-arm64"},
    "upload-limit": {"env": env(UPLOAD_MAX_BYTES="10485760")},
    "image-tag": {"image": "shop:latest"},
    "pod-security": {"securityContext": {"privileged": True, "readOnlyRootFilesystem": True}},
    "probe-path": {"livenessProbe": {"httpGet": {"path": "/ready", "port": "http"}}},
    "resource-requests": {"resources": {}},
    "writable-paths": {"volumeMounts": []},
}
"""What makes the good container break each rule."""


AROUND = (
    budget(),
    resource(
        "aws:eks/nodeGroup:NodeGroup",
        "nodes",
        {
            "amiType": "AL2023_x86_64_STANDARD",
            "instanceTypes": ["m6i.large"],
            "scalingConfig": {"desiredSize": 9.0},
        },
    ),
    resource(
        "aws:wafv2/webAcl:WebAcl",
        "firewall",
        {
            "scope": "REGIONAL",
            "rules": [
                {
                    "name": "size",
                    "action": {"block": {}},
                    "statement": {
                        "sizeConstraintStatement": {
                            "comparisonOperator": "GT",
                            "size": 8192.0,
                            "fieldToMatch": {"body": {}},
                        }
                    },
                }
            ],
        },
    ),
)
"""What the pods run on and behind."""


def test_there_are_all_rules() -> None:
    assert set(MINE) == set(IDS) == set(BAD)


@pytest.mark.parametrize("rule", MINE.values(), ids=MINE)
def test_good_pods_of_each_kind_have_no_finding(rule: Rule) -> None:
    for kind in TEMPLATE:
        assert verdict(rule, pods(kind=kind), *AROUND) is not Verdict.FAIL


@pytest.mark.parametrize("rule", MINE.values(), ids=MINE)
def test_one_fault_is_found_in_each_kind_and_by_no_other_rule(rule: Rule) -> None:
    for kind in TEMPLATE:
        faulty = pods(container(**BAD[rule.id]), kind=kind)
        fails = {other.id for other in MINE.values() if verdict(other, faulty, *AROUND) is Verdict.FAIL}
        assert fails == {rule.id}, kind


NONSENSE = [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN]
PARTS = (
    "containers", "initContainers", "volumes", "securityContext", "nodeSelector", "affinity", "tolerations", "os", "resources",
)  # fmt: skip
FIELDS = (
    "image", "command", "args", "env", "envFrom", "ports", "resources", "securityContext", "volumeMounts", "readinessProbe",
    "livenessProbe", "restartPolicy",
)  # fmt: skip


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = [manifest(kind, kind, spec=nonsense, data=nonsense) for kind in {**GROUPS, **TEMPLATE}]
    odd += [pods(name=f"pod-{part}", pod={part: nonsense}) for part in PARTS]
    odd += [pods(container(**{field: nonsense}), name=f"field-{field}") for field in FIELDS]
    odd += [pods(name="labels", metadata={"labels": nonsense, "annotations": nonsense})]
    graph = Graph(odd)
    for rule in MINE.values():
        assert not [found.text for found in rule.check(graph) if "itself failed" in found.text]


PROGRAM = """
import json, pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s
topic = aws.sns.Topic("topic")
role = aws.iam.Role("role", assume_role_policy=json.dumps({{"Version": "2012-10-17", "Statement": []}}))
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnets = [aws.ec2.Subnet(zone, vpc_id=vpc.id, availability_zone="ap-northeast-2" + zone, cidr_block=f"10.0.{{i}}.0/24").id
           for i, zone in enumerate("ab")]
cluster = aws.eks.Cluster("cluster", role_arn=role.arn, vpc_config={{"subnet_ids": subnets}})
aws.eks.NodeGroup("nodes", cluster_name=cluster.name, node_role_arn=role.arn, subnet_ids=subnets,
                  ami_type="AL2023_x86_64_STANDARD", instance_types=["m6i.large"],
                  scaling_config={{"desired_size": 9, "max_size": 9, "min_size": 9}})
shown = {{"cloudwatch_metrics_enabled": False, "metric_name": "m", "sampled_requests_enabled": False}}
aws.wafv2.WebAcl("firewall", scope="REGIONAL", default_action={{"allow": {{}}}}, visibility_config=shown, rules=[
    {{"name": "size", "priority": 0, "action": {{"block": {{}}}}, "visibility_config": shown, "statement": {{
        "size_constraint_statement": {{"comparison_operator": "GT", "size": 8192, "field_to_match": {{"body": {{}}}},
            "text_transformations": [{{"priority": 0, "type": "NONE"}}]}}}}}}])
for kind, name, props in json.loads(r'''{cases}'''):
    module = k8s.apps.v1 if kind == "Deployment" else k8s.core.v1 if kind != "PodDisruptionBudget" else k8s.policy.v1
    getattr(module, kind)(name, **props)
"""


@pytest.mark.engine
def test_in_a_preview(make_rehearsal: Any) -> None:
    subjects = [pods(container(**BAD[rule]), name=rule) for rule in IDS] + [pods(name="good"), budget()]
    cases = [
        (item.props["kind"], item.name, {"metadata": item.props["metadata"], "spec": item.props["spec"]})
        for item in subjects
    ]
    unknown = """
container = {"name": "app", "image": topic.arn.apply(lambda arn: f"{arn}:1"), "command": [topic.arn]}
k8s.core.v1.Pod("later", metadata={"name": "later"}, spec={"containers": [container]})
"""
    result = preview(make_rehearsal, PROGRAM.format(cases=json.dumps(cases)), [unknown], stack="prod")
    for rule in MINE.values():
        assert failed(result, rule) == {rule.id} | ({"later"} if rule.id == "resource-requests" else set()), (
            rule.id
        )
    for rule in ("image-tag", "dev-command", "pod-security", "writable-paths"):
        assert "later" in undecided(result, MINE[rule])
        assert "good" not in undecided(result, MINE[rule])
