"""`plinth doctor`: what is here, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from plinth import engine

SDKS = ("pulumi", "pulumi-aws", "pulumi-eks", "pulumi-kubernetes", "pulumi-policy", "pydantic")


@dataclass(frozen=True)
class Line:
    """One thing that was looked at. `remedy` is empty when it is there."""

    what: str
    found: str
    remedy: str = ""


def examine() -> int:
    """Print both lists; exit code 0 when a rehearsal can run, else 1."""
    rehearsal = list(for_a_rehearsal())
    show("A rehearsal (no account, no credentials)", rehearsal)
    show("A real pulumi up", list(for_a_real_up()))
    return int(any(line.remedy for line in rehearsal))


def show(title: str, lines: list[Line]) -> None:
    table = Table(title=title, title_justify="left", box=None, show_header=False, pad_edge=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for line in lines:
        table.add_row(
            "[red]missing[/]" if line.remedy else "[green]ok[/]",
            line.what,
            f"{line.found}\n-> {line.remedy}" if line.remedy else line.found,
        )
    console = Console()
    console.print(table)
    console.print()


def for_a_rehearsal() -> Iterator[Line]:
    yield Line("Python", f"{platform.python_version()} from {sys.executable}")
    for package in SDKS:
        try:
            yield Line(package, f"{importlib.metadata.version(package)} from {sys.prefix}")
        except importlib.metadata.PackageNotFoundError:
            yield Line(package, "not installed", f"run `make preview`, which installs it into {sys.prefix}")
    for finding in engine.describe():
        yield Line(finding.what, finding.found, finding.remedy)


def for_a_real_up() -> Iterator[Line]:
    pulumi = shutil.which("pulumi")
    yield (
        Line("Pulumi CLI", version_of(pulumi, "version"))
        if pulumi
        else Line("Pulumi CLI", "not on PATH", "install it: https://www.pulumi.com/docs/install")
    )
    aws = shutil.which("aws")
    yield (
        Line("AWS CLI", version_of(aws))
        if aws
        else Line(
            "AWS CLI",
            "not on PATH",
            "install it: pulumi-eks asks for its version, and the kubeconfig runs it",
        )
    )
    yield credentials()
    if backend := os.environ.get("PULUMI_BACKEND_URL"):
        yield Line("Pulumi backend", f"{backend} (PULUMI_BACKEND_URL)")
    elif (Path.home() / ".pulumi" / "credentials.json").is_file():
        yield Line("Pulumi backend", "logged in (~/.pulumi/credentials.json)")
    else:
        yield Line(
            "Pulumi backend",
            "none",
            "run `pulumi login s3://BUCKET` or `pulumi login`, or set PULUMI_BACKEND_URL",
        )
    given = [
        name for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE") if name in os.environ
    ]
    yield (
        Line("Secrets passphrase", f"given by {given[0]}")
        if given
        else Line(
            "Secrets passphrase",
            "none",
            "set PULUMI_CONFIG_PASSPHRASE, unless the stack has another secrets provider: "
            "`pulumi stack init prod --secrets-provider awskms://alias/NAME`",
        )
    )


def credentials() -> Line:
    """Whether AWS credentials are set up; none is read, and AWS is not called."""
    sources = {
        "AWS_PROFILE": "AWS_PROFILE" in os.environ,
        "AWS_ACCESS_KEY_ID": "AWS_ACCESS_KEY_ID" in os.environ,
        "AWS_WEB_IDENTITY_TOKEN_FILE": "AWS_WEB_IDENTITY_TOKEN_FILE" in os.environ,
        "~/.aws/credentials": (Path.home() / ".aws" / "credentials").is_file(),
        "~/.aws/config": (Path.home() / ".aws" / "config").is_file(),
    }
    present = [name for name, there in sources.items() if there]
    if present:
        return Line("AWS credentials", f"set up by {', '.join(present)} (not checked against AWS)")
    return Line("AWS credentials", "none", "run `aws configure sso`, or set AWS_PROFILE")


def version_of(program: str, argument: str = "--version") -> str:
    try:
        done = subprocess.run([program, argument], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"{program} does not run: {problem}"
    return f"{done.stdout.split(' Python')[0].strip() or 'unknown version'} from {program}"
