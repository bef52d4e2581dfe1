"""Amazon Managed Service for Prometheus on a stack of three services, two of which show metrics: brought up once."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from plinth.costs.pricing import price
from plinth.preview import Resource
from tests.components.conftest import change, changed, copy_project, strict_pack
from tests.components.small_program import Program

pytestmark = pytest.mark.engine

NAME = "plinth-prod"
UNNEEDED = ("database", "cache", "dns", "content", "ingress", "alarms", "registry")
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
SCRAPER, DEPLOYMENT = "aws:amp/scraper:Scraper", "kubernetes:apps/v1:Deployment"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS, EGRESS = (f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule" for way in ("Ingress", "Egress"))


def with_prometheus(config: dict[str, Any]) -> None:
    for section in UNNEEDED:
        del config[f"plinth:{section}"]
    config["plinth:cluster"]["managed_prometheus"] = {"scrape_interval_seconds": 60, "retention_days": 90}
    shown = config["plinth:services"]["banner-service"]
    shop = {key: shown[key] for key in ("image", "port", "replicas", "requests", "health")}
    config["plinth:services"] = {
        "orders": shop | {"metrics": {"port": 9100, "path": "/stats"}},
        "pages": shop | {"metrics": {}},
        "quiet": shop,
        "later": {key: shop[key] for key in ("port", "replicas", "requests")} | {"metrics": {"port": 9101}},
    }


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    rehearsal = copy_project(tmp_path_factory.mktemp("prometheus"))
    change(rehearsal, "prod", with_prometheus)
    preview = rehearsal("preview", *strict_pack(rehearsal), stack="prod")
    up = rehearsal("up", stack="prod")
    outputs = json.loads(rehearsal("stack", "output", "--json", stack="prod").output)
    return Program(rehearsal, preview, up, rehearsal.state("prod"), outputs)


def test_strict_rules_have_no_finding(program: Program) -> None:
    assert program.preview.violations == []
    assert "warning" not in program.preview.output.lower()


def test_the_workspace_is_there_for_grafana(program: Program) -> None:
    workspace = program.only("aws:amp/workspace:Workspace")
    assert workspace["inputs"]["alias"] == NAME
    assert program.outputs["prometheus_endpoint"] == workspace["outputs"]["prometheusEndpoint"]
    kept = program.only("aws:amp/workspaceConfiguration:WorkspaceConfiguration")["inputs"]
    assert kept == {"workspaceId": workspace["id"], "retentionPeriodInDays": 90}
    logs = program.of_type("aws:cloudwatch/logGroup:LogGroup")[f"{NAME}-prometheus"]
    assert logs["inputs"]["retentionInDays"] == 90
    said = program.only("aws:amp/scraperLoggingConfiguration:ScraperLoggingConfiguration")["inputs"]
    destination = said["loggingDestination"]["cloudwatchLogs"]
    assert destination == workspace["inputs"]["loggingConfiguration"]
    assert destination == {"logGroupArn": f"{logs['outputs']['arn']}:*"}


def test_the_collector_reads_the_cluster_from_its_private_subnets(program: Program) -> None:
    scraper = program.only(SCRAPER)["inputs"]
    private = [
        item["id"] for name, item in program.of_type("aws:ec2/subnet:Subnet").items() if "-private-" in name
    ]
    source = scraper["source"]["eks"]
    assert source["clusterArn"] == program.only("aws:eks/cluster:Cluster")["outputs"]["arn"]
    assert sorted(source["subnetIds"]) == sorted(private)
    assert source["securityGroupIds"] == [program.of_type(GROUP)[f"{NAME}-prometheus"]["id"]]
    workspace = program.only("aws:amp/workspace:Workspace")["outputs"]
    assert scraper["destination"] == {"amp": {"workspaceArn": workspace["arn"]}}


def test_the_collector_gets_to_the_api_and_to_metrics_and_no_further(program: Program) -> None:
    own = program.of_type(GROUP)[f"{NAME}-prometheus"]["id"]
    pods = program.outputs["workload_security_group_id"]
    ways = {}
    for way in (INGRESS, EGRESS):
        rules = [item["inputs"] for item in program.of_type(way).values()]
        ways[way] = sorted(
            (rule["securityGroupId"], rule["referencedSecurityGroupId"], rule["fromPort"], rule["toPort"])
            for rule in rules
            if own in (rule["securityGroupId"], rule.get("referencedSecurityGroupId"))
        )
    assert ways[INGRESS] == [(pods, own, port, port) for port in (443, 3000, 9100)]
    assert ways[EGRESS] == [(own, pods, port, port) for port in (443, 3000, 9100)]


def test_policies_let_the_private_subnets_in_where_metrics_are(program: Program) -> None:
    policies = {
        item["inputs"]["metadata"]["name"]: item["inputs"]["spec"]
        for item in program.of_type(POLICY).values()
    }
    subnets = {
        kind: {
            item["inputs"]["cidrBlock"]
            for name, item in program.of_type("aws:ec2/subnet:Subnet").items()
            if f"-{kind}-" in name
        }
        for kind in ("private", "public")
    }
    open_to = {
        name: {rule["ports"][0]["port"]: addresses(rule["from"]) for rule in policies[name]["ingress"]}
        for name in ("orders", "quiet")
    }
    assert open_to == {
        "orders": {3000: subnets["public"], 9100: subnets["private"]},
        "quiet": {3000: subnets["public"]},
    }
    monitoring = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    assert monitoring in policies["orders"]["ingress"][-1]["from"]


def addresses(peers: list[dict[str, Any]]) -> set[str]:
    return {peer["ipBlock"]["cidr"] for peer in peers if "ipBlock" in peer}


def test_targets_are_the_pods_that_say_so_and_no_address_is_written_down(program: Program) -> None:
    configured = yaml.safe_load(program.only(SCRAPER)["inputs"]["scrapeConfiguration"])
    assert configured["global"] == {"scrape_interval": "60s", "external_labels": {"cluster": NAME}}
    (job,) = configured["scrape_configs"]
    assert job["kubernetes_sd_configs"] == [{"role": "pod", "namespaces": {"names": ["services"]}}]
    assert not re.search(r"\d+\.\d+\.\d+\.\d+|targets", json.dumps(configured))
    found = {}
    for name in ("orders", "pages", "quiet"):
        template = program.of_type(DEPLOYMENT)[f"{NAME}-{name}"]["inputs"]["spec"]["template"]
        found[name] = [
            target(job["relabel_configs"], discovered(template, port["containerPort"], phase))
            for phase in ("Running", "Failed")
            for port in template["spec"]["containers"][0]["ports"]
        ]
    orders = {"__address__": "10.0.0.7:9100", "__metrics_path__": "/stats", "service": "orders", "pod": "one"}
    pages = {"__address__": "10.0.0.7:3000", "__metrics_path__": "/metrics", "service": "pages", "pod": "one"}
    assert found == {"orders": [orders, orders, None, None], "pages": [pages, None], "quiet": [None, None]}


def discovered(template: dict[str, Any], port: int, phase: str) -> dict[str, str]:
    """What Prometheus knows of a port of a pod before relabeling ("Configuration", `kubernetes_sd_config`, role `pod`)."""
    pod, metadata = "__meta_kubernetes_pod_", template["metadata"]
    said = {f"{pod}annotation_{key}": value for key, value in metadata.get("annotations", {}).items()}
    labels = {f"{pod}label_{key}": value for key, value in metadata["labels"].items()}
    return {
        "__address__": f"10.0.0.7:{port}",
        "__metrics_path__": "/metrics",
        f"{pod}ip": "10.0.0.7",
        f"{pod}name": "one",
        f"{pod}phase": phase,
        **{re.sub(r"[^a-zA-Z0-9_]", "_", key): value for key, value in (said | labels).items()},
    }


def target(rules: list[dict[str, Any]], labels: dict[str, str]) -> dict[str, str] | None:
    """What is left of `labels` after relabeling ("Configuration", `relabel_config`); None for no target."""
    for rule in rules:
        value = rule.get("separator", ";").join(labels.get(name, "") for name in rule["source_labels"])
        match = re.fullmatch(str(rule.get("regex", "(.*)")), value)
        action = rule.get("action", "replace")
        if (action == "keep" and not match) or (action == "drop" and match):
            return None
        if action == "replace" and match:
            labels = labels | {rule["target_label"]: match[1]}
    return {name: value for name, value in labels.items() if not name.startswith("__meta_")}


def test_what_is_billed_is_named_and_unknown_where_no_price_is(program: Program) -> None:
    lines = [line for line in price(map(Resource.read, program.resources), "") if "amp/" in line.type]
    assert {line.item: (line.monthly, bool(line.assumption)) for line in lines} == {
        "1 x managed collector": (None, False),
        "samples read": (None, True),
        "samples taken in": (None, True),
        "samples processed by queries": (None, True),
        "samples kept": (None, True),
    }


def test_another_interval_changes_the_collector_alone(program: Program) -> None:
    change(program.rehearsal, "prod", lambda config: said(config).update(scrape_interval_seconds=30))
    preview = program.rehearsal("preview", stack="prod")
    assert changed(preview, "update") == {NAME}
    assert {urn.split("::")[2].rpartition("$")[2] for urn, op in preview.steps.items() if op == "update"} == {
        SCRAPER
    }
    change(program.rehearsal, "prod", lambda config: said(config).update(scrape_interval_seconds=60))


def said(config: dict[str, Any]) -> dict[str, Any]:
    return config["plinth:cluster"]["managed_prometheus"]


def test_nothing_moves_and_nothing_is_left(program: Program) -> None:
    """Last on purpose: it takes the stack down."""
    program.rehearsal("preview", "--expect-no-changes", stack="prod")
    assert set(program.rehearsal("refresh", stack="prod").changes) <= {"same"}
    program.rehearsal("destroy", stack="prod")
    assert program.rehearsal.state("prod") == []
