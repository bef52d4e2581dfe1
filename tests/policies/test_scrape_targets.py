"""`scrape-targets` on plain programs: ConfigMaps, objects of Prometheus's operator, charts' values, variables."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.scrape_targets import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

STATIC = "scrape_configs:\n- job_name: ledger\n  static_configs:\n  - targets: {targets}\n"


def config_map(text: Any) -> Resource:
    return resource(
        "kubernetes:core/v1:ConfigMap", "it", {"kind": "ConfigMap", "data": {"prometheus.yml": text}}
    )


def scrapes(*targets: str) -> Resource:
    return config_map(STATIC.format(targets=list(targets)))


def operator(kind: str, spec: Any) -> Resource:
    props = {"apiVersion": "monitoring.coreos.com/v1", "kind": kind, "spec": spec}
    return resource(f"kubernetes:monitoring.coreos.com/v1:{kind}", "it", props)


def release(values: Any) -> Resource:
    return resource("kubernetes:helm.sh/v3:Release", "it", {"values": values})


def collector(text: Any) -> Resource:
    return resource("aws:amp/scraper:Scraper", "it", {"scrapeConfiguration": text})


def workload(**variables: Any) -> Resource:
    env = [{"name": name, "value": value} for name, value in variables.items()]
    props = {
        "kind": "Deployment",
        "spec": {"template": {"spec": {"containers": [{"name": "app", "env": env}]}}},
    }
    return resource("kubernetes:apps/v1:Deployment", "it", props)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (scrapes("ledger.payments.svc:9090"), Verdict.PASS),
        (scrapes("localhost:9090", "127.0.0.1:9090"), Verdict.PASS),
        (scrapes("ledger:9090", "10.0.3.17:9090"), Verdict.FAIL),
        (scrapes("10.0.3.17"), Verdict.FAIL),
        (config_map("scrape_configs:\n- kubernetes_sd_configs: [{role: pod}]\n"), Verdict.PASS),
        (config_map("- targets: ['10.1.2.3:9100']\n"), Verdict.FAIL),
        (config_map('[{"targets": ["10.1.2.3:9100"]}]'), Verdict.FAIL),
        (config_map("scrape_configs: [\n"), Verdict.UNKNOWN),
        (config_map("# 10.0.0.1\nlisten: 0.0.0.0"), Verdict.NOT_APPLICABLE),
        (operator("ServiceMonitor", {"endpoints": [{"port": "metrics"}]}), Verdict.PASS),
        (operator("ScrapeConfig", {"staticConfigs": [{"targets": ["10.0.0.9:80"]}]}), Verdict.FAIL),
        (operator("Probe", {"targets": {"staticConfig": {"static": ["http://10.0.0.9/health"]}}}), Verdict.FAIL),
        (operator("PodMonitor", {"podMetricsEndpoints": [{"relabelings": [{"targetLabel": "__address__", "replacement": "10.0.0.9:80"}]}]}), Verdict.FAIL),
        (operator("ScrapeConfig", {"staticConfigs": [{"targets": [UNKNOWN]}]}), Verdict.UNKNOWN),
        (release({"server": {"extraScrapeConfigs": "- static_configs: [{targets: ['10.0.0.9:1']}]"}}), Verdict.FAIL),
        (release({"prometheus": {"additionalScrapeConfigs": [{"static_configs": [{"targets": ["a.svc:1"]}]}]}}), Verdict.PASS),
        (release({"server": {"extraScrapeConfigs": "- [{{ targets }}"}}), Verdict.UNKNOWN),
        (release({"replicas": 2}), Verdict.NOT_APPLICABLE),
        (collector("scrape_configs: [{static_configs: [{targets: ['10.0.0.9:1']}]}]"), Verdict.FAIL),
        (collector("scrape_configs: [{kubernetes_sd_configs: [{role: pod}]}]"), Verdict.PASS),
        (collector(UNKNOWN), Verdict.UNKNOWN),
        (workload(LEDGER_URL="http://10.0.3.17:8080/api"), Verdict.FAIL),
        (workload(DB_HOST="10.0.3.17"), Verdict.FAIL),
        (workload(KAFKA_BROKERS="kafka-0:9092,10.0.3.17:9092"), Verdict.FAIL),
        (workload(LEDGER_URL="http://ledger.payments.svc:8080"), Verdict.PASS),
        (workload(APP_VERSION="1.2.3.4", NO_PROXY="10.0.0.0/8,169.254.169.254"), Verdict.PASS),
        (workload(BIND_ADDRESS="0.0.0.0", SIDECAR_URL="http://127.0.0.1:4000"), Verdict.PASS),  # noqa: S104 - judged, not bound
        (workload(METADATA_URL="http://169.254.170.23/v1"), Verdict.PASS),
        (workload(LEDGER_URL=UNKNOWN), Verdict.PASS),
        (workload(), Verdict.NOT_APPLICABLE),
    ],
)  # fmt: skip
def test_each_place_is_read(subject: Resource, expected: Verdict) -> None:
    assert verdict(RULE, subject) is expected


def test_it_names_the_targets() -> None:
    text = findings(RULE, scrapes("ledger:9090", "10.0.3.17:9090", "10.0.3.18:9090"))["it"].text
    for part in ("'it'", "10.0.3.17:9090, 10.0.3.18:9090", "next rollout", "Remedy: the name of a Service"):
        assert part in text
    assert "ledger:9090" not in text.partition("Remedy")[0]


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], {1: 2}, UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = resource("kubernetes:core/v1:ConfigMap", "it", {"data": nonsense})
    cases = [config_map(nonsense), operator("Probe", nonsense), operator("ScrapeConfig", {"staticConfigs": nonsense}), odd,
             release(nonsense), release({"extraScrapeConfigs": nonsense}), workload(A=nonsense), scrapes(nonsense)]  # fmt: skip
    for case in cases:
        assert not [found for found in RULE.check(Graph([case])) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws, pulumi_kubernetes as kubernetes

in_cluster = pulumi.ResourceOptions(provider=kubernetes.Provider("k", kubeconfig="{}"))

def app(name, **variables):
    labels = {"app": name}
    container = {"name": "app", "image": "registry.example.com/app:1.0.0",
                 "env": [{"name": key, "value": value} for key, value in variables.items()]}
    kubernetes.apps.v1.Deployment(name, metadata={"name": name}, opts=in_cluster, spec={
        "selector": {"match_labels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}})

def prometheus(name, *targets):
    text = "scrape_configs:\\n- job_name: a\\n  static_configs:\\n  - targets: " + str(list(targets))
    kubernetes.core.v1.ConfigMap(name, metadata={"name": name}, data={"prometheus.yml": text}, opts=in_cluster)

def monitor(name, kind, spec):
    kubernetes.apiextensions.CustomResource(name, api_version="monitoring.coreos.com/v1", kind=kind, metadata={"name": name},
                                            spec=spec, opts=in_cluster)
"""
WRONG = {
    "mixed": 'prometheus("mixed", "ledger:9090", "10.0.3.17:9090")',
    "address": 'app("address", LEDGER_URL="http://10.0.3.17:8080")',
    "probe": 'monitor("probe", "Probe", {"targets": {"staticConfig": {"static": ["10.0.3.17"]}}})',
}
RIGHT = {
    "names": 'prometheus("names", "ledger.payments.svc:9090", "localhost:9090")',
    "named": 'app("named", LEDGER_URL="http://ledger.payments.svc:8080", APP_VERSION="1.2.3.4")',
    "pods": 'monitor("pods", "PodMonitor", {"podMetricsEndpoints": [{"port": "metrics"}], "selector": {}})',
}
UNKNOWNS = {
    "late": 'monitor("late", "Probe", {"targets": {"staticConfig": {"static": [aws.sqs.Queue("q").url]}}})',
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
