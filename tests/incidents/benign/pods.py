"""Pods: what their containers may do, where they write, when they are ready, what they request, how they end."""

from __future__ import annotations

from typing import Any

from tests.incidents.benign.manifests import added, beside, container, more, orders, pod, variables
from tests.incidents.benign.variation import Added, Change, Variations
from tests.incidents.flips import APP, GONE, TEMPLATE, Flip
from tests.policies.manifests import container as image

RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
SECCOMP = {"type": "RuntimeDefault"}
FLUENT_BIT = "public.ecr.aws/aws-observability/aws-for-fluent-bit:2.34.0"


def contexts(own: Any, shared: Any) -> list[Change]:
    return [container("securityContext", value=own), pod("securityContext", value=shared)]


def volumes(*items: Any) -> list[Change]:
    """More volumes, each mounted where its name says."""
    mounts = [{"name": item["name"], "mountPath": f"/mnt/{item['name']}"} for item in items]
    return [more((*TEMPLATE, "volumes"), *items), more((*APP, "volumeMounts"), *mounts)]


def temporary(mounts: list[dict[str, Any]], kind: dict[str, Any]) -> list[Change]:
    return [container("volumeMounts", value=mounts), pod("volumes", value=[{"name": "tmp", **kind}])]


def annotated(key: str, value: str) -> Flip:
    metadata = {"labels": {"app": "orders"}, "annotations": {f"plinth.dev/{key}": value}}
    return orders(*TEMPLATE[:-1], "metadata", value=metadata)


def agent(**said: Any) -> list[Change]:
    return beside(
        "DaemonSet",
        image(image=FLUENT_BIT, ports=None, readinessProbe=None, livenessProbe=None, **said),
        pod={
            "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "logs", "hostPath": {"path": "/var/log"}}]
        },
    )


POD_SECURITY: Variations = {
    "pod-security": {
        "a user for the whole pod": contexts(RESTRICTED, {"runAsNonRoot": True, "seccompProfile": SECCOMP}),
        "a user by number besides": contexts(
            RESTRICTED, {"runAsNonRoot": True, "runAsUser": 10001.0, "runAsGroup": 10001.0, "fsGroup": 10001.0, "seccompProfile": SECCOMP},
        ),
        "another user than its pod's": contexts(
            {**RESTRICTED, "runAsUser": 20001.0, "seccompProfile": SECCOMP}, {"runAsNonRoot": True, "runAsUser": 10001.0},
        ),
        "a profile of one's own": [container("securityContext", "seccompProfile", value={"type": "Localhost", "localhostProfile": "orders.json"})],
        "a low port": [container("securityContext", "capabilities", value={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]})],
        "what is off, said": [
            container("securityContext", "privileged", value=False), pod("hostNetwork", value=False), pod("hostPID", value=False),
        ],
        "each volume that restricted allows": volumes(
            {"name": "a", "configMap": {"name": "a"}}, {"name": "b", "secret": {"secretName": "b"}}, {"name": "c", "projected": {"sources": []}},
            {"name": "d", "downwardAPI": {"items": []}}, {"name": "e", "csi": {"driver": "secrets-store.csi.k8s.io"}},
            {"name": "f", "persistentVolumeClaim": {"claimName": "f"}}, {"name": "g", "ephemeral": {"volumeClaimTemplate": {}}},
        ),
        "a volume that is an image": volumes({"name": "model", "image": {"reference": "registry.example.com/model:1.4.2"}}),
        "no port of the node": [container("ports", value=[{"containerPort": 8080.0, "hostPort": 0.0}])],
        "sysctls that are safe": [pod("securityContext", value={"sysctls": [{"name": "net.ipv4.ip_local_port_range", "value": "1024 65535"}]})],
        "an init container of the same kind": [pod("initContainers", value=[image(name="wait", ports=None, readinessProbe=None, livenessProbe=None)])],
        "an agent that reads its node's logs": agent(volumeMounts=[{"name": "logs", "mountPath": "/var/log", "readOnly": True}]),
        "a variable for the CNI that EKS made": [
            Added("kubernetes:apps/v1:DaemonSetPatch", "aws-node", {"kind": "DaemonSet", "metadata": {"name": "aws-node", "namespace": "kube-system"}, "spec": {
                "template": {"spec": {"containers": [{"name": "aws-node", "env": [{"name": "ENABLE_PREFIX_DELEGATION", "value": "true"}]}]}},
            }}),
        ],
        "an agent that is root": agent(securityContext={"runAsUser": 0.0, "readOnlyRootFilesystem": True}),
        "another namespace, which enforces baseline": [
            added("Namespace", "batch", {"labels": {"pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/warn": "restricted"}}),
            *beside("CronJob", image(securityContext={"runAsNonRoot": True, "readOnlyRootFilesystem": True}), metadata={"namespace": "batch"}),
        ],
        "a pod for Windows": beside(
            "Deployment", image(securityContext={"windowsOptions": {"runAsUserName": "ContainerUser"}}), pod={"os": {"name": "windows"}},
        ),
    },
}  # fmt: skip

TMP = {"name": "tmp", "mountPath": "/tmp"}

