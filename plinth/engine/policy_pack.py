"""Runs a policy pack behind a proxy, because it must know the stack before it starts.

The engine tells an analyzer about the stack by the call ConfigureStack, but a pack written in Python reads project,
stack and configuration from its environment when it starts. So the engine first talks to a proxy, the pack starts when
ConfigureStack has come, and all other calls go through. (Facts: `sdk/policy_proxy.go` of pulumi/pulumi, v3.250.0.)
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from io import BufferedReader
from queue import SimpleQueue
from typing import cast

import grpc

from plinth.engine.contract import analyzer

UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
"""A whole stack travels in one AnalyzeStack."""

CONFIGURE_STACK = "/pulumirpc.Analyzer/ConfigureStack"
HANDSHAKE = "/pulumirpc.Analyzer/Handshake"
EMPTY_MESSAGE = b""


class PolicyPackProxy(grpc.GenericRpcHandler):
    """An analyzer for the engine; passes calls on, unread, to the pack that `attach` names."""

    def __init__(self) -> None:
        self._configuration: Future[bytes] = Future()
        self._pack: Future[grpc.Channel] = Future()
        self._server = grpc.server(ThreadPoolExecutor(), handlers=[self], options=UNLIMITED)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()  # and ends with the process

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        method = handler_call_details.method
        if method == HANDSHAKE:
            return grpc.unary_unary_rpc_method_handler(self._answer_handshake)
        if method == CONFIGURE_STACK:
            return grpc.unary_unary_rpc_method_handler(self._answer_configure_stack)
        return grpc.unary_unary_rpc_method_handler(partial(self._forward, method))

    def _answer_handshake(self, _request: bytes, _context: grpc.ServicerContext) -> bytes:
        return EMPTY_MESSAGE

    def _answer_configure_stack(self, request: bytes, _context: grpc.ServicerContext) -> bytes:
        self._tell(request)
        return EMPTY_MESSAGE

    def _forward(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        self._tell(EMPTY_MESSAGE)  # `pulumi policy publish` configures no stack
        try:
            return cast("bytes", self._pack.result().unary_unary(method)(request))
        except grpc.RpcError as problem:
            context.abort(problem.code(), problem.details() or "")
        except RuntimeError as problem:
            context.abort(grpc.StatusCode.UNAVAILABLE, str(problem))

    def _tell(self, configuration: bytes) -> None:
        with suppress(InvalidStateError):  # the first call tells
            self._configuration.set_result(configuration)

    def environment(self) -> dict[str, str]:
        """What the pack reads of the stack; waits until the engine has told it, empty when `stop` comes first."""
        stack = analyzer.AnalyzerStackConfigureRequest.FromString(self._configuration.result())
        if not stack.stack:
            return {}
        return {
            "PULUMI_ORGANIZATION": stack.organization or "organization",
            "PULUMI_PROJECT": stack.project,
            "PULUMI_STACK": stack.stack,
            "PULUMI_DRY_RUN": str(stack.dry_run).lower(),
            "PULUMI_CONFIG": json.dumps(dict(stack.config)),
        }

    def attach(self, first_line: bytes) -> None:
        """Pass calls on to the pack, whose first line of output is its port."""
        with suppress(InvalidStateError):  # `stop` came first
            try:
                self._pack.set_result(self._connect(first_line))
            except (RuntimeError, grpc.RpcError) as problem:
                self._pack.set_exception(problem)

    def _connect(self, first_line: bytes) -> grpc.Channel:
        if not first_line.strip().isdigit():
            said = first_line.decode(errors="replace").strip()
            text = (
                f"it printed {said!r}, where its port was due"
                if said
                else "it ended before it could be asked"
            )
            raise RuntimeError(f"the policy pack did not start: {text}")
        channel = grpc.insecure_channel(f"127.0.0.1:{int(first_line)}", options=UNLIMITED)
        try:
            channel.unary_unary(CONFIGURE_STACK)(self._configuration.result(), wait_for_ready=True)
        except grpc.RpcError as problem:
            if problem.code() is not grpc.StatusCode.UNIMPLEMENTED:  # as with packs of older SDKs
                raise
        return channel

    def stop(self, why: str = "the policy pack was stopped") -> None:
        """Wait for nothing more. Calls still get an answer: the engine may ask just after a pack failed to start."""
        self._tell(EMPTY_MESSAGE)
        with suppress(InvalidStateError):
            self._pack.set_exception(RuntimeError(why))


def read_output(
    pack: subprocess.Popen[bytes], on_first_line: Callable[[bytes], None]
) -> Iterator[tuple[str, bytes]]:
    """What `pack` prints, as it comes: (`stdout` or `stderr`, chunk); the first line of stdout is passed on instead."""
    queue: SimpleQueue[tuple[str, bytes]] = SimpleQueue()

    def read(pipe: BufferedReader, name: str) -> None:
        if name == "stdout":
            on_first_line(pipe.readline())
        while chunk := pipe.read1(65536):
            queue.put((name, chunk))
        queue.put((name, b""))

    open_pipes = {
        "stdout": cast("BufferedReader", pack.stdout),
        "stderr": cast("BufferedReader", pack.stderr),
    }
    for name, pipe in open_pipes.items():
        threading.Thread(target=read, args=(pipe, name), daemon=True).start()
    while open_pipes:
        name, chunk = queue.get()
        if chunk:
            yield name, chunk
        else:
            del open_pipes[name]
