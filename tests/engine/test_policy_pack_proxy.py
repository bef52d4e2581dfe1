"""The proxy's calls end with an answer, whatever becomes of the pack."""

from __future__ import annotations

import grpc
import pulumi  # noqa: F401 - whole, before the proxy imports the part that it needs
import pytest

from plinth.engine.policy_pack import PolicyPackProxy


def test_calls_under_way_and_late_ones_are_told_why_the_pack_did_not_start() -> None:
    proxy = PolicyPackProxy()
    with grpc.insecure_channel(f"127.0.0.1:{proxy.port}") as engine:
        ask = engine.unary_unary("/pulumirpc.Analyzer/GetAnalyzerInfo")
        under_way = ask.future(b"", wait_for_ready=True)
        proxy.environment()  # the call has arrived
        proxy.attach(b"")
        proxy.stop()
        for call in (under_way, ask.future(b"")):
            with pytest.raises(grpc.RpcError, match="the policy pack did not start: it ended before"):
                call.result(timeout=10)


def test_a_pack_that_starts_after_the_end_is_left_alone() -> None:
    proxy = PolicyPackProxy()
    proxy.stop()
    proxy.attach(b"")
    assert proxy.environment() == {}
