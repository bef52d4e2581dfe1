"""What the stack's program asks of its interpreter and of Pulumi's SDK, so that a preview takes little longer than the engine needs."""

import asyncio
import gc
import os
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from pulumi import log
from pulumi.runtime import resource, rpc_manager

SDK_MODULES = (resource, rpc_manager)
"""Those that send four debug messages for each resource (pulumi 3.272)."""


def begin_swiftly(environment: Mapping[str, str] = os.environ) -> None:
    """Look for garbage rarely, and keep the SDK's own debug messages back: together a third of `prod`'s preview.

    What a program makes, it keeps to its end: looking through it finds nothing. A debug message is sent to the engine,
    and its answer awaited, whether anybody wants to read it or not (pulumi 3.272, `log.py`, `_log`). `PULUMI_OPTION_DEBUG`
    in `environment`, which is Pulumi's name for `--debug`, lets them pass; the program's own `pulumi.log.debug` always does.
    """
    gc.set_threshold(100_000, 20, 100)
    if not environment.get("PULUMI_OPTION_DEBUG"):
        quiet = SimpleNamespace(**{**vars(log), "debug": without_effect})
        for module in SDK_MODULES:
            vars(module)["log"] = quiet


def without_effect(*_arguments: Any, **_more: Any) -> None: ...


async def begin_all_registrations() -> None:
    """Let every registration of the program begin before Pulumi waits for the end; goes into `pulumi.run`.

    Registrations begin when the program yields to its event loop for the first time. Those that Pulumi's Python SDK
    finds begun it awaits one by one; without any it waits for all pending outputs together, again at each one that comes,
    which grows with the square of the stack (pulumi 3.272, `runtime/stack.py`, `wait_for_rpcs`): a third of `prod`'s
    preview.
    """
    await asyncio.sleep(0)
