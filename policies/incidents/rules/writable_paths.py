"""`writable-paths`: a root file system that cannot be written, and a volume wherever the program writes.

On the DOA market services crashed with `EROFS: read-only file system, mkdir 'logs'`. With `readOnlyRootFilesystem: true` a
container has a writable volume for `/tmp` and each path that it declares: in the annotation
`plinth.dev/writable-paths: /app/logs,/app/cache`, or in variables such as LOG_DIR, UPLOAD_DIR or TMPDIR. `none` there says that
it writes nothing. `readOnlyRootFilesystem: false` is blocked; without a word of it, whether the program writes into its image is
not known. Init containers and known controllers (`agents.py`) need no `/tmp`; `/dev/stdout` and the like are the runtime's.

Sources: Kubernetes API reference, SecurityContext v1 (`readOnlyRootFilesystem`, false unless said; not on Windows), VolumeMount
v1; Kubernetes documentation, "Volumes" (configMap, secret, projected and downwardAPI are read-only); OCI Runtime Specification,
"Default Filesystems" (`/proc`, `/dev/shm`; what is below `/dev` is mounted over the image).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from incidents.agents import is_node_agent, writes_nothing
from incidents.environment import container as with_env
from incidents.graph import Graph, Resource
from incidents.pod_standards import context
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown, as_dict, as_list, holds_unknown
from incidents.workloads import Workload, conclude, name_of, workload, workloads

ANNOTATION = "plinth.dev/writable-paths"
TEMPORARY = "/tmp"  # noqa: S108 - the path in question
READ_ONLY = {"configMap", "secret", "projected", "downwardAPI", "image"}
OF_THE_RUNTIME = ("/dev", "/proc")
DECLARES = re.compile(r"^((.*_)?(LOGS?|CACHE|UPLOADS?|TMP|TEMP)_(DIR|DIRECTORY|FOLDER|PATH)|TMPDIR)$")

CONSEQUENCE = "the program crashes with `EROFS: read-only file system` when it first writes"
REMEDY = f"readOnlyRootFilesystem: true, and an emptyDir mounted at {TEMPORARY} and at each path that the program writes"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    yield from each(RULE.id, workloads(graph), lambda resource: judge(graph, resource))


def judge(graph: Graph, resource: Resource) -> Finding:
    found = workload(resource)
    if found.is_windows or is_node_agent(found):
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    wrong: list[str] = []
    questions: list[str] = []
    for container in found.all_containers:
        said = context(container).get("readOnlyRootFilesystem")
        if said is False:
            wrong.append(
                f"{name_of(container)} has readOnlyRootFilesystem: false, so what it writes is lost unseen"
            )
        elif found.is_patch:
            continue
        elif said is not True:
            questions.append(
                f"{name_of(container)} does not say readOnlyRootFilesystem, so it may write into its image"
            )
        else:
            try:
                paths = [
                    path
                    for path in wanted(graph, found, container)
                    if not is_writable(path, found, container)
                ]
            except Undecided as undecided:
                questions.append(str(undecided))
            else:
                wrong += [f"{name_of(container)} has no writable volume at {path}" for path in paths]
    return conclude(resource, wrong, questions, consequence=CONSEQUENCE, remedy=REMEDY)


def wanted(graph: Graph, found: Workload, container: Mapping[str, Any]) -> Iterator[str]:
    """The paths that a container writes. Raises `Undecided`."""
    declared = found.annotation(ANNOTATION)
    if isinstance(declared, Unknown):
        raise Undecided(f"{ANNOTATION} is not known at preview")
    if declared == "none" or writes_nothing(str(container.get("image"))):
        return
    if container in found.containers:
        yield TEMPORARY
        yield from (path.strip() for path in str(declared or "").split(",") if path.strip())
    for variable, value in sorted(with_env(graph, container).env.items()):
        is_path = isinstance(value, str) and value.startswith("/")
        if is_path and DECLARES.match(variable) and not any(covers(own, value) for own in OF_THE_RUNTIME):
            yield value


def is_writable(path: str, found: Workload, container: Mapping[str, Any]) -> bool:
    """Whether `path` lies in a volume that can be written: the mount nearest to it decides. Raises `Undecided`."""
    mounts = container.get("volumeMounts")
    if holds_unknown([mounts, found.pod.get("volumes")]):
        raise Undecided(f"the volumes of {name_of(container)} are not known at preview")
    around = [mount for mount in map(as_dict, as_list(mounts)) if covers(str(mount.get("mountPath")), path)]
    if not around:
        return False
    nearest = max(around, key=lambda mount: len(PurePosixPath(str(mount.get("mountPath"))).parts))
    volumes = {as_dict(item).get("name"): as_dict(item) for item in as_list(found.pod.get("volumes"))}
    # A volume that the pod does not name is a claim template of a StatefulSet.
    kinds = volumes.get(nearest.get("name"), {}).keys()
    return nearest.get("readOnly") is not True and not kinds & READ_ONLY


def covers(mount: str, path: str) -> bool:
    return PurePosixPath(path).is_relative_to(PurePosixPath(mount))


RULE = Rule(
    id="writable-paths",
    why="A program writes where its file system is read-only, or into its image: it crashes, or the files are lost.",
    remedy=REMEDY,
    check=check,
)
