"""Pod Security Standards, profile `restricted`: what the admission controller objects to, in its words.

Source: Kubernetes documentation, "Pod Security Standards"; messages recorded on a kube-apiserver 1.34, and those of checks that
the recording does not show from kubernetes/pod-security-admission, `policy/check_*.go`. Volumes of an `image` are allowed since
1.33 (kubernetes/kubernetes #130394), the first release that has them without a feature gate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from incidents.unknowns import Unknown, as_dict, as_list
from incidents.workloads import Workload

ALLOWED_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
}  # fmt: skip
SECCOMP = ("RuntimeDefault", "Localhost")
NET_BIND_SERVICE = "NET_BIND_SERVICE"
"""The one capability that `restricted` lets a container add."""

Container = dict[str, Any]


def violations(found: Workload) -> list[str]:
    """Each check that the pod fails, in the order of the controller's names; empty if it may run."""
    return sorted([*host_access(found), *privileges(found), *identities(found)])


def what_counts(pod: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What the checks read of a pod, the kinds of its volumes but not their names: unknowns elsewhere change no verdict."""
    volumes = pod.get("volumes")
    kinds = [as_dict(item).get("hostPath") if isinstance(item, dict) else item for item in as_list(volumes)]
    shared = [pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC", "securityContext")]
    own = [item.get(key) for item in containers for key in ("securityContext", "ports")]
    return [volumes if isinstance(volumes, Unknown) else kinds, *shared, *own]


def host_access(found: Workload) -> Iterator[str]:
    shared = [f"{key}=true" for key in ("hostNetwork", "hostPID", "hostIPC") if found.pod.get(key) is True]
    if shared:
        yield f"host namespaces ({', '.join(shared)})"
    volumes = [as_dict(volume) for volume in as_list(found.pod.get("volumes"))]
    barred = [
        (volume.get("name"), kind)
        for volume in volumes
        for kind in sorted(volume.keys() - ALLOWED_VOLUMES - {"name"})
    ]
    if barred:
        told = ", ".join(f'volume "{name}" uses restricted volume type "{kind}"' for name, kind in barred)
        yield f"restricted volume types ({told})"
    ports = offenders(
        found, lambda item: any(as_dict(port).get("hostPort") for port in as_list(item.get("ports")))
    )
    if ports:
        yield f"hostPort ({named(ports)} uses a hostPort)"


def privileges(found: Workload) -> Iterator[str]:
    if who := offenders(found, lambda item: context(item).get("privileged") is True):
        yield f"privileged ({named(who)} must not set securityContext.privileged=true)"
    if who := offenders(found, lambda item: context(item).get("allowPrivilegeEscalation") is not False):
        yield (
            f"allowPrivilegeEscalation != false ({named(who)} must set "
            "securityContext.allowPrivilegeEscalation=false)"
        )
    if who := offenders(found, lambda item: "ALL" not in capabilities(item, "drop")):
        yield f'unrestricted capabilities ({named(who)} must set securityContext.capabilities.drop=["ALL"])'
    elif who := offenders(found, lambda item: set(capabilities(item, "add")) - {NET_BIND_SERVICE} != set()):
        yield f"unrestricted capabilities ({named(who)} must not add any but {NET_BIND_SERVICE})"


def identities(found: Workload) -> Iterator[str]:
    pod = context(found.pod)
    if pod.get("runAsNonRoot") is False:
        yield "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)"
    elif who := offenders(
        found, lambda item: context(item).get("runAsNonRoot", pod.get("runAsNonRoot")) is not True
    ):
        yield f"runAsNonRoot != true (pod or {named(who)} must set securityContext.runAsNonRoot=true)"
    if who := offenders(found, lambda item: context(item).get("runAsUser", pod.get("runAsUser")) == 0):
        yield f"runAsUser=0 (pod or {named(who)} must not set runAsUser=0)"
    if who := offenders(found, lambda item: profile(item, found.pod) not in SECCOMP):
        yield (
            f"seccompProfile (pod or {named(who)} must set securityContext.seccompProfile.type to "
            '"RuntimeDefault" or "Localhost")'
        )


def offenders(found: Workload, check: Callable[[Container], bool]) -> list[str]:
    return [str(item.get("name")) for item in found.all_containers if check(item)]


def named(names: Sequence[str]) -> str:
    return (
        f"container{'s' if len(names) > 1 else ''} {', '.join(f'{chr(34)}{name}{chr(34)}' for name in names)}"
    )


def context(said: Any) -> dict[str, Any]:
    return as_dict(as_dict(said).get("securityContext"))


def capabilities(container: Container, change: str) -> list[Any]:
    return as_list(as_dict(context(container).get("capabilities")).get(change))


def profile(container: Container, pod: Any) -> Any:
    own = as_dict(context(container).get("seccompProfile")).get("type")
    return own or as_dict(context(pod).get("seccompProfile")).get("type")
