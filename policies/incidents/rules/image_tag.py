"""`image-tag`: an image's name says which build runs.

On the DOA market `latest` was cached on the nodes, and old code ran after a deploy. A digest names one build; so does a tag
with a version or a commit. A tag without any digit (`latest`, `main`, `staging`, `alpine`) names a branch or a variant, and
moves.

Sources: Kubernetes documentation, "Images" (`:latest` and no tag; `imagePullPolicy` becomes `IfNotPresent` for other tags, so
that nodes keep what they have); pulumi-docker-build, `Image` (`ref` and `digest` are known once it is built, its tags before).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from incidents.graph import Graph, Resource
from incidents.images import ARCH_WORDS, Image
from incidents.rule import Finding, Rule, each
from incidents.unknowns import Unknown
from incidents.workloads import conclude, name_of, workload, workloads

COMMIT = re.compile(r"[0-9a-f]{7,}")
BUILD = "docker-build:index:Image"
WORDS = re.compile(r"[-.+]")

CONSEQUENCE = (
    "nodes keep the build that they have, so old code runs beside new, and nothing can be rolled back to"
)
REMEDY = "name the image by digest (repository@sha256:...), or by a tag with its version or commit"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    yield from each(RULE.id, workloads(graph), lambda resource: judge(graph, resource))


def judge(graph: Graph, resource: Resource) -> Finding:
    """What is not known is the digest, where a build of the stack gives the image."""
    wrong: list[str] = []
    questions: list[str] = []
    is_built = any(target.type == BUILD for target in graph.dependencies(resource, "spec"))
    for container in workload(resource).all_containers:
        image = container.get("image")
        if isinstance(image, Unknown) and not is_built:
            questions.append(f"the image of {name_of(container)} is not known at preview")
        elif isinstance(image, str) and (mistake := mistake_of(Image.parse(image))):
            wrong.append(f"{name_of(container)} runs '{image}', {mistake}")
    return conclude(resource, wrong, questions, consequence=CONSEQUENCE, remedy=REMEDY)


def mistake_of(image: Image) -> str:
    """What is wrong with how the build is named; empty for nothing."""
    if image.digest:
        return ""
    if not image.tag:
        return "which has no tag, so it is `latest`"
    words = [word for word in WORDS.split(image.tag) if word not in ARCH_WORDS]
    if "latest" in words or not any(names_build(word) for word in words):
        return f"whose tag '{image.tag}' moves from build to build"
    return ""


def names_build(word: str) -> bool:
    """Whether a part of a tag can be a version, a date or a commit."""
    return any(letter.isdigit() for letter in word) or COMMIT.fullmatch(word) is not None


RULE = Rule(
    id="image-tag",
    why="An image's tag moves from build to build: a node runs whichever it has.",
    remedy=REMEDY,
    check=check,
)
