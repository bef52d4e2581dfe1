"""AWS, EKS and Kubernetes as the Pulumi engine sees them: one gRPC provider a package, in one process.

What it proves: that the program registers what it should, with valid properties, that changes are updates or
replacements as with the real providers, and that AWS's computed values flow where they should. What it does not prove:
that AWS accepts every combination of values, quotas, permissions, prices, timing, or that a running system works.
`docs/simulator.md` has the whole list.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent import futures
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc as provider_grpc

from plinth.simulator.cloud import Cloud
from plinth.simulator.provider import Provider

CONCURRENT_CALLS = 64
"""The engine sends as many calls at once as `--parallel` allows (16 by default); a Construct blocks one until the
resources that it registers are made by others."""


SERVER_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.so_reuseport", 0),
]


@dataclass(frozen=True)
class Simulation:
    """Running providers; `debug_providers` is the value for `PULUMI_DEBUG_PROVIDERS`."""

    debug_providers: str


@contextmanager
def serve(packages: Sequence[str], cloud: Path, *, protected: bool = True) -> Generator[Simulation]:
    """Serve the providers of `packages` on local ports while the context lasts; `cloud` is the folder of the record.

    Unless the cloud is `protected`, what has deletion protection can be deleted all the same.
    """
    with ExitStack() as running:
        record = running.enter_context(closing(Cloud(cloud)))
        workers = running.enter_context(futures.ThreadPoolExecutor(max_workers=CONCURRENT_CALLS))
        ports = [
            f"{package}:{start(Provider(package, record, protected=protected), workers, running)}"
            for package in packages
        ]
        yield Simulation(",".join(ports))


def start(provider: Provider, workers: futures.ThreadPoolExecutor, running: ExitStack) -> int:
    """Start `provider`, to be stopped with `running`; its port."""
    server = grpc.server(workers, options=SERVER_OPTIONS)
    provider_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    running.callback(lambda: server.stop(grace=None).wait())
    return port
