"""`pod-security`: a container cannot take over its node.

In the PAY ledger the docker socket was mounted into a container: who is in it, is root on the node. No pod mounts the node's
files, is privileged, shares the node's namespaces or ports, runs as root or adds capabilities (but NET_BIND_SERVICE). In a
namespace of the stack that enforces `restricted`, what the API server would refuse fails as well.

Known agents of nodes (`agents.py`) may use the node they serve; the socket of its container runtime they may not write. Without
a word of `runAsNonRoot` or `runAsUser` the image's own user counts, which a preview does not know. Windows pods have none of
this.

Sources: Kubernetes documentation, "Pod Security Standards", "Enforce Pod Security Standards with Namespace Labels".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from incidents.agents import is_node_agent
from incidents.graph import Graph, Resource
from incidents.pod_standards import NET_BIND_SERVICE, capabilities, context, violations, what_counts
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import as_dict, as_list, holds_unknown
from incidents.workloads import Workload, conclude, name_of, namespace_of, workload, workloads

SOCKET = re.compile(r"/(docker|containerd/containerd|crio/crio|dockershim)\.sock$")
NAMESPACE = "kubernetes:core/v1:Namespace"
ENFORCE = "pod-security.kubernetes.io/enforce"

CONSEQUENCE = "whoever gets into the container gets the node, with the secrets of all its pods, or the API server refuses the pod"
REMEDY = (
    "run as a user (runAsNonRoot: true), privileged: false, capabilities: {drop: [ALL]}, allowPrivilegeEscalation: false, "
    "seccompProfile RuntimeDefault, and volumes other than hostPath"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    levels = enforced(graph)
    yield from each(RULE.id, workloads(graph), lambda resource: judge(resource, levels))


def enforced(graph: Graph) -> Mapping[str, Any]:
    """The level that each namespace of the stack enforces, by the namespace's name."""
    return {
        str(found.peek("metadata", "name")): as_dict(found.peek("metadata", "labels")).get(ENFORCE)
        for found in graph.of_type(NAMESPACE)
    }


def judge(resource: Resource, levels: Mapping[str, Any]) -> Finding:
    found = workload(resource)
    if found.is_windows:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    wrong = list(sockets(found))
    questions: list[str] = []
    if not is_node_agent(found):
        wrong += [*host(found), *(text for item in found.all_containers for text in powers(item, found.pod))]
        questions = [text for item in found.all_containers for text in untold(item, found.pod)]
    if found.is_patch:
        return conclude(resource, wrong, (), consequence=CONSEQUENCE, remedy=REMEDY)
    told = not holds_unknown(what_counts(found.pod, found.all_containers))
    if levels.get(str(namespace_of(resource))) == "restricted" and told:
        refused = violations(found)
        if refused:
            wrong.append(f'would violate PodSecurity "restricted:latest": {", ".join(refused)}')
    return conclude(resource, wrong, questions, consequence=CONSEQUENCE, remedy=REMEDY)


def host_paths(found: Workload) -> Iterator[tuple[str, str]]:
    for volume in map(as_dict, as_list(found.pod.get("volumes"))):
        if as_dict(volume.get("hostPath")):
            yield str(volume.get("name")), str(as_dict(volume["hostPath"]).get("path"))


def sockets(found: Workload) -> Iterator[str]:
    """Container runtimes that some container may command."""
    held = {name: path for name, path in host_paths(found) if SOCKET.search(path)}
    for container in found.all_containers:
        for mount in map(as_dict, as_list(container.get("volumeMounts"))):
            path = held.get(str(mount.get("name")))
            if path and not (mount.get("readOnly") is True and is_node_agent(found)):
                yield f"{name_of(container)} mounts the socket {path}"


def host(found: Workload) -> Iterator[str]:
    mounted = {
        as_dict(mount).get("name")
        for item in found.all_containers
        for mount in as_list(item.get("volumeMounts"))
    }
    for name, path in host_paths(found):
        if not (SOCKET.search(path) and name in mounted):
            yield f"volume '{name}' is the node's {path} (hostPath)"
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if found.pod.get(key) is True:
            yield f"{key} is true"


def powers(container: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[str]:
    """What makes a container more than a process of some user."""
    own, shared = context(container), context(pod)
    if own.get("privileged") is True:
        yield f"{name_of(container)} is privileged"
    if own.get("runAsUser", shared.get("runAsUser")) == 0:
        yield f"{name_of(container)} runs as root (runAsUser 0)"
    elif own.get("runAsNonRoot", shared.get("runAsNonRoot")) is False:
        yield f"{name_of(container)} may run as root (runAsNonRoot false)"
    added = [name for name in capabilities(dict(container), "add") if name != NET_BIND_SERVICE]
    if added:
        yield f"{name_of(container)} adds capabilities {', '.join(map(str, added))}"
    ports = [as_dict(port).get("hostPort") for port in as_list(container.get("ports"))]
    if any(ports):
        yield f"{name_of(container)} takes port {next(filter(None, ports))} of the node (hostPort)"


def untold(container: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[str]:
    if holds_unknown(what_counts(pod, [container])):
        yield f"the security context or the volumes of {name_of(container)} are not known at preview"
    elif all(
        context(place).get(key) is None for place in (container, pod) for key in ("runAsNonRoot", "runAsUser")
    ):
        yield f"{name_of(container)} says neither runAsNonRoot nor runAsUser, so its image says whether it is root"


RULE = Rule(
    id="pod-security",
    why="A container can take over its node: host paths, privileges, root.",
    remedy=REMEDY,
    check=check,
)
