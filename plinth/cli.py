"""The `plinth` command."""

from __future__ import annotations

import sys

import typer

from plinth.errors import UserError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

PASS_EVERYTHING_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.callback()
def plinth() -> None:
    """Rehearse, check and explain a Pulumi stack on a simulated AWS: no account, no credentials."""


@app.command(context_settings=PASS_EVERYTHING_ON, no_args_is_help=True)
def rehearse(context: typer.Context) -> None:
    """Run any pulumi command on the simulated cloud: `plinth rehearse preview -s prod`, `up --yes`, `destroy`...

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


def main() -> None:
    """Run the command line; a user's mistake ends in its text on stderr and exit code 1."""
    try:
        app()
    except UserError as mistake:
        print(f"error: {mistake}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
