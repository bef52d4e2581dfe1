"""`cluster-access`: the people who must reach the Kubernetes API can, and nobody else.

With authentication by the ConfigMap `aws-auth` alone, nobody reaches the API after the cluster's creator has left, or after one
bad edit of it. A cluster takes access entries (`API`, or `API_AND_CONFIG_MAP`), its endpoint is private or public to listed
CIDRs, its control plane logs who did what, and a key of one's own encrypts its secrets.

Sources: EKS API reference, "CreateAccessConfigRequest" (`CONFIG_MAP` without a word) and "VpcConfigRequest" (public to 0.0.0.0/0
without a word); EKS user guide, "Encrypt Kubernetes secrets with KMS on existing clusters" and "Send control plane logs to
CloudWatch Logs".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from incidents.graph import Graph, Resource
from incidents.references import is_said
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown, as_list, holds_unknown

EKS_CLUSTER = "aws:eks/cluster:Cluster"
ADDRESSES = ("aws:ec2/eip:Eip", "aws:ec2/natGateway:NatGateway")
WORLD = {"0.0.0.0/0", "::/0"}
PEOPLE = {"audit", "authenticator"}
"""The logs that tell who did what, and who was let in or refused."""

REMEDY = (
    'access_config={"authentication_mode": "API"} with aws.eks.AccessEntry for a role of yours; vpc_config with '
    "endpoint_private_access=True, and public_access_cidrs of your own or endpoint_public_access=False; "
    'enabled_cluster_log_types=["api", "audit", "authenticator"]; encryption_config with a KMS key for "secrets"'
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each EKS cluster."""
    yield from each(RULE.id, graph.of_type(EKS_CLUSTER), lambda cluster: judge(graph, cluster))


def judge(graph: Graph, cluster: Resource) -> Finding:
    wrong: list[str] = []
    questions: list[str] = []
    for mistake in (authentication, partial(endpoint, graph), logs, encryption):
        try:
            wrong.append(mistake(cluster))
        except Undecided as undecided:
            questions.append(str(undecided))
    found = [text for text in wrong if text]
    if found:
        return Finding(Verdict.FAIL, cluster.urn, f"{cluster} {'; it '.join(found)}. Remedy: {REMEDY}.")
    if questions:
        raise Undecided("; ".join(questions))
    return Finding(Verdict.PASS, cluster.urn)


def authentication(cluster: Resource) -> str:
    """What is wrong, and what follows; empty for nothing. Raises `Undecided`. So do the others."""
    said = cluster.peek("accessConfig") if is_said(cluster, "accessConfig") else None
    mode = cluster.peek("accessConfig", "authenticationMode") if said is not None else None
    if isinstance(mode, Unknown):
        raise Undecided("its authentication mode is not known at preview")
    if mode in ("API", "API_AND_CONFIG_MAP"):
        return ""
    shown = str(mode) if mode else "CONFIG_MAP (AWS default)"
    return f"has authentication_mode {shown}: once its creator is gone, or aws-auth is broken, nobody reaches its API"


def endpoint(graph: Graph, cluster: Resource) -> str:
    """A CIDR of a list that comes later is that of an address of the stack, where one feeds the list."""
    config = cluster.peek("vpcConfig")
    public = cluster.peek("vpcConfig", "endpointPublicAccess")
    if public is False:
        return ""
    cidrs = cluster.peek("vpcConfig", "publicAccessCidrs")
    listed = [item for item in as_list(cidrs) if isinstance(item, str)]
    world = sorted(WORLD.intersection(listed))
    if world:
        return f"has public_access_cidrs {', '.join(world)}: the whole world can try to log in to its API"
    if listed and len(listed) == len(as_list(cidrs)):
        return ""
    sources = [
        source for source in graph.of_type(*ADDRESSES) if source.urn in cluster.edges.get("vpcConfig", ())
    ]
    if holds_unknown(as_list(cidrs)) and sources:
        return ""
    if isinstance(config, Unknown) or isinstance(public, Unknown):
        raise Undecided("whether its endpoint is public is not known at preview")
    is_later = isinstance(cidrs, Unknown) and "vpcConfig" in cluster.edges and public is True
    if is_later or holds_unknown(as_list(cidrs)):
        raise Undecided("the CIDRs of its public endpoint are not known at preview")
    return "has a public endpoint for 0.0.0.0/0 (AWS default): the whole world can try to log in to its API"


def logs(cluster: Resource) -> str:
    said = (
        as_list(cluster.get("enabledClusterLogTypes")) if is_said(cluster, "enabledClusterLogTypes") else []
    )
    missing = sorted(PEOPLE - set(map(str, said)))
    return f"does not log {', '.join(missing)}: who did what could never be told" if missing else ""


def encryption(cluster: Resource) -> str:
    """Secrets are all that EKS lets encrypt so: what is said but not known is them."""
    if not is_said(cluster, "encryptionConfig"):
        return "has no encryption_config: its secrets are under no KMS key that you can audit or revoke"
    resources = cluster.peek("encryptionConfig", "resources")
    is_right = isinstance(resources, Unknown) or "secrets" in as_list(resources)
    return "" if is_right else "has an encryption_config that does not name 'secrets'"


RULE = Rule(
    id="cluster-access",
    why="An API server that the whole world may try, or that nobody reaches once its creator is gone.",
    remedy=REMEDY,
    check=check,
)
