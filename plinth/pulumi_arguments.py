"""What a rehearsal must know of a `pulumi` command line: the command's words, the folder and the stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GLOBAL_FLAGS_WITH_VALUE = {
    "-C": "cwd",
    "--cwd": "cwd",
    "-s": "stack",
    "--stack": "stack",
    "--color": None,
    "--memprofilerate": None,
    "--otel-traces": None,
    "--profiling": None,
    "--tracing": None,
    "-v": None,
    "--verbose": None,
}
"""`pulumi --help` of 3.250: the flags that may stand before the command and that take a value of their own."""


@dataclass(frozen=True)
class PulumiArguments:
    """A parsed command line; `arguments` is what the user wrote, untouched."""

    arguments: tuple[str, ...]
    words: list[str]
    cwd: str = ""
    stack: str | None = None

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> PulumiArguments:
        """Read `-C/--cwd`, `-s/--stack` and the words that are no flags, in each spelling that pflag accepts."""
        words: list[str] = []
        found: dict[str, str] = {}
        rest = list(arguments)
        while rest:
            argument = rest.pop(0)
            if argument == "--":
                break
            flag, equals, value = argument.partition("=")
            if not argument.startswith("-"):
                words.append(argument)
            elif flag in GLOBAL_FLAGS_WITH_VALUE:
                value = value if equals else (rest.pop(0) if rest else "")
                found[GLOBAL_FLAGS_WITH_VALUE[flag] or flag] = value
            elif argument[:2] in ("-C", "-s"):
                found[GLOBAL_FLAGS_WITH_VALUE[argument[:2]] or ""] = argument[2:]
        return cls(tuple(arguments), words, found.get("cwd", ""), found.get("stack"))

    def with_flags(self, flags: Sequence[str]) -> list[str]:
        """The user's arguments with `flags` added, before a `--` if there is one."""
        end = self.arguments.index("--") if "--" in self.arguments else len(self.arguments)
        return [*self.arguments[:end], *flags, *self.arguments[end:]]
