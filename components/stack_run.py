"""How the stack's program ends."""

import asyncio


async def begin_all_registrations() -> None:
    """Let every registration of the program begin before Pulumi waits for the end; goes into `pulumi.run`.

    Registrations begin when the program yields to its event loop for the first time. Those that Pulumi's Python SDK
    finds begun it awaits one by one; without any it waits for all pending outputs together, again at each one that comes,
    which grows with the square of the stack (pulumi 3.272, `runtime/stack.py`, `wait_for_rpcs`): a third of `prod`'s
    preview.
    """
    await asyncio.sleep(0)
