"""The engine built from source, for machines that reach the Go module proxy but not Pulumi's releases."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from plinth.engine.cache import UnobtainableError, draft_of, progress
from plinth.engine.pins import EXECUTOR, LANGUAGE_HOST, VERSION

MODULE = Path(__file__).parent / "gobuild"
OWN_HOST = Path(__file__).parent / "pulumi-language-python.sh"
"""Starts `language_host.py`: the official host is in no Go module that can be built."""

PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK = "github.com/pulumi/pulumi/sdk/v3"
LINKER_FLAGS = f"-s -w -X {SDK}/go/common/version.Version=v{VERSION}"


def install(folder: Path) -> None:
    """Build the pinned engine into `folder`. Raises `UnobtainableError`.

    Go's own caches make it resumable: a second try builds only what the first did not.
    """
    go = shutil.which("go")
    if not go:
        raise UnobtainableError("a build from source: install Go; there is none on PATH")
    progress(f"building the Pulumi engine {VERSION} from source: once, some minutes")
    with draft_of(folder) as draft:
        progress("  downloading its Go modules")
        packages = run_go(go, "list", "-deps", PACKAGE).split()
        sdk = Path(json.loads(run_go(go, "list", "-m", "-json", SDK))["Dir"])
        compile_engine(go, draft / "pulumi", len(packages))
        for script, name in ((sdk / "python" / "cmd" / EXECUTOR, EXECUTOR), (OWN_HOST, LANGUAGE_HOST)):
            shutil.copyfile(script, draft / name)
            (draft / name).chmod(0o755)


def compile_engine(go: str, target: Path, packages: int) -> None:
    """Compile the engine to `target`, with progress by the number of `packages` done."""
    progress(f"  compiling {packages} packages")
    done, last = 0, ""
    with start_go(
        go, "build", "-v", "-trimpath", "-ldflags", LINKER_FLAGS, "-o", str(target), PACKAGE
    ) as process:
        for line in process.stderr or ():
            done, last = done + 1, line.strip()
            if done % 400 == 0:
                progress(f"  {done} of {packages}")
    if process.returncode:
        raise UnobtainableError(f"a build from source: `go build` failed in {MODULE}: {last}")


def run_go(go: str, *arguments: str) -> str:
    """The output of a go command in the build's own module."""
    with start_go(go, *arguments) as process:
        output, errors = process.communicate()
    if process.returncode:
        last = errors.strip().rpartition("\n")[2]
        raise UnobtainableError(f"a build from source: `go {arguments[0]}` failed in {MODULE}: {last}")
    return output


def start_go(go: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a go command in the module whose go.sum pins and checksums all that is compiled."""
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    return subprocess.Popen(
        [go, *arguments],
        cwd=MODULE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
