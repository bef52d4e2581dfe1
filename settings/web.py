"""The vocabulary of the web: names, paths and sizes, checked wherever they stand in the stack file."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from aws_facts.quantities import parse_quantity
from settings.problems import problem, shown

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def check_domain(name: str) -> str:
    """A host name as RFC 1123 has it, of two labels at least, in lower case and without the final dot."""
    if len(name) > 253 or not re.fullmatch(rf"({LABEL}\.)+{LABEL}", name):
        raise problem(
            f"{shown(name)} is no domain name, so no record or certificate could be made for it. "
            "Write one in lower case, without scheme and path, like 'shop.example.com'."
        )
    return name


DomainName = Annotated[str, AfterValidator(check_domain)]


def check_url_path(path: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9_.~-]+)+", path):
        raise problem(
            f"{shown(path)} is no path below a host, so no request would be to it. "
            "Write one without host, query, wildcard and final slash, like '/api/v1/auth/login'."
        )
    return path


UrlPath = Annotated[str, AfterValidator(check_url_path)]


NOT_COVERED = ("/tmp", "/app", "/usr", "/etc", "/var", "/home")  # noqa: S108


def check_container_path(path: str) -> str:
    """A folder of a container that a volume may cover."""
    if not re.fullmatch(r"(/[A-Za-z0-9_.-]+)+", path) or {".", ".."} & {*path.split("/")}:
        raise problem(
            f"{shown(path)} is no folder of a container. Write one from the root, like '/app/logs'."
        )
    if path in NOT_COVERED or path.startswith(("/proc", "/sys", "/dev", "/bin")):
        raise problem(
            f"{shown(path)} holds what the container needs, or is writable already: an empty folder would be in its place. "
            "Name the folder that is written into, like '/app/logs'."
        )
    return path


ContainerPath = Annotated[str, AfterValidator(check_container_path)]

LARGEST_UPLOAD = 5 * 2**30
"""Bytes of one POST or PUT (S3 user guide, "Uploading objects": 5 GB in a single operation)."""


def read_size(value: Any) -> Any:
    """Bytes of an amount like '10Mi'."""
    number = parse_quantity(value) if isinstance(value, str) else None
    if number is None or not 1 <= number <= LARGEST_UPLOAD or number % 1:
        raise problem(
            f"{shown(value)} is no size of a request, so everything or nothing would be refused. "
            "Write kibibytes or mebibytes, like '10Mi'; S3 takes up to '5Gi' at once."
        )
    return int(number)


ByteSize = Annotated[int, BeforeValidator(read_size, json_schema_input_type=str)]