WRITABLE_PATHS: Variations = {
    "writable-paths": {
        "memory at /tmp": temporary([TMP], {"emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}),
        "a slash behind it": temporary([{"name": "tmp", "mountPath": "/tmp/"}], {"emptyDir": {}}),
        "one volume for two paths": [
            container("volumeMounts", value=[{**TMP, "subPath": "tmp"}, {"name": "tmp", "mountPath": "/app/cache", "subPath": "cache"}]),
            variables(CACHE_DIR="/app/cache/thumbnails"),
        ],
        "a disk of its own": temporary([TMP], {"ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}}}),
        "a claim": temporary([TMP], {"persistentVolumeClaim": {"claimName": "orders"}}),
        "other temporary files": [
            variables(TMPDIR="/var/tmp"), more((*APP, "volumeMounts"), {"name": "tmp", "mountPath": "/var/tmp"}),
        ],
        "logs to the container's output": [variables(LOG_PATH="/dev/stdout", ERROR_LOG_PATH="/proc/self/fd/2")],
        "places that are no paths here": [variables(LOG_DIR="logs", UPLOAD_DIR="s3://shop-pictures/uploads", CACHE_DIRECTORY="")],
        "shared memory": [variables(CACHE_DIR="/dev/shm/orders")],
        "configuration below what is writable": [
            more((*TEMPLATE, "volumes"), {"name": "settings", "configMap": {"name": "settings"}}),
            more((*APP, "volumeMounts"), {"name": "settings", "mountPath": "/tmp/settings", "readOnly": True}),
        ],
        "paths that the pod declares": [
            annotated("writable-paths", "/app/logs, /app/run"),
            more((*APP, "volumeMounts"), {"name": "tmp", "mountPath": "/app/logs"}, {"name": "tmp", "mountPath": "/app/run"}),
        ],
        "nothing to write": [annotated("writable-paths", "none"), *temporary([], {"emptyDir": {}})],
        "a claim template of a StatefulSet": beside(
            "StatefulSet", image(volumeMounts=[TMP, {"name": "data", "mountPath": "/data"}], env=[{"name": "UPLOAD_DIR", "value": "/data/in"}]),
            spec={"volumeClaimTemplates": [{"metadata": {"name": "data"}}]},
        ),
        "an init container that writes nothing": [
            pod("initContainers", value=[image(name="wait", volumeMounts=None, ports=None, readinessProbe=None, livenessProbe=None)]),
        ],
        "a vendor's controller": beside(
            "Deployment", image(image="registry.k8s.io/external-dns/external-dns:v0.19.0", volumeMounts=None),
        ),
        "a node's agent, which may write": agent(securityContext={"runAsUser": 0.0}),
    },
}  # fmt: skip


def ready(**said: Any) -> Flip:
    return container("readinessProbe", value={"periodSeconds": 5.0, **said})


def alive(**said: Any) -> Flip:
    return container("livenessProbe", value={"periodSeconds": 5.0, **said})


def get(path: str, port: Any = 8080.0, **said: Any) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": port, **said}}


def ports(*said: tuple[str, float]) -> Flip:
    return container(
        "ports", value=[{"name": name, "containerPort": number, "protocol": "TCP"} for name, number in said]
    )


def checked(**said: Any) -> Flip:
    return Flip(
        "TargetGroup",
        "orders",
        ("healthCheck",),
        {"path": "/ready", "port": "8080", "matcher": "200", **said},
    )


PROBE_PATH: Variations = {
    "probe-path": {
        "a port by its name": [ports(("http", 8080.0)), ready(**get("/ready", "http")), alive(**get("/live", "http"))],
        "a port as text": [ready(**get("/ready", "8080"))],
        "liveness by the open port": [alive(tcpSocket={"port": 8080.0})],
        "liveness by a command": [alive(exec={"command": ["pgrep", "node"]})],
        "liveness by gRPC": [ports(("http", 8080.0), ("grpc", 9090.0)), alive(grpc={"port": 9090.0, "service": "liveness"})],
        "readiness alone": [container("livenessProbe", value=GONE), container("startupProbe", value=GONE)],
        "the same path on the management port": [
            ports(("http", 8080.0), ("management", 9090.0)), alive(**get("/ready", "management")),
        ],
        "one path with a question": [ready(**get("/health?check=ready")), alive(**get("/health?check=live")), checked(path="/health?check=ready")],
        "a balancer that says who asks": [checked(path="/ready?by=alb")],
        "the traffic's port": [checked(port="traffic-port", matcher="200-299")],
        "readiness and balancer on the management port": [
            ports(("http", 8080.0), ("management", 9090.0)), ready(**get("/ready", "management")), checked(port="9090"),
        ],
        "a target group of TCP": [Flip("TargetGroup", "orders", ("healthCheck",), {"protocol": "TCP"})],
        "a TLS port, with a header": [ready(**get("/ready", scheme="HTTPS", httpHeaders=[{"name": "Host", "value": "shop.example.com"}]))],
        "a port that no container declares": [container("ports", value=GONE)],
        "a sidecar with a probe of its own": [
            pod("initContainers", value=[image(name="proxy", restartPolicy="Always", ports=[{"name": "http", "containerPort": 9901.0}], livenessProbe=None)]),
        ],
        "an Ingress whose Service says the path": [
            added("Ingress", "orders", {"annotations": {
                "alb.ingress.kubernetes.io/healthcheck-path": "/", "alb.ingress.kubernetes.io/target-type": "ip",
                "alb.ingress.kubernetes.io/target-group-attributes": "deregistration_delay.timeout_seconds=30",
            }}, spec={"defaultBackend": {"service": {"name": "orders", "port": {"number": 80.0}}}}),
            Flip("Service", "orders", ("metadata",), {
                "name": "orders", "namespace": "shop", "annotations": {"alb.ingress.kubernetes.io/healthcheck-path": "/ready"},
            }),
        ],
    },
}  # fmt: skip

VARIATIONS: Variations = {**POD_SECURITY, **WRITABLE_PATHS, **PROBE_PATH}
