"""What an API server would not let change of the objects that are deployed.

Sources: kubernetes/kubernetes, `ValidateJobSpecUpdate` (pkg/apis/batch), `ValidateDeploymentUpdate` and
`ValidateStatefulSetUpdate` (pkg/apis/apps), `ValidatePersistentVolumeClaimUpdate`, `ValidateSecretUpdate` and
`ValidateConfigMapUpdate` (pkg/apis/core), `ValidateRoleBindingUpdate` (pkg/apis/rbac). The words for Jobs and selectors were
recorded on a kube-apiserver 1.34.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plinth.kubernetes_schemas import Fault, Path, mapping, shown, without_nulls
from plinth.manifests import Manifest

IMMUTABLE = "Invalid value: {...}: field is immutable"
WHEN_SAID = "Forbidden: field is immutable when `immutable` is set"
ROLE = "Invalid value: {...}: cannot change roleRef"
STATEFUL = (
    "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
CLAIM = "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"

SELECTOR: Mapping[Path, str] = {("spec", "selector"): IMMUTABLE}
FIXED: Mapping[str, Mapping[Path, str]] = {
    "ClusterRoleBinding": {("roleRef",): ROLE},
    "DaemonSet": SELECTOR,
    "Deployment": SELECTOR,
    "Job": {
        ("spec", field): IMMUTABLE
        for field in (
            "backoffLimitPerIndex", "completionMode", "managedBy", "podFailurePolicy", "selector", "successPolicy", "template",
        )
    },
    "PersistentVolumeClaim": {
        ("spec", field): CLAIM
        for field in ("accessModes", "dataSource", "dataSourceRef", "selector", "storageClassName", "volumeMode", "volumeName")
    },
    "ReplicaSet": SELECTOR,
    "RoleBinding": {("roleRef",): ROLE},
    "Secret": {("type",): IMMUTABLE},
    "StatefulSet": {
        ("spec", field): STATEFUL for field in ("podManagementPolicy", "selector", "serviceName", "volumeClaimTemplates")
    },
}  # fmt: skip
"""By kind: what stays as it was made, and the API server's words for a change."""

SEALED: Mapping[str, Mapping[Path, str]] = {
    kind: {(field,): WHEN_SAID for field in ("data", "binaryData")} for kind in ("ConfigMap", "Secret")
}
"""The same for objects that say `immutable: true`."""

MADE_ANEW = ("helm.sh/hook", "argocd.argoproj.io/hook")
"""Annotations of objects that are deleted before they are made again."""

REMEDY = "Delete the deployed one first, or give the new one another name"


def refused_changes(
    deployed: Sequence[Manifest], wanted: Sequence[Manifest]
) -> Iterator[tuple[Manifest, Fault]]:
    """The changes from `deployed` to `wanted` that an API server refuses: of which object, and which field."""
    before = {identity(manifest): manifest for manifest in deployed}
    for manifest in wanted:
        old = before.get(identity(manifest))
        if old and not is_made_anew(manifest):
            for path, words in fixed(old).items():
                if at(old, path) != at(manifest, path):
                    yield manifest, Fault(path, f"{shown(path)}: {words}. {REMEDY}.")


def fixed(deployed: Manifest) -> Mapping[Path, str]:
    always = FIXED.get(deployed.kind, {})
    return (
        {**always, **SEALED.get(deployed.kind, {})} if deployed.content.get("immutable") is True else always
    )


def identity(manifest: Manifest) -> tuple[str, str, str, str]:
    """What makes two manifests one object; versions of its API group do not."""
    group = manifest.api_version.rpartition("/")[0]
    return group, manifest.kind, str(manifest.metadata.get("namespace") or "default"), manifest.name


def is_made_anew(manifest: Manifest) -> bool:
    annotations = mapping(manifest.metadata.get("annotations"))
    options = str(annotations.get("argocd.argoproj.io/sync-options") or "")
    return "Force=true" in options or any(hook in annotations for hook in MADE_ANEW)


def at(manifest: Manifest, path: Path) -> Any:
    value: Any = without_nulls(manifest.content)
    for step in path:
        value = mapping(value).get(str(step))
    return value
