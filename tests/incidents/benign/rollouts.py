"""Rollouts and drains: what containers request, what outlives one pod, and how requests leave what stops."""

from __future__ import annotations

from typing import Any

from tests.incidents.benign.manifests import added, beside, container, custom, more, orders, pod
from tests.incidents.benign.variation import Added, Change, Copied, Removed, Variations
from tests.incidents.flips import APP, GONE, Flip
from tests.policies.manifests import container as image

PREFIX = "alb.ingress.kubernetes.io/"
BUDGET = ("PodDisruptionBudget", "orders")


def resources(requests: Any, limits: Any) -> list[Change]:
    return [container("resources", value={"requests": requests, "limits": limits})]


def scaler(**spec: Any) -> Change:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders"}
    return added("HorizontalPodAutoscaler", "orders", spec={"scaleTargetRef": target, **spec})


def scaled_object(**spec: Any) -> Change:
    return custom(
        "keda.sh/v1alpha1", "ScaledObject", "orders", spec={"scaleTargetRef": {"name": "orders"}, **spec}
    )


def patch(kind: str, name: str, **spec: Any) -> Added:
    """What the stack changes of a workload that somebody else made."""
    props = {"kind": kind, "metadata": {"name": name, "namespace": "kube-system"}, "spec": spec}
    return Added(f"kubernetes:apps/v1:{kind}Patch", name, props)


def budget(**spec: Any) -> list[Change]:
    return [Flip(*BUDGET, ("spec",), spec)]


