"""`plinth new-stack`: a stack file like another one, except for what two stacks cannot share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import yaml

from plinth.errors import UserError
from plinth.program import Program
from plinth.stack_files import Edit, StackFile
from plinth.yaml_outline import Outline, line_end
from settings import SettingsError
from settings.network import PRIVATE_RANGES, NetworkSettings
from settings.stack import valid

OF_ONE_STACK = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""What `pulumi stack init` writes into a stack file: how this one stack's secrets are encrypted."""


def new_stack(folder: Path, name: str, like: str) -> None:
    """Write the file of stack `name` after that of `like`, and print what differs. Raises `UserError`; overwrites nothing."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name):
        raise UserError(
            f"{name}: names of resources are made from a stack's name, and AWS would refuse these. "
            "Write up to 20 lower-case letters, digits and hyphens."
        )
    program = Program.find(folder)
    file = StackFile.of(program, like, "there is nothing to copy")
    path = program.stack_file(name)
    if path.exists():
        raise UserError(
            f"{path}: is there already, and would be lost. Delete it first, or choose another name."
        )
    if sealed := next(secrets(file.outline), None):
        raise UserError(
            f"{file.path}:{sealed.line}: a value that is encrypted for stack {like}, which {name} could not read. "
            "Take it out of the copied file, and set it for the new stack with `pulumi config set --secret`."
        )
    differences = {
        **own_environment(file, name),
        **own_network(file, program),
        **own_hosts(file, name),
        **zone_of_the_other(file),
    }
    edits = [replaced(file, key, value) for key, value in differences.items()]
    copy = StackFile(path, file.edited([*edits, *without_keys(file)]).text, file.project)
    try:
        copy.check()
    except SettingsError as problems:
        raise UserError(f"{path.name} was not written. {problems}") from None
    copy.write()
    print(f"{path.name} is written, like {file.path.name} except for:")  # noqa: T201
    for key, value in differences.items():
        print(f"  {file.project}:{key}: {value}")  # noqa: T201
    print(f"\nNext: plinth rehearse preview -s {name}")  # noqa: T201


def value_at(file: StackFile, key: str) -> Any:
    """The value at a dotted key of the configuration; None where there is none."""
    found: Any = file.config
    for step in key.split("."):
        found = found.get(step) if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return found  # pyright: ignore[reportUnknownVariableType]


def own_environment(file: StackFile, name: str) -> dict[str, str]:
    return {"tags.environment": name} if value_at(file, "tags.environment") else {}


def own_network(file: StackFile, program: Program) -> dict[str, str]:
    """A range of the same size that no other stack has, so that the networks can be connected later."""
    network = valid(NetworkSettings, file.config.get("network"))
    if not network or network.subnets:
        return {}
    others = [
        other.cidr
        for stack in program.stack_names()
        if (other := valid(NetworkSettings, StackFile.of(program, stack, "").config.get("network")))
    ]
    return {"network.cidr": str(free_range(network.cidr, [*others, *network.peer_cidrs]))}


def free_range(like: IPv4Network, taken: Iterable[IPv4Network]) -> IPv4Network:
    """The first range of the size of `like`, counted on from it, that overlaps none that is taken. Raises `UserError`."""
    used = list(taken)
    [private] = [private for private in PRIVATE_RANGES if like.subnet_of(private)]
    ranges = list(private.subnets(new_prefix=like.prefixlen))
    here = ranges.index(like)
    for candidate in [*ranges[here + 1 :], *ranges[:here]]:
        if not any(candidate.overlaps(other) for other in used):
            return candidate
    raise UserError(
        f"{private}: no range of size /{like.prefixlen} is free in it, so the new stack has no place."
    )


def own_hosts(file: StackFile, name: str) -> dict[str, str]:
    """Other host names: a record, and a name at CloudFront, belong to one stack only."""
    found: dict[str, str] = {}
    if isinstance(domain := value_at(file, "ingress.domain"), str):
        found["ingress.domain"] = f"{name}.{domain}"
    if isinstance(domain := value_at(file, "content.domain"), str):
        label, _, zone = domain.partition(".")
        found["content.domain"] = f"{label}-{name}.{zone}"
    return found


def zone_of_the_other(file: StackFile) -> dict[str, str]:
    """A zone that the copied stack makes is there for the new one, which looks it up."""
    return {"dns.create": "false"} if value_at(file, "dns.create") is True else {}


def replaced(file: StackFile, key: str, value: str) -> Edit:
    """The edit that writes `value` at a dotted key. Raises `UserError` where the file has it in a form of its own."""
    section, *below = key.split(".")
    place = file.section(section)
    for step in below:
        place = place.children.get(step) if place else None
    written = file.text[place.start : place.end] if place else ""
    if not place or written[:1] in "&*!|>" or yaml.safe_load(written) != value_at(file, key):
        raise UserError(
            f"{file.path}: {file.project}:{key} is not written out as a plain value, so a copy could not differ there. "
            "Write it out, or copy the file by hand."
        )
    return place.start, place.end, value


def without_keys(file: StackFile) -> Iterator[Edit]:
    """The edits that take out what belongs to the old stack's encryption."""
    for key in OF_ONE_STACK:
        if place := file.outline.children.get(key):
            yield place.key_start, line_end(file.text, place.end), ""


def secrets(place: Outline) -> Iterator[Outline]:
    """The encrypted values of a stack file: mappings with the one key `secure`."""
    for key, child in place.children.items():
        if key == "secure" and len(place.children) == 1:
            yield child
        yield from secrets(child)
