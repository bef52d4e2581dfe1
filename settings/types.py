"""The vocabulary of the stack file: values that are checked wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import PydanticKnownError

from aws_facts.quantities import parse_quantity
from settings.problems import nearest, problem, shown

Arch = Literal["amd64", "arm64"]
"""A processor architecture, as container images name it."""

Port = Annotated[int, Field(ge=1, le=65535)]

Count = Annotated[int, Field(ge=0, le=2**31 - 1)]

Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""A number that is counted up for a new secret."""


Item = TypeVar("Item")


def check_once(items: tuple[Item, ...]) -> tuple[Item, ...]:
    for place, item in enumerate(items):
        if item in items[:place]:
            raise problem(
                f"{shown(str(item))} stands there twice, and one thing would be made two times. Remove one."
            )
    return items


Once = Annotated[tuple[Item, ...], AfterValidator(check_once), Field(json_schema_extra={"uniqueItems": True})]
"""A list whose order says nothing, or priority: nothing in it comes twice."""


class Settings(BaseModel):
    """A section of the stack file: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="wrap")
    @classmethod
    def refuse_truth(cls, value: Any, read: ValidatorFunctionWrapHandler) -> Any:
        """True and false are no numbers; pydantic takes them for 1 and 0."""
        found = read(value)
        if isinstance(value, bool) and type(found) in (int, float):
            raise PydanticKnownError("int_type" if isinstance(found, int) else "float_type")
        return found


class Capacity(StrEnum):
    """How nodes are bought."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"

    @property
    def eks(self) -> str:
        """The value that EKS writes: managed node groups label their nodes in upper case (incident `node-label`)."""
        return self.name


def one_of(value: Any, choices: Iterable[str], what: str, consequence: str) -> str:
    """`value` if it is one of `choices`; else the nearest is offered."""
    known = list(choices)
    if value in known:
        return value
    raise problem(f"{shown(value)} is no {what}, so {consequence}. {nearest(str(value), known)}")


def read_capacity(value: Any) -> Any:
    if isinstance(value, Capacity):
        return value
    if value in list(Capacity):
        return Capacity(value)
    wanted = str(value).lower().replace("_", "-")
    hint = f"Write {wanted!r}" if wanted in list(Capacity) else "Write 'on-demand' or 'spot'"
    raise problem(
        f"{shown(value)} is no capacity, so no node would match. {hint}; labels and selectors follow from it."
    )


CapacityChoice = Annotated[Capacity, BeforeValidator(read_capacity)]


def read_network(value: Any) -> Any:
    if isinstance(value, IPv4Network):
        return value
    try:
        return IPv4Network(str(value))
    except ValueError:
        raise problem(
            f"{shown(value)} is no IPv4 network in CIDR notation, so AWS would refuse it. Write {likely_network(value)}."
        ) from None


def likely_network(value: Any) -> IPv4Network:
    """The network that was meant, when only the bits behind the prefix are not zero; else an example."""
    try:
        return IPv4Network(str(value), strict=False)
    except ValueError:
        return IPv4Network("10.20.0.0/16")


Cidr = Annotated[IPv4Network, BeforeValidator(read_network)]


def check_role_arn(value: str) -> str:
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]{1,512}", value):
        raise problem(
            f"{shown(value)} is no ARN of an IAM role or user, so nobody could log in with it. "
            "Write one like 'arn:aws:iam::123456789012:role/platform-admin'."
        )
    return value


PrincipalArn = Annotated[str, AfterValidator(check_role_arn)]


def read_cpu(value: Any) -> Any:
    number = parse_quantity(str(value)) if isinstance(value, str | int | float) else None
    if number is None or not Decimal("0.001") <= number <= 192:
        raise problem(
            f"{shown(value)} is no amount of CPU, so the scheduler could not place the pod. "
            "Write millicores or cores, like '250m' or '1'."
        )
    return str(value)


def read_memory(value: Any) -> Any:
    number = parse_quantity(value) if isinstance(value, str) else None
    if number is None or not 2**22 <= number <= 2**40:
        raise problem(
            f"{shown(value)} is no sensible amount of memory, so the pod would be refused or killed at start. "
            "Write mebibytes or gibibytes, like '256Mi' or '1Gi'."
        )
    return value


Cpu = Annotated[str, BeforeValidator(read_cpu, json_schema_input_type=str | int | float)]
Memory = Annotated[str, BeforeValidator(read_memory)]
