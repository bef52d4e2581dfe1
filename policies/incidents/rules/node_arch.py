"""`node-arch`: an image is made for the processors of the nodes that it lands on.

In WEA's team chat images were built for arm64 while all nodes were amd64. The platform of an image is told by the annotation
`plinth.dev/image-platforms: linux/arm64` (several by commas) on the pod or the workload, by its name (`arm64v8/nginx`,
`shop:1.2-arm64`), or by the one `docker-build:Image` / `docker:Image` of the stack that the workload takes it from. The nodes are
those that the pod's selectors allow. Where nodes of both architectures do and nothing tells the image's, the verdict is open, as it
is for an image of one architecture on Auto Mode or a NodePool that says none. A
managed group's AMI type and instance types agree as well.

Sources: EKS user guide, "Create a managed node group" (AMI types; an ARM type takes Graviton instances); Kubernetes,
"Well-Known Labels" (`kubernetes.io/arch`); pulumi-docker-build, `Image.platforms`; pulumi-docker, `DockerBuild.platform`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_facts import node_labels as labels
from aws_facts.instances import architecture
from incidents.graph import Graph, Resource
from incidents.images import ARCH_WORDS, Image
from incidents.placing import NODE_GROUP, Landing, all_nodes
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, as_dict, as_list, holds_unknown
from incidents.workloads import Workload, name_of, workload, workloads

ANNOTATION = "plinth.dev/image-platforms"
BUILDS = {"docker-build:index:Image": ("platforms",), "docker:index/image:Image": ("build", "platform")}

REMEDY = "build the image for the nodes' architecture (or for both), or select nodes with kubernetes.io/arch"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each managed node group, and for each resource that runs pods."""
    landing = Landing(all_nodes(graph))
    yield from each(RULE.id, graph.of_type(NODE_GROUP), judge_group)
    yield from each(RULE.id, workloads(graph), lambda resource: judge(graph, resource, landing))


def judge_group(group: Resource) -> Finding:
    ami, types = group.peek("amiType"), group.peek("instanceTypes")
    if not isinstance(ami, str) or ami == "CUSTOM" or not as_list(types):
        return Finding(Verdict.NOT_APPLICABLE, group.urn)
    arch = "arm64" if "ARM" in ami.upper() else "amd64"
    archs = {str(kind): architecture(str(kind)) for kind in as_list(types)}
    wrong = [kind for kind, own in archs.items() if own not in (arch, None)]
    if wrong:
        text = (
            f"{group}: its AMI type {ami} is for {arch}, and {', '.join(wrong)} is {archs[wrong[0]]}: EKS would refuse "
            "the group, or no node would join. Remedy: instance types of one architecture, and the AMI type for it."
        )
        return Finding(Verdict.FAIL, group.urn, text)
    if None in archs.values():
        raise Undecided("the architecture of one of its instance types is not known to this pack")
    return Finding(Verdict.PASS, group.urn)


def judge(graph: Graph, resource: Resource, landing: Landing) -> Finding:
    """An image for other processors than those of a node that the pod may land on fails."""
    found = workload(resource)
    if not landing.nodes or found.is_windows:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    choice = landing.choice(found)
    asked = arch_of(found)
    nodes = choice.architectures & asked if asked else choice.architectures
    told = [(name_of(item), image_archs(graph, found, item)) for item in found.all_containers]
    for who, archs in told:
        odd = sorted(nodes - archs)
        if archs and odd and not choice.unsure:
            text = (
                f"{resource}: the image of {who} is made for {', '.join(sorted(archs))}, and the pod may land on {', '.join(odd)} "
                f"nodes ({', '.join(item.source.label for item in choice.nodes)}): it would crash with `exec format error`. "
                f"Remedy: {REMEDY}."
            )
            return Finding(Verdict.FAIL, resource.urn, text)
    if any(archs for _, archs in told) and choice.unsure:
        raise Undecided("which nodes it lands on is not known at preview")
    vague = None if asked else next((item for item in choice.nodes if not item.has_architecture), None)
    if vague and any(archs and len(archs) == 1 for _, archs in told):
        raise Undecided(f"the architecture of {vague.source.label} is not said")
    silent = [who for who, archs in told if not archs]
    if silent and len(nodes) > 1:
        raise Undecided(
            f"its nodes are {' and '.join(sorted(nodes))}, and nothing says what the image of {silent[0]} is made for"
        )
    return Finding(Verdict.NOT_APPLICABLE if silent else Verdict.PASS, resource.urn)


def arch_of(found: Workload) -> set[str]:
    """The architectures that the pod selects, empty where it selects none. A preference is none."""
    selected = as_dict(found.pod.get("nodeSelector")).get(labels.ARCH)
    affinity = as_dict(as_dict(found.pod.get("affinity")).get("nodeAffinity"))
    terms = as_dict(affinity.get("requiredDuringSchedulingIgnoredDuringExecution")).get("nodeSelectorTerms")
    per_term = [
        {
            str(value)
            for item in map(as_dict, as_list(as_dict(term).get("matchExpressions")))
            if item.get("key") == labels.ARCH and item.get("operator") == "In"
            for value in as_list(item.get("values"))
        }
        for term in as_list(terms)
    ]
    if isinstance(selected, str):
        return {selected}
    return set[str]().union(*per_term) if per_term and all(per_term) else set()


def image_archs(graph: Graph, found: Workload, container: dict[str, object]) -> set[str]:
    """The architectures that a container's image is made for, empty where nothing says."""
    said = found.annotation(ANNOTATION)
    if isinstance(said, str):
        return archs_in(said.split(","))
    image = container.get("image")
    if isinstance(image, str):
        return {Image.parse(image).arch} - {""}
    builds = [target for target in graph.dependencies(found.resource, "spec") if target.type in BUILDS]
    if len(builds) != 1:
        return set()
    platforms = builds[0].peek(*BUILDS[builds[0].type])
    return set() if holds_unknown(platforms) else archs_in(map(str, as_list(platforms) or [platforms or ""]))


def archs_in(platforms: Sequence[str] | Iterator[str]) -> set[str]:
    """Of `linux/arm64/v8` and the like, the architectures."""
    words = {word for platform in platforms for word in platform.strip().split("/")}
    return {ARCH_WORDS[word] for word in words & ARCH_WORDS.keys()}


RULE = Rule(
    id="node-arch",
    why="An image is made for other processors than its nodes have: `exec format error`.",
    remedy=REMEDY,
    check=check,
)
