"""Who brings the services' pods into the cluster: the stack itself, or Argo CD from a chart in Git."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from settings.problems import Finding, nearest, problem, shown
from settings.service import Service, shape
from settings.types import Settings

COMMIT = re.compile(r"[0-9a-f]{7,40}")
VERSION = re.compile(r"([a-z0-9-]+[-/])?v?\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.\d+)*)?", re.ASCII)
REPOSITORY = re.compile(r"https://[\w.-]+(:\d+)?(/[\w.~-]+)+|ssh://[\w-]+@[\w.-]+(:\d+)?(/[\w.~-]+)+")
FOLDER = re.compile(r"(?!/)(/?(?!\.\.?(/|$))([\w.-]|\{service\})+)+")


def check_revision(revision: str) -> str:
    """A commit, or a tag that ends in a full version: what else Git has a name for moves (incident `gitops-drift`)."""
    if COMMIT.fullmatch(revision) or VERSION.fullmatch(revision):
        return revision
    raise problem(
        f"{shown(revision)} may be a branch, so whatever is pushed next would be deployed, and nobody could go back to what "
        "ran (incident gitops-drift). Write a commit, or a tag with a full version, like 'v1.4.0'."
    )


def check_repository(url: str) -> str:
    if REPOSITORY.fullmatch(url):
        return url
    raise problem(
        f"{shown(url)} is no address of a Git repository without credentials, so Argo CD could not fetch from it, or "
        "everybody could read them. Write one like 'https://git.example.com/shop/charts.git' or "
        "'ssh://git@git.example.com/shop/charts.git'."
    )


def check_path(path: str) -> str:
    if FOLDER.fullmatch(path):
        return path
    raise problem(
        f"{shown(path)} is no folder below the root of a repository, so Argo CD would find no chart. "
        "Write one like 'charts/service', or 'charts/{service}' for a chart of each service's own."
    )


Revision = Annotated[str, AfterValidator(check_revision)]


class ArgoCdSettings(Settings):
    """The chart that makes the services' Deployments, and which commit of it."""

    repository: Annotated[
        str, AfterValidator(check_repository), Field(examples=["https://git.example.com/shop/charts.git"])
    ]
    """The Git repository with the chart, by https or ssh."""

    path: Annotated[str, AfterValidator(check_path), Field(examples=["charts/{service}"])] = (
        "charts/{service}"
    )
    """The chart's folder; `{service}` stands for the service's name. Without it, all share one chart."""

    revision: Revision | None = None
    """The commit or version tag that services run which `revisions` does not name."""

    revisions: Mapping[str, Revision] = {}
    """By service, the commit or version tag of its chart."""

    project: Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$", examples=["services"])] = (
        "services"
    )
    """The AppProject of the services' Applications."""

    def path_of(self, service: str) -> str:
        return self.path.replace("{service}", service)

    def revision_of(self, service: str) -> str | None:
        """None for a service that nobody has chosen a revision for."""
        return self.revisions.get(service, self.revision)


class GitOps(Settings):
    """Delivery from Git."""

    argocd: ArgoCdSettings
    """Argo CD, which the stack installs."""


def read_delivery(value: Any) -> Any:
    if value == "argocd":
        raise problem(
            "argocd alone does not say where the chart is, so nothing would run. "
            "Write {argocd: {repository: 'https://git.example.com/shop/charts.git', revision: v1.4.0}}."
        )
    return value


Delivery = Annotated[
    Annotated[Literal["pulumi"], Tag("(value)")] | Annotated[GitOps, Tag("(mapping)")],
    Discriminator(shape),
    BeforeValidator(read_delivery),
]


def delivery_problems(argocd: ArgoCdSettings | None, services: Mapping[str, Service]) -> Iterator[Finding]:
    """Services of which Argo CD would not know what to run, and revisions of none."""
    if argocd is None:
        return
    key = "delivery.argocd"
    for name in argocd.revisions:
        if name not in services:
            yield Finding(
                f"{key}.revisions.{name}",
                f"is for no service of this stack, so it would be ignored. {nearest(name, services)}",
            )
    floating = [name for name, service in services.items() if service.image and not argocd.revision_of(name)]
    if floating:
        yield Finding(
            f"{key}.revisions",
            f"has none for {', '.join(floating)}, so Argo CD would follow HEAD (incident gitops-drift). "
            f"Add `{floating[0]}: v1.4.0`, or one `revision` for all.",
        )
    if argocd.project == "default":
        yield Finding(
            f"{key}.project",
            "default is Argo CD's own, which lets Applications do everything. Name another one, like `services`.",
        )