RESOURCE_REQUESTS: Variations = {
    "resource-requests": {
        "limits alone, which are requests too": [container("resources", value={"limits": {"cpu": "100m", "memory": "256Mi"}})],
        "numbers in other units": resources({"cpu": 0.1, "memory": "134217728"}, {"memory": "0.25Gi"}),
        "a namespace's defaults": [
            container("resources", value=GONE),
            added("LimitRange", "usual", spec={"limits": [
                {"type": "Pod", "max": {"cpu": "4"}}, {"type": "Container", "default": {"memory": "256Mi"}, "defaultRequest": {"cpu": "100m", "memory": "128Mi"}},
            ]}),
        ],
        "requests of the whole pod": [
            container("resources", value=GONE), pod("resources", value={"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}),
        ],
        "an init container that requests nothing": [pod("initContainers", value=[image(name="wait", resources=None, ports=None, readinessProbe=None, livenessProbe=None)])],
        "a disk besides": resources({"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "1Gi"}, {"memory": "256Mi", "ephemeral-storage": "2Gi"}),
        "an autoscaler in place of replicas": [orders("spec", "replicas", value=GONE), scaler(minReplicas=2.0, maxReplicas=6.0)],
        "KEDA, which goes down to none": [orders("spec", "replicas", value=GONE), scaled_object(maxReplicaCount=6.0)],
        "a budget by what may be missing": budget(maxUnavailable=1.0, selector={"matchLabels": {"app": "orders"}}, unhealthyPodEvictionPolicy="AlwaysAllow"),
        "a budget in percent, by an expression": budget(minAvailable="50%", selector={"matchExpressions": [{"key": "app", "operator": "In", "values": ["orders", "chat"]}]}),
        "one budget for all of the namespace": [Removed(BUDGET), Removed(("PodDisruptionBudget", "chat")), added("PodDisruptionBudget", "all", spec={"maxUnavailable": 1.0, "selector": {}})],
        "a workload that is alone on purpose": beside("Deployment", spec={"replicas": 1.0, "strategy": {"type": "Recreate"}}),
        "a workload that is off": beside("StatefulSet", image(resources=None), spec={"replicas": 0.0}),
        "what runs once a night, or on each node": [*beside("CronJob", name="nightly"), *beside("DaemonSet", name="agent")[:1]],
        "more replicas of what EKS made": [patch("Deployment", "coredns", replicas=3.0)],
        "a rollout of Argo": [orders("spec", "replicas", value=0.0), custom("argoproj.io/v1alpha1", "Rollout", "orders", spec={
            "replicas": 2.0, "selector": {"matchLabels": {"app": "orders"}}, "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders"},
        })],
    },
}  # fmt: skip


def delay(seconds: Any) -> Change:
    return Flip("TargetGroup", "orders", ("deregistrationDelay",), seconds)


def grace(seconds: Any) -> Change:
    return pod("terminationGracePeriodSeconds", value=seconds)


def stop(*words: str) -> list[Change]:
    return [container("lifecycle", "preStop", value={"exec": {"command": [*words]}})]


def ingress(annotations: dict[str, str], service: dict[str, str] | None = None) -> list[Change]:
    """An Ingress for `orders`, which asks for readiness, and the annotations of its Service."""
    usual = {f"{PREFIX}target-type": "ip", f"{PREFIX}healthcheck-path": "/ready"}
    metadata = {"name": "orders", "namespace": "shop", "annotations": service or {}}
    spec = {
        "rules": [
            {
                "http": {
                    "paths": [
                        {"path": "/", "backend": {"service": {"name": "orders", "port": {"number": 80.0}}}}
                    ]
                }
            }
        ]
    }
    return [
        added("Ingress", "orders", {"annotations": {**usual, **annotations}}, spec=spec),
        Flip("Service", "orders", ("metadata",), metadata),
    ]


DEREGISTRATION_DELAY: Variations = {
    "deregistration-delay": {
        "a delay as text": [delay("30")],
        "a short delay, for short requests": [delay(5.0)],
        "the longest delay, and more grace": [delay(60.0), grace(90.0)],
        "Kubernetes's own grace above the delay": [delay(15.0), grace(GONE)],
        "a shell that sleeps": stop("/bin/sh", "-c", "sleep 10"),
        "the program sleep": stop("/usr/bin/sleep", "15s"),
        "a server that is told to leave after it": stop("/bin/sh", "-c", "sleep 8 && nginx -s quit"),
        "an image without a shell": stop("python", "-c", "import time; time.sleep(10)"),
        "a sidecar that ships logs": [
            more((*APP[:-1],), image(name="logs", image="registry.example.com/fluent-bit:4.1", ports=None, readinessProbe=None, livenessProbe=None)),
        ],
        "an exporter of metrics beside it": [
            more((*APP[:-1],), image(name="exporter", image="registry.example.com/exporter:1.4", ports=[{"name": "metrics", "containerPort": 9187.0}],
                                     readinessProbe=None, livenessProbe=None)),
        ],
        "a port by name": [
            container("ports", value=[{"name": "http", "containerPort": 8080.0}]),
            Flip("Service", "orders", ("spec", "ports"), [{"port": 80.0, "targetPort": "http"}]),
        ],
        "a target group of a Lambda": [Copied(("TargetGroup", "orders"), "thumbnails", {("targetType",): "lambda", ("deregistrationDelay",): None, ("healthCheck",): None})],
        "a target group of instances": [Copied(("TargetGroup", "orders"), "batch", {("targetType",): "instance", ("healthCheck",): {"path": "/ready"}})],
        "an Ingress with several attributes": ingress({
            f"{PREFIX}target-group-attributes": "stickiness.enabled=true,stickiness.lb_cookie.duration_seconds=86400,deregistration_delay.timeout_seconds=30",
        }),
        "an Ingress whose Service has the attributes": ingress(
            {f"{PREFIX}scheme": "internet-facing"}, {f"{PREFIX}target-group-attributes": "deregistration_delay.timeout_seconds=30"},
        ),
        "an Ingress that only redirects": [
            added("Ingress", "redirect", {"annotations": {f"{PREFIX}actions.ssl": '{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}'}}, spec={
                "rules": [{"http": {"paths": [{"path": "/", "backend": {"service": {"name": "ssl", "port": {"name": "use-annotation"}}}}]}}],
            }),
        ],
        "a balancer behind another": [Copied(("TargetGroup", "orders"), "inner", {("targetType",): "alb", ("protocol",): "TCP", ("deregistrationDelay",): GONE})],
        "an Ingress of another controller": [
            added("Ingress", "inside", {"annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "8k"}}, spec={"ingressClassName": "nginx"}),
        ],
    },
}  # fmt: skip

VARIATIONS: Variations = {**RESOURCE_REQUESTS, **DEREGISTRATION_DELAY}
