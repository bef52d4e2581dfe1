"""The engine built from source, for machines that reach the Go module proxy but not Pulumi's releases."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from plinth.engine.cache import Unobtainable, progress
from plinth.engine.pins import EXECUTOR, LANGUAGE_HOST, VERSION

MODULE = Path(__file__).parent / "gobuild"
OWN_HOST = Path(__file__).parent / "pulumi-language-python.sh"
"""Starts `language_host.py`: the official host is in no Go module that can be built."""

PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK = "github.com/pulumi/pulumi/sdk/v3"


def install(folder: Path) -> None:
    """Build the pinned engine into `folder`. Raises `Unobtainable`.

    Go's own caches make it resumable: a second try builds only what the first did not.
    """
    go = shutil.which("go")
    if not go:
        raise Unobtainable("install Go: there is none on PATH to build the engine with")
    progress(f"building the Pulumi engine {VERSION} from source; once, about five minutes on two cores")
    draft = folder.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    progress("  downloading its modules")
    run([go, "mod", "download"])
    executor = executor_of_sdk(go)
    progress("  compiling")
    version_flag = f"-X {SDK}/go/common/version.Version=v{VERSION}"
    run([go, "build", "-trimpath", "-ldflags", f"-s -w {version_flag}", "-o", str(draft / "pulumi"), PACKAGE])
    for script, name in ((executor, EXECUTOR), (OWN_HOST, LANGUAGE_HOST)):
        shutil.copyfile(script, draft / name)
        (draft / name).chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)
    progress(f"the Pulumi engine is in {folder}")


def is_own_host(path: Path) -> bool:
    """Whether the language host at `path` is the one that this module installs."""
    return path.is_file() and path.read_bytes() == OWN_HOST.read_bytes()


def executor_of_sdk(go: str) -> Path:
    """The script that runs Python programs, in the Go module of the SDK that the engine is built with."""
    described = json.loads(run([go, "list", "-m", "-json", SDK]))
    return Path(described["Dir"]) / "python" / "cmd" / EXECUTOR


def run(argv: list[str]) -> str:
    """The output of a go command in the build's own module, which pins and checksums all that is compiled."""
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    done = subprocess.run(argv, cwd=MODULE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = re.sub(r"(?m)^go: downloading .*\n?", "", done.stderr).strip().splitlines()
        last = said[-1] if said else f"exit code {done.returncode}"
        raise Unobtainable(f"let `{' '.join(argv[:3])}` work in {MODULE}: {last}")
    return done.stdout
