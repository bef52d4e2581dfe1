"""`plinth check` as a user runs it, and its parts: places, the API server's words, the same verdicts as on a stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from aws_facts.eks import KUBERNETES_VERSIONS
from incidents.graph import Resource
from incidents.rule import Verdict
from incidents.rules import RULES
from plinth.check import examine
from plinth.cluster_nodes import read_nodes
from plinth.errors import UserError
from plinth.kubernetes_schemas import faults, known_version
from plinth.manifests import Manifest, read_manifests
from tests.policies.manifests import LABELS, budget, container, env, pods, service
from tests.policies.stacks import findings

ROOT = Path(__file__).parents[2]
NEWEST = KUBERNETES_VERSIONS[-1]
GROUPS = {"core/v1": "v1"}
SELECTOR = {"selector": {"matchLabels": LABELS}}


def check(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plinth", "check", *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT, input=stdin, env=os.environ | environment,
    )  # fmt: skip


def as_yaml(*resources: Resource) -> str:
    """Objects as `helm template` prints them: whole numbers without a point, each document after its source."""
    documents = (json.loads(json.dumps(item.props), parse_float=whole) for item in resources)
    versions = (item.type.split(":")[1] for item in resources)
    objects = (
        {"apiVersion": GROUPS.get(version, version), **document}
        for version, document in zip(versions, documents, strict=True)
    )
    return "".join(f"---\n# Source: shop/templates/x.yaml\n{yaml.safe_dump(item)}" for item in objects)


def whole(text: str) -> int:
    return int(float(text))


def read(tmp_path: Path, text: str, name: str = "shop.yaml") -> list[Manifest]:
    path = tmp_path / name
    path.write_text(text)
    return read_manifests([path])


def lines(tmp_path: Path, *resources: Resource, nodes: Any = ()) -> list[str]:
    return examine(read(tmp_path, as_yaml(*resources)), nodes, NEWEST).failures


GOOD = (pods(), budget(), service(ports=[{"port": 80.0}]))


def test_good_manifests_pass_and_a_fault_fails(tmp_path: Path) -> None:
    good = check("-", stdin=as_yaml(*GOOD))
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("3 objects checked: 0 findings, ")
    (tmp_path / "bad.yaml").write_text(as_yaml(budget(), pods(container(image="shop:latest"))))
    bad = check(str(tmp_path))
    assert bad.returncode == 1
    (line,) = bad.stdout.splitlines()[:-1]
    assert line.startswith(f"{tmp_path / 'bad.yaml'}:")
    assert "(document 2): image-tag: " in line


@pytest.mark.parametrize(
    ("arguments", "stdin", "text"),
    [
        (["nowhere.yaml"], "", "nowhere.yaml: cannot be read"),
        (["-"], "a: [", "no YAML"),
        (["-"], "a: !!int x", "no YAML"),
        (["-"], "a: !!timestamp x", "`kind` or `apiVersion` is missing"),
        (["-"], "replicas: 2", "-:1 (document 1): `kind` or `apiVersion` is missing"),
        (["-"], "- 1", "document 1 is no object"),
        (["-"], "", "no Kubernetes manifest"),
        (["-", "--kubernetes-version", "1.12"], "kind: Pod\napiVersion: v1", "--kubernetes-version 1.12: no schemas"),
        (["-", "--against", "nowhere.yaml"], "kind: Pod\napiVersion: v1", "nowhere.yaml: cannot be read"),
        (["-", "--nodes", "nowhere.yaml"], "kind: Pod\napiVersion: v1", "nowhere.yaml: cannot be read"),
    ],
)  # fmt: skip
def test_a_users_mistakes_end_in_a_text(arguments: list[str], stdin: str, text: str) -> None:
    done = check(*arguments, stdin=stdin)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_production_only_rules_are_advice_elsewhere() -> None:
    text = as_yaml(pods(container(command=["npm", "run", "dev"])), budget())
    assert check("-", stdin=text).returncode == 1
    elsewhere = check("-", stdin=text, PULUMI_STACK="dev")
    assert elsewhere.returncode == 0
    assert "note: -:3 (document 1): dev-command: " in elsewhere.stdout


def deployment(**spec: Any) -> Resource:
    return pods(spec={**SELECTOR, **spec})


def faulty(**changes: Any) -> Resource:
    return pods(container(**changes))


REAL = {
    "unknown field": (deployment(replica=2.0), 'strict decoding error: unknown field "spec.replica"'),
    "wrong type": (deployment(replicas="two"), "spec.replicas: Invalid value: 'two' is not of type 'integer'"),
    "required": (deployment(selector=None), "spec.selector: Required value"),
    "selector": (
        deployment(selector={"matchLabels": {"app": "shpo"}}),
        "spec.template.metadata.labels: Invalid value: {'app': 'shop'}: `selector` does not match template `labels`",
    ),
    "quantity": (
        faulty(resources={"requests": {"cpu": "50 m", "memory": "1Mi"}, "limits": {"memory": "1Mi"}}),
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ),
    "request above limit": (
        faulty(resources={"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "1Gi"}}),
        'requests: Invalid value: "2Gi": must be less than or equal to memory limit of 1Gi',
    ),
    "mount": (
        faulty(volumeMounts=[{"name": "tmp", "mountPath": "/tmp"}, {"name": "x", "mountPath": "/x"}]),
        'spec.template.spec.containers[0].volumeMounts[1].name: Not found: "x"',
    ),
    "no name": (pods(name=""), "metadata.name: Required value: name or generateName is required"),
    "no image": (faulty(ports=[{"name": "http"}, {"containerPort": 8080.0}]), "ports[0].containerPort: Required value"),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(REAL))
def test_what_an_api_server_refuses(tmp_path: Path, case: str) -> None:
    subject, words = REAL[case]
    found = [line for line in lines(tmp_path, subject, budget()) if "kubernetes:" not in line]
    assert len(found) == 1
    assert words in found[0]


def test_the_place_is_that_of_the_field(tmp_path: Path) -> None:
    text = "# a comment\napiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  hostnet: true\n  containers: []\n"
    (manifest,) = read(tmp_path, text)
    (fault,) = faults(manifest, NEWEST)
    assert manifest.place(fault.path) == f"{tmp_path / 'shop.yaml'}:7 (document 1)"


@pytest.mark.parametrize(
    ("kind", "api_version", "wanted"),
    [
        ("Ingress", "extensions/v1beta1", 'no matches for kind "Ingress" in version "extensions/v1beta1"'),
        ("PodDisruptionBudget", "policy/v1beta1", "no matches for kind"),
        ("Deploiment", "apps/v1", "no matches for kind"),
        ("NodePool", "karpenter.sh/v1", ""),
        ("TargetGroupBinding", "elbv2.k8s.aws/v1beta1", ""),
        ("Gateway", "gateway.networking.k8s.io/v1", ""),
        ("NetworkPolicy", "networking.k8s.io/v1", ""),
    ],
)
def test_kinds(tmp_path: Path, kind: str, api_version: str, wanted: str) -> None:
    (manifest,) = read(
        tmp_path, yaml.safe_dump({"kind": kind, "apiVersion": api_version, "metadata": {"name": "x"}})
    )
    texts = [fault.text for fault in faults(manifest, NEWEST)]
    assert [wanted in text for text in texts] == ([True] if wanted else [])


def test_what_is_refused_depends_on_the_version(tmp_path: Path) -> None:
    (manifest,) = read(tmp_path, as_yaml(pods(pod={"resources": {"limits": {"cpu": "1"}}})))
    assert not faults(manifest, known_version("v1.34.2"))
    assert [fault.text for fault in faults(manifest, known_version("1.30"))] == [
        'strict decoding error: unknown field "spec.template.spec.resources"'
    ]


def test_lists_folders_and_files_of_tools(tmp_path: Path) -> None:
    items = [yaml.safe_load(as_yaml(item)) for item in GOOD]
    (tmp_path / "list.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    (tmp_path / "values.yaml").write_text("replicas: 2\n")
    (tmp_path / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    )
    (tmp_path / "notes.txt").write_text("{{ no YAML")
    assert [str(manifest) for manifest in read_manifests([tmp_path])] == [
        "Deployment 'shop'", "PodDisruptionBudget 'shop'", "Service 'shop'",
    ]  # fmt: skip
    (tmp_path / "chart.yaml").write_text("kind: {{ .Values.kind }}\n")
    with pytest.raises(UserError, match="helm template"):
        read_manifests([tmp_path])


SAME = [
    pods(container(image="shop:latest")),
    pods(container(env=env(REDIS_URL="redis://redis:6379", JWT_SECRET="literal"))),
    pods(container(resources={}), spec={"replicas": 1.0}),
    pods(container(securityContext={"privileged": True}), kind="CronJob"),
    pods(container(livenessProbe={"httpGet": {"path": "/ready", "port": "http"}}), kind="StatefulSet"),
    pods(pod={"nodeSelector": {"capacity-type": "spot"}}, kind="Job"),
    pods(kind="DaemonSet"),
]


@pytest.mark.parametrize("subject", SAME, ids=lambda item: item.props["kind"])
def test_yaml_gets_the_same_verdicts_as_a_stack(tmp_path: Path, subject: Resource) -> None:
    report = examine(read(tmp_path, as_yaml(subject)), [], NEWEST)
    for rule in RULES:
        found = findings(rule, subject)
        expected = found[subject.name].verdict if subject.name in found else Verdict.NOT_APPLICABLE
        where = f": {rule.id}: "
        assert any(where in line for line in report.failures) == (expected is Verdict.FAIL)
        assert any(where in line for line in report.notes) == (expected is Verdict.UNKNOWN)


def nodes(tmp_path: Path, text: str) -> list[dict[str, Any]]:
    path = tmp_path / "nodes.yaml"
    path.write_text(text)
    return read_nodes(path)


SHORT = """
nodes:
  - {count: 3, instanceType: t3.medium, labels: {eks.amazonaws.com/capacityType: SPOT}}
  - {instanceType: x9.large, allocatable: {cpu: "2", memory: 4Gi, pods: 20}, taints: [{key: only, effect: NoSchedule}]}
