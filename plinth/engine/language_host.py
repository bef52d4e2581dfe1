"""A Pulumi language host for Python programs and policy packs, for machines where the official one cannot be had.

The engine starts it as `pulumi-language-python ENGINE_ADDRESS ...`, reads a port from its first line of output, and
calls `pulumirpc.LanguageRuntime` there (`language.proto` in the Pulumi SDK). What the program prints goes straight to
this process's own output, from where the engine takes it. It does what `pulumi-language-python` of pulumi/pulumi
v3.250.0 does for a rehearsal.

Left out on purpose: discovery of providers (a rehearsal attaches its own), providers written in Python, installing
packages, type checkers, debuggers, code generation.
"""

# ruff: noqa: N802, ARG002 - method names and signatures are the contract's

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty

from plinth.engine.children import Children, EnvironmentTooLongError
from plinth.engine.contract import language, language_grpc, plugin
from plinth.engine.interpreter import Interpreter, InterpreterMissingError
from plinth.engine.pins import VERSION
from plinth.engine.policy_pack import UNLIMITED, PolicyPackProxy, read_output

ALREADY_SHOWN = 32
"""Exit code by which a program says that its user has seen the error (`pulumi-language-python-exec`)."""

POLL_SECONDS = 1.0
"""How long a host may outlive an engine that was killed."""


class LanguageHost(language_grpc.LanguageRuntimeServicer):
    """Answers the engine at `engine_address`. `executor` is Pulumi's script that runs a Python program."""

    def __init__(self, engine_address: str, executor: str, children: Children) -> None:
        self._engine_address = engine_address
        self._executor = executor
        self._children = children

    def Handshake(
        self, request: language.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language.LanguageHandshakeResponse:
        self._engine_address = request.engine_address
        return language.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin.PluginInfo:
        return plugin.PluginInfo(version=VERSION)

    def GetRequiredPackages(
        self, request: language.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language.GetRequiredPackagesResponse:
        return language.GetRequiredPackagesResponse()

    def Run(self, request: language.RunRequest, context: grpc.ServicerContext) -> language.RunResponse:
        """Run the program to its end; `bail` when it has shown its error itself, `error` for any other failure."""
        try:
            interpreter = Interpreter.choose(request.info)
        except InterpreterMissingError as problem:
            return language.RunResponse(error=str(problem))
        argv = [interpreter.python, "-u", self._executor, *self._flags(request)]
        try:
            child = self._children.start(
                argv, cwd=request.pwd, env=interpreter.environment(configuration(request))
            )
        except EnvironmentTooLongError as problem:
            return language.RunResponse(error=str(problem))
        code = self._children.wait(child)
        if code == ALREADY_SHOWN:
            return language.RunResponse(bail=True)
        if code:
            how = f"exit code {code}" if code > 0 else f"signal {signal.Signals(-code).name}"
            return language.RunResponse(error=f"the program ended with {how}")
        return language.RunResponse()

    def RunPlugin(
        self, request: language.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language.RunPluginResponse]:
        """Run a policy pack, streaming its output and, last, its exit code."""
        if request.kind != "analyzer":
            refuse(context, f"{request.info.program_directory}: a {request.kind} plugin in Python")
        interpreter = choose_interpreter(request.info, context)
        proxy = PolicyPackProxy()
        at_end_of(context, proxy.stop)
        yield language.RunPluginResponse(stdout=f"{proxy.port}\n".encode())
        given = dict(entry.split("=", 1) for entry in request.env)
        try:
            pack = self._children.start(
                [
                    interpreter.python,
                    "-u",
                    "-m",
                    "pulumi.policy",
                    *request.args,
                    request.info.program_directory,
                ],
                cwd=request.info.program_directory,
                env=interpreter.environment(proxy.environment() | given),
                captured=True,
            )
        except EnvironmentTooLongError as problem:
            proxy.stop(str(problem))
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, str(problem))
        at_end_of(context, pack.kill)
        for name, chunk in read_output(pack, on_first_line=proxy.attach):
            is_error = name == "stderr"
            yield (
                language.RunPluginResponse(stderr=chunk)
                if is_error
                else language.RunPluginResponse(stdout=chunk)
            )
        yield language.RunPluginResponse(exitcode=self._children.wait(pack))

    def InstallDependencies(
        self, request: language.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language.InstallDependenciesResponse]:
        refuse(context, f"{request.info.program_directory}: installing its packages (use `make`, uv or pip)")

    def RuntimeOptionsPrompts(
        self, request: language.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language.RuntimeOptionsResponse:
        return language.RuntimeOptionsResponse()

    def About(self, request: language.AboutRequest, context: grpc.ServicerContext) -> language.AboutResponse:
        interpreter = choose_interpreter(request.info, context)
        return language.AboutResponse(executable=interpreter.python, version=interpreter.version())

    def GetProgramDependencies(
        self, request: language.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language.GetProgramDependenciesResponse:
        packages = choose_interpreter(request.info, context).packages()
        dependencies = [language.DependencyInfo(name=name, version=version) for name, version in packages]
        return language.GetProgramDependenciesResponse(dependencies=dependencies)

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        self._children.kill()
        return Empty()

    def _flags(self, request: language.RunRequest) -> list[str]:
        """The command line of the executor."""
        flags = {
            "--monitor": request.monitor_address,
            "--engine": self._engine_address,
            "--project": request.project,
            "--root_directory": request.info.root_directory,
            "--stack": request.stack,
            "--pwd": request.pwd,
            "--dry_run": str(request.dryRun).lower(),
            "--parallel": str(request.parallel),
            "--organization": request.organization,
        }
        given = [word for flag, value in flags.items() if value for word in (flag, value)]
        return [*given, request.info.entry_point, *request.args]


def configuration(request: language.RunRequest) -> dict[str, str]:
    """The stack's configuration, as the SDK reads it; never on the command line, which every user may see."""
    return {
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }


def choose_interpreter(info: language.ProgramInfo, context: grpc.ServicerContext) -> Interpreter:
    """`Interpreter.choose`, with a missing one as the call's own error."""
    try:
        return Interpreter.choose(info)
    except InterpreterMissingError as problem:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(problem))


def at_end_of(context: grpc.ServicerContext, act: Callable[[], None]) -> None:
    """Call `act` when the call of `context` has ended, also if it has already."""
    if not context.add_callback(act):
        act()


def refuse(context: grpc.ServicerContext, what: str) -> NoReturn:
    text = (
        f"{what} is beyond this language host, which serves rehearsals. Install Pulumi, whose own host can."
    )
    context.abort(grpc.StatusCode.UNIMPLEMENTED, text)


def main() -> None:
    """Serve until the engine ends this process, or has ended itself."""
    children = Children()

    def leave(_signal: int = 0, _frame: FrameType | None = None) -> None:
        # At once: the engine waits up to five seconds for its plugins at the end of each run.
        children.kill()
        os._exit(0)

    engine = os.getppid()
    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    executor, engine_address = sys.argv[1:3]
    host = LanguageHost(engine_address, executor, children)
    server = grpc.server(ThreadPoolExecutor(), options=UNLIMITED)
    language_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the engine reads it
    while os.getppid() == engine:
        time.sleep(POLL_SECONDS)
    leave()


if __name__ == "__main__":
    main()
