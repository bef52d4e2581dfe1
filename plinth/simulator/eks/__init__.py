"""pulumi-eks's remote components: `Cluster`, `ManagedNodeGroup`, `Addon`, `NodeGroupV2`.

The real provider is a Node.js program that registers resources of the aws package. This one registers the same children
with the same names, inputs and dependency edges, as recorded from a run of release 4.3.0, so that policies see what they
would see for real. Left out: the question for the aws CLI's version, and the TLS connection that `create_oidc_provider`
opens for a certificate's fingerprint (a fixed one stands in).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pulumi.runtime.proto import provider_pb2 as proto

from plinth.simulator.eks import addon, cluster, managed_node_group, node_group_v2
from plinth.simulator.eks.component import Built, Component
from plinth.simulator.eks.values import to_struct
from plinth.simulator.errors import Refused

COMPONENTS: Mapping[str, Callable[[Component], Built]] = {
    "eks:index:Cluster": cluster.build,
    "eks:index:ManagedNodeGroup": managed_node_group.build,
    "eks:index:NodeGroupV2": node_group_v2.build,
    "eks:index:Addon": addon.build,
}


def construct(request: proto.ConstructRequest) -> proto.ConstructResponse:
    """Register the component that `request` asks for. Raises `Refused` for one that is not simulated."""
    build = COMPONENTS.get(request.type)
    if build is None:
        raise Refused(
            f"{request.type} is not simulated, so a program with it cannot be rehearsed. "
            f"Simulated are {', '.join(sorted(COMPONENTS))}; use one of these, or extend plinth/simulator/eks."
        )
    with Component.open(request) as component:
        built = build(component)
        state, dependencies = to_struct(built.outputs)
        return proto.ConstructResponse(
            urn=built.urn,
            state=state,
            stateDependencies={
                key: proto.ConstructResponse.PropertyDependencies(urns=sorted(urns))
                for key, urns in dependencies.items()
            },
        )


def call(request: proto.CallRequest) -> proto.CallResponse:
    """`Cluster.get_kubeconfig`. Raises `Refused` for any other method."""
    if request.tok != "eks:index:Cluster/getKubeconfig":
        raise Refused(f"{request.tok}: the simulator knows no such method of pulumi-eks.")
    return cluster.get_kubeconfig(request)
