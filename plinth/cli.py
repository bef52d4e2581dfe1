"""The `plinth` command."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from aws_facts.eks import KUBERNETES_VERSIONS
from plinth.errors import UserError
from plinth.reports.format import Format

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

PASS_EVERYTHING_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.callback()
def plinth() -> None:
    """Rehearse, check and explain a Pulumi stack on a simulated AWS: no account, no credentials."""


@app.command(context_settings=PASS_EVERYTHING_ON, no_args_is_help=True)
def rehearse(context: typer.Context) -> None:
    """Run any pulumi command on the simulated cloud: `plinth rehearse preview -s prod`, `up --yes`, `destroy`...

    `plinth rehearse get https://cdn.example.com/a.png -s prod` says what AWS would answer, and why.

    The program is the one in this folder, or in the folder of -C / --cwd. Everything that a rehearsal leaves behind is
    in that folder's .plinth/; real stacks, state and credentials are never touched.
    """
    from plinth.rehearsal import rehearse

    rehearse(context.args)


@app.command()
def doctor() -> None:
    """Say what is installed, from where, and what is missing for a rehearsal and for a real `pulumi up`."""
    from plinth.doctor import examine

    raise typer.Exit(examine())


@app.command()
def budget(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack: prod reads Pulumi.prod.yaml.")],
    cwd: Annotated[Path, typer.Option("--cwd", "-C", help="The program's folder, or one below it.")] = Path(),
) -> None:
    """Add up what a stack file wants: pods, CPU, memory, connections. Exit code 1 when something does not fit.

    Nothing is run and nothing is planned.
    """
    from plinth.budget import show

    show(cwd.resolve(), stack)


@app.command()
def cost(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack: prod reads Pulumi.prod.yaml.")],
    cwd: Annotated[Path, typer.Option("--cwd", "-C", help="The program's folder, or one below it.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Price a stack by the month, from a rehearsed preview and AWS's list prices: no account, no credentials."""
    from plinth.costs.show import show

    show(cwd.resolve(), stack, as_json=as_json)


@app.command("check-stack")
def check_stack(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Stack files; all of this program unless said.")
    ] = None,
) -> None:
    """Check stack files in a moment, without Pulumi: file, line, key and remedy of each problem. For pre-commit, too."""
    from plinth.stack_files import check_stack_files

    check_stack_files(files or [])


@app.command("add-service")
def add_service(
    name: Annotated[str, typer.Argument(help="Its name, such as order-service.")],
    *,
    stack: Annotated[
        str, typer.Option("--stack", "-s", help="The stack: prod is Pulumi.prod.yaml.")
    ] = "prod",
    port: Annotated[int | None, typer.Option(help="The port it listens on; none for a worker.")] = None,
    replicas: Annotated[int | None, typer.Option(help="Pods.")] = None,
    image: Annotated[str | None, typer.Option(help="Its image, with a digest or a commit's tag.")] = None,
    extra: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=YAML", help="Another key: --set 'requests={cpu: 1, memory: 1Gi}'."
        ),
    ] = None,
    database: Annotated[bool, typer.Option("--database", help="Give it a database of its own.")] = False,
    cwd: Annotated[Path, typer.Option("--cwd", "-C", help="The program's folder, or one below it.")] = Path(),
) -> None:
    """Add a service to a stack file; comments, order and every other byte stay. Nothing is written that would not pass."""
    from plinth.add_service import add_service, key_and_value

    said = {"port": port, "replicas": replicas, "image": image, "database": database or None}
    given = {key: value for key, value in said.items() if value is not None}
    add_service(cwd.resolve(), stack, name, given | dict(map(key_and_value, extra or [])))


@app.command("new-stack")
def new_stack(
    name: Annotated[str, typer.Argument(help="The new stack's name, such as staging.")],
    like: Annotated[str, typer.Option("--from", help="The stack whose file is copied.")],
    cwd: Annotated[Path, typer.Option("--cwd", "-C", help="The program's folder, or one below it.")] = Path(),
) -> None:
    """Copy a stack file, with what two stacks cannot share changed: address range, host names, encryption keys."""
    from plinth.new_stack import new_stack

    new_stack(cwd.resolve(), name, like)


@app.command()
def report(
    event_log: Annotated[Path, typer.Argument(help="What `plinth rehearse preview --event-log FILE` left.")],
    format_: Annotated[Format | None, typer.Option("--format", help="Else a file's suffix tells.")] = None,
    output: Annotated[list[Path] | None, typer.Option("--output", "-o", help="A file, or more.")] = None,
) -> None:
    """Show what a preview said: changes by component, losses of data first, policy findings, errors."""
    from plinth.reports.events import read_event_log
    from plinth.reports.output import write

    write([read_event_log(event_log)], format_, output or [])


