"""An answer over HTTP, and the way that led to it."""

from __future__ import annotations

from dataclasses import dataclass

from plinth.errors import UserError


class NotEvaluated(UserError):
    """The answer depends on something that is not in the stack's state, or that is not simulated."""


@dataclass(frozen=True)
class Answer:
    """What a visitor gets. `code` is AWS's own word for an error; `steps` are who passed the request on, and why."""

    status: int
    steps: tuple[str, ...]
    code: str = ""
    location: str = ""

    def after(self, *steps: str) -> Answer:
        """The same answer at the end of a longer way."""
        return Answer(self.status, (*steps, *self.steps), self.code, self.location)
