"""`plinth add-service`: the service is in the file, every other byte is as it was, and nothing wrong is ever written."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plinth.add_service import fitting_arch, insertion, required, verified
from plinth.stack_files import StackFile
from settings.service import Service
from tests.conftest import ROOT

DEV = (ROOT / "Pulumi.dev.yaml").read_text()
ABOVE = DEV[: DEV.index("  plinth:services:")]
LINES = ABOVE.count("\n")
SMALL = "requests: {cpu: 1m, memory: 8Mi}"

COMMENTS = st.text(alphabet="ab:{}[]#'\"&*!|>%@`, -é", max_size=12).map(lambda text: f"# {text}")


def add_service(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plinth", "add-service", "-C", str(folder), *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for file in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        shutil.copy(ROOT / file, tmp_path)
    return tmp_path


def stack_file(text: str) -> StackFile:
    return StackFile(Path("Pulumi.dev.yaml"), text, "plinth")


@st.composite
def service_lines(draw: st.DrawFn, name: str, step: int) -> list[str]:
    """One service in the ways that people write them, with comments wherever YAML takes one."""
    pad, deep = " " * (2 + step), " " * (2 + 2 * step)
    deeper = deep + " " * step
    comment = draw(COMMENTS)
    requests = draw(
        st.sampled_from([
            [f"{deep}{SMALL}"],
            [f"{deep}requests:  {comment}", f"{deeper}cpu: '1m'", f'{deeper}"memory": "8Mi" {comment}'],
            [f"{deep}requests: {{cpu: 1m,", f"{deeper}  memory: 8Mi}}  {comment}"],
            [f"{deep}requests: *small"],
        ])
    )  # fmt: skip
    database = draw(
        st.sampled_from([
            [], [f"{deep}database:"], [f"{deep}database: false {comment}"], [f"{deep}database: >-", f"{deeper}x_{name[0]}"],
            [f"{deep}database: |-", f"{deeper}x_{name[0]}", "", ""], [f"{deep}{comment}", ""],
        ])
    )  # fmt: skip
    if database == [f"{deep}database:"]:
        database = [f"{deep}limits:", f"{deeper}memory:", f"{deeper}  8Mi"]
    return [f"{pad}{name}:", f"{deep}replicas: 1", f"{deep}arch: arm64 {comment}", *requests, *database]


@st.composite
def stack_texts(draw: st.DrawFn) -> str:
    """Stack files whose services stand in block form, as first, middle or last section."""
    step = draw(st.integers(2, 4))
    first = " " * (2 + step)
    lines = [f"  plinth:services: {draw(COMMENTS)}", f"{first}first:"]
    lines += [
        f"{first}{' ' * step}{line}"
        for line in ("replicas: 1", "arch: arm64", SMALL.replace("{", "&small {"))
    ]
    for name in draw(st.lists(st.sampled_from(["b", "c-d", "e"]), unique=True)):
        lines += draw(st.lists(st.sampled_from(["", "#x", f"{first}# y"]), max_size=2))
        lines += draw(service_lines(name, step))
    lines += draw(st.lists(st.sampled_from(["", "# z", f"{first}# y: z", "        # deep"]), max_size=3))
    lines += draw(st.sampled_from([[], ["  plinth:alarms:", "    minutes: 5"], ["encryptionsalt: v1:abc="]]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    text = ABOVE + "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))
    return text.replace("\n", newline)


@settings(max_examples=2 * settings.default.max_examples)
@given(stack_texts())
def test_every_other_byte_stays(text: str) -> None:
    file = stack_file(text)
    assume(not list(file.problems()))  # What looks like a comment may be the last line of a text.
    service = {**required(Service), **fitting_arch(file), "requests": {"cpu": "1m", "memory": "8Mi"}}
    [(start, end, new)] = insertion(file, "new", service)
    assert start == end
    assert new.startswith(("\n", "\r\n")) == (start == len(text) and not text.endswith("\n"))
    changed = file.edited([(start, end, new)])
    assert verified(file, changed, "new", service).services["new"].arch == "arm64"
    assert ("\r\n" in text) == ("\r\n" in new)
    assert list(changed.config["services"])[-1] == "new"


@pytest.mark.parametrize(
    "section",
    ["", "  plinth:services:\n", "  plinth:services: {}  # none yet\n", "  plinth:services: ~\n", "  plinth:services: # soon"],
)  # fmt: skip
def test_the_first_service(section: str) -> None:
    file = stack_file(ABOVE.rstrip() + "\n" + section)
    service = {**required(Service), **fitting_arch(file)}
    changed = file.edited(insertion(file, "new", service))
    assert list(verified(file, changed, "new", service).services) == ["new"]
    assert changed.text.startswith(ABOVE.rstrip())
    assert all(word in changed.text for word in section.split() if word.startswith("#"))


def test_what_is_not_said_is_as_the_settings_require(project: Path) -> None:
    before = (project / "Pulumi.prod.yaml").read_bytes()
    done = add_service(project, "wish-service", "--port", "3000", "--database")
    assert (done.returncode, done.stderr) == (0, "")
    after = (project / "Pulumi.prod.yaml").read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].decode() == (
        "    wish-service:\n      port: 3000\n      replicas: 2\n      requests: {cpu: 100m, memory: 256Mi}\n      database: true\n"
    )  # fmt: skip
    assert "database wish_service" in done.stdout
    assert "plinth rehearse preview --diff -s prod" in done.stdout
    assert (
        add_service(project, "worker", "-s", "dev", "--set", "requests={cpu: 1m, memory: 8Mi}").returncode
        == 0
    )
    worker = yaml.safe_load((project / "Pulumi.dev.yaml").read_text())["config"]["plinth:services"]["worker"]
    assert worker == {"replicas": 2, "requests": {"cpu": "1m", "memory": "8Mi"}, "arch": "arm64"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["cart-service"], "Pulumi.prod.yaml:"),
        (["cart-service"], "cart-service is there already"),
        (["Wish"], "plinth:services.Wish: Kubernetes and PostgreSQL would refuse names"),
        (["wish", "--port", "0"], "plinth:services.wish.port: 0 is too small"),
        (["wish", "--replicas", "900"], "plinth:cluster.node_groups: "),
        (
            ["wish", "--image", "shop/wish:latest"],
            "plinth:services.wish.image: 'shop/wish:latest' has the tag",
        ),
        (["wish", "--image", "shop/wish:1.2.3", "--port", "80"], "plinth:services.wish.health: is missing"),
        (["wish", "--set", "prot=1"], "Did you mean `port`?"),
        (["wish", "--set", "port"], "no `=`"),
        (["wish", "--set", "port=["], "is no YAML"),
        (["wish", "--set", "port=!!int x"], "is no YAML"),
        (
            ["wish", "-s", "nope"],
            "no such stack file, so there is nothing to add to. Stacks here: dev, prod.",
        ),
    ],
)
def test_nothing_wrong_is_written(project: Path, arguments: list[str], text: str) -> None:
    before = {path: path.read_bytes() for path in project.iterdir()}
    done = add_service(project, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in project.iterdir()} == before


@pytest.mark.parametrize(
    ("services", "text"),
    [
        (" {a: {replicas: 1, arch: arm64, requests: {cpu: 1m, memory: 8Mi}}}", "Write each service as a key"),
        ("\n    - a\n", "Write each service as a key"),
        ("\n    a:\n", "plinth:services.a: nothing is no mapping"),
        ("\n    a: {}\n    a: {}\n", f"Pulumi.dev.yaml:{LINES + 3}: `a` stands on line {LINES + 2} already"),
    ],
)  # fmt: skip
def test_services_in_another_form_are_left_alone(project: Path, services: str, text: str) -> None:
    file = project / "Pulumi.dev.yaml"
    file.write_text(f"{ABOVE}  plinth:services:{services}")
    before = file.read_bytes()
    done = add_service(project, "b", "-s", "dev")
    assert done.returncode == 1
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == before