@app.command()
def diff(  # noqa: PLR0917 - typer takes options as arguments
    base: Annotated[str | None, typer.Argument(help="Branch, tag or hash to compare with.")] = None,
    head: Annotated[
        str | None, typer.Argument(help="Compared with it; without it, the files as they are.")
    ] = None,
    stack: Annotated[str | None, typer.Option("--stack", "-s")] = None,
    all_stacks: Annotated[bool, typer.Option("--all-stacks", help="Each that has a Pulumi.*.yaml.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Compare with what runs: needs credentials.")] = False,
    format_: Annotated[Format | None, typer.Option("--format", help="Else a file's suffix tells.")] = None,
    output: Annotated[list[Path] | None, typer.Option("--output", "-o", help="A file, or more.")] = None,
    cwd: Annotated[Path, typer.Option("--cwd", "-C", help="The program's folder, or one below it.")] = Path(),
) -> None:
    """Say what a change would do: BASE is rehearsed up, then HEAD is previewed on it, policy pack on.

    Exit code 0: no change. 2: changes. 1: blocked by a policy, or failed. The last line is for scripts.
    """
    from plinth.diffing.command import run

    raise typer.Exit(
        run(
            cwd.resolve(),
            base,
            head,
            stack=stack,
            all_stacks=all_stacks,
            live=live,
            format_=format_,
            outputs=output or [],
        )
    )


PolicyPack = Annotated[
    Path | None,
    typer.Option("--policy-pack", help="The pack's folder; the one of this program without a word."),
]


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="ID", help="The rule, as a finding names it.")],
    policy_pack: PolicyPack = None,
) -> None:
    """Print a rule's page: what happened, why it blocks, what to write instead."""
    from plinth.explain import explain

    explain(rule, policy_pack)


@app.command()
def audit(
    *,
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", help="A real stack: its state is read.")
    ] = None,
    state: Annotated[Path | None, typer.Option(help="A file of `pulumi stack export`.")] = None,
    preview: Annotated[Path | None, typer.Option(help="A file of `pulumi preview --json`.")] = None,
    cwd: Annotated[Path, typer.Option("--cwd", "-C", help="The program's folder, for --stack.")] = Path(),
    policy_pack: PolicyPack = None,
    strict: Annotated[bool, typer.Option(help="What cannot be decided fails, too.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the verdicts into this JSON file.")] = None,
    write_waivers: Annotated[bool, typer.Option(help="Waive what fails today, in waivers.yaml.")] = False,
    owner: Annotated[str, typer.Option(help="Who answers for those waivers.")] = "",
    expires: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Their last day.")] = None,
) -> None:
    """Judge what exists, or a recorded preview, by the rules of the policy pack. Exit code 1 when a rule fails."""
    from plinth.audit import Baseline, Subject, audit

    if sum(item is not None for item in (stack, state, preview)) != 1:
        raise UserError("what is to be judged? Say one of --stack NAME, --state FILE, --preview FILE.")
    if write_waivers and not (owner and expires):
        raise UserError(
            "--write-waivers needs --owner NAME and --expires YYYY-MM-DD: somebody answers for them."
        )
    baseline = Baseline(owner, expires.date()) if write_waivers and expires else None
    subject = Subject(stack, state, preview, cwd)
    raise typer.Exit(audit(subject, policy_pack, strict=strict, report=report, baseline=baseline))


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, or - for standard input.")],
    nodes: Annotated[
        Path | None,
        typer.Option(
            help="What nodes the cluster has: `kubectl get nodes -o yaml`, or the short form of the docs."
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            help="The manifests that are deployed: says what of them an API server lets nobody change."
        ),
    ] = None,
    kubernetes_version: Annotated[
        str, typer.Option(help="Whose schemas the manifests are validated against.")
    ] = KUBERNETES_VERSIONS[-1],
) -> None:
    """Run the policy pack's rules on Kubernetes manifests, for instance what `helm template` prints.

    Also says what an API server would refuse. Exit code 1 when something is wrong; what could not be decided is a note.
    """
    from plinth.check import check

    raise typer.Exit(check(paths, nodes=nodes, kubernetes_version=kubernetes_version, against=against))


@app.command()
def graph(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack: prod reads Pulumi.prod.yaml.")],
    cwd: Annotated[Path, typer.Option("--cwd", "-C", help="The program's folder, or one below it.")] = Path(),
    kind: Annotated[Literal["svg", "mermaid"], typer.Option("--format", help="What to draw in.")] = "svg",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")] = None,
) -> None:
    """Draw a stack's architecture from a rehearsed preview: what is where, and who may talk to whom on which port."""
    from plinth.pictures.show import show

    show(cwd.resolve(), stack, kind, output)


def main() -> None:
    """Run the command line; a user's mistake ends in its text on stderr and exit code 1."""
    try:
        app()
    except UserError as mistake:
        print(f"error: {mistake}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
