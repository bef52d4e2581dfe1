"""`plinth rehearse get URL`: what a visitor of a rehearsed stack would get."""

from __future__ import annotations

import sys
from urllib.parse import SplitResult, urlsplit

from plinth.errors import UserError
from plinth.pulumi_arguments import PulumiArguments
from plinth.requests.answer import Answer
from plinth.requests.names import visit
from plinth.requests.state import State
from plinth.stack_state import StackState

MISSING = "--missing"
FLAGS = {MISSING, "--non-interactive"}
USAGE = (
    f"Write `plinth rehearse get https://HOST/PATH -s STACK`, with {MISSING} for an object that is not there."
)


def get(command: PulumiArguments, stack: StackState) -> int:
    """Print the way of the request and its answer; 0 for an answer below 400, 1 for others.

    Raises `UserError` for arguments that are none, and where nothing is up or would answer.
    """
    url = read_url(command)
    state = State.of_export(stack.read())
    if not state.resources:
        raise UserError(
            f"stack {stack.stack!r} is not up, so nothing answers. Run `plinth rehearse up --yes -s {stack.stack}` first."
        )
    answer = visit(state, url, missing=MISSING in command.arguments)
    sys.stdout.write(told(url, answer))
    return int(answer.status >= 400)


def read_url(command: PulumiArguments) -> SplitResult:
    unknown = [
        item
        for item in command.arguments
        if item.startswith("--") and item.partition("=")[0] not in FLAGS | {"--stack", "--cwd", "--color"}
    ]
    if unknown or len(command.words) != 2:
        raise UserError(f"`get` takes one URL{f', and no {unknown[0]}' if unknown else ''}. {USAGE}")
    url = urlsplit(command.words[1])
    if url.scheme not in ("http", "https") or not url.hostname:
        raise UserError(f"{command.words[1]!r} is no URL of the web, so nothing can be asked for. {USAGE}")
    return url


def told(url: SplitResult, answer: Answer) -> str:
    """The request, its way and its answer, a line each."""
    last = " ".join(
        filter(None, (str(answer.status), answer.code, answer.location and f"to {answer.location}"))
    )
    return "\n".join([f"GET {url.geturl()}", *(f"  {step}" for step in answer.steps), last, ""])
