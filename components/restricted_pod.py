"""Pods that may do nothing beyond their work (Kubernetes, Pod Security Standards, profile `restricted`)."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import PodSecurityContextArgsDict, SecurityContextArgsDict

LEVELS = ("enforce", "warn", "audit")


def restricted_namespace(
    name: str, *, labels: Mapping[str, str] | None = None, opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Namespace:
    """A namespace that takes no other pods (incident `pod-security`), with `labels` besides."""
    return kubernetes.core.v1.Namespace(
        name,
        metadata={
            "name": name,
            "labels": {
                **{f"pod-security.kubernetes.io/{level}": "restricted" for level in LEVELS},
                **(labels or {}),
            },
        },
        opts=opts,
    )


def pod_security(user: int) -> PodSecurityContextArgsDict:
    """The security context of a pod that runs as user and group `user`, which is not 0."""
    return {
        "run_as_non_root": True,
        "run_as_user": user,
        "run_as_group": user,
        "fs_group": user,
        "seccomp_profile": {"type": "RuntimeDefault"},
    }


def container_security() -> SecurityContextArgsDict:
    """The security context of each container: its file system cannot be written (incident `writable-paths`)."""
    return {
        "allow_privilege_escalation": False,
        "read_only_root_filesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