"""


def test_nodes_are_what_labels_and_room_are_compared_with(tmp_path: Path) -> None:
    there = nodes(tmp_path, SHORT)
    assert len(there) == 4
    spot = {"nodeSelector": {"eks.amazonaws.com/capacityType": "SPOT"}}
    assert not lines(tmp_path, pods(pod=spot), budget(), nodes=there)
    (wrong,) = lines(tmp_path, pods(pod={"nodeSelector": {"capacity-type": "spot"}}), budget(), nodes=there)
    assert "node-label: " in wrong
    (full,) = lines(tmp_path, pods(spec={"replicas": 38.0}), budget(), nodes=there)
    assert full.startswith("--nodes: pod-capacity: ")
    assert "Too many pods" in full


def test_nodes_as_kubectl_prints_them(tmp_path: Path) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a", "labels": {"team": "shop"}}}
    text = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [node]})
    assert nodes(tmp_path, text) == [node]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nodes: [{instanceTyp: t3.medium}]", "nodes[0].instanceTyp: no such key, so it would be ignored. Did you mean 'instanceType'?"),
        ("nodes: [{instanceType: t3.midium}]", "'t3.midium' is no instance type that Plinth knows"),
        ("nodes: [{instanceType: t3.medium, count: 0}]", "0 is no number of nodes"),
        ("node: []", "node is not what a file of nodes says"),
        ("", "no nodes in it"),
    ],
)  # fmt: skip
def test_mistakes_in_the_file_of_nodes(tmp_path: Path, text: str, wanted: str) -> None:
    with pytest.raises(UserError) as mistake:
        nodes(tmp_path, text)
    assert wanted in str(mistake.value)
