"""Remote components: the packages whose providers register resources of their own."""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2 as proto

from plinth.simulator.errors import Refused


def construct(request: proto.ConstructRequest) -> proto.ConstructResponse:
    """Register the component and its children, as the real provider does. Raises `Refused`."""
    if request.type.startswith("eks:"):
        from plinth.simulator import eks

        return eks.construct(request)
    raise Refused(
        f"{request.type} is a remote component that the simulator does not know, so its resources cannot be rehearsed. "
        "Leave it out of the rehearsed stack, or add it to plinth/simulator (CONTRIBUTING.md says how)."
    )


def call(request: proto.CallRequest) -> proto.CallResponse:
    """Call a method of a remote component. Raises `Refused`."""
    if request.tok.startswith("eks:"):
        from plinth.simulator import eks

        return eks.call(request)
    raise Refused(f"{request.tok} is a method that the simulator does not know.")
