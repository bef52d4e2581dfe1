"""The real engine on the simulated cloud: plans, updates, failures, recovery."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from plinth.simulator.cloud import Cloud, Record
from tests.conftest import Rehearsal

pytestmark = pytest.mark.engine

PROGRAM = """
    import pulumi, pulumi_aws as aws, pulumi_kubernetes as kubernetes, pulumi_random as random
    from pulumi_kubernetes.apiextensions import CustomResource

    cidr = pulumi.Config().get("cidr") or "10.0.0.0/16"
    vpc = aws.ec2.Vpc("main", cidr_block=cidr, tags={"Name": "main"})
    subnet = aws.ec2.Subnet("main", vpc_id=vpc.id, cidr_block="10.0.1.0/24", opts=pulumi.ResourceOptions(
        ignore_changes=["cidrBlock"]))
    role = aws.iam.Role("app", assume_role_policy="{}")
    virginia = aws.Provider("virginia", region="us-east-1", default_tags={"tags": {"owner": "platform"}})
    key = aws.kms.Key("key", tags={"a": "b"}, opts=pulumi.ResourceOptions(provider=virginia))
    template = aws.ec2.LaunchTemplate("nodes", name_prefix="nodes-", image_id="ami-1")
    password = random.RandomPassword("password", length=24)
    parameter = aws.ssm.Parameter("secret", type="SecureString", value=pulumi.Output.secret("hunter2-in-clear"))
    holder = aws.ssm.Parameter("password", type="SecureString", value=password.result)
    cluster = kubernetes.Provider("cluster", kubeconfig=vpc.arn.apply(lambda arn: '{"apiVersion": "v1"}'))
    inside = pulumi.ResourceOptions(provider=cluster)
    kubernetes.core.v1.ConfigMap("settings", data={"a": "b"}, opts=inside)
    CustomResource("pool", api_version="karpenter.sh/v1", kind="NodePool", spec={"limits": {"cpu": 4}}, opts=inside)
    document = aws.iam.get_policy_document(statements=[{"actions": ["s3:*"], "resources": ["*"]}])

    pulumi.export("vpc", vpc.id)
    pulumi.export("arn", key.arn)
    pulumi.export("tags", key.tags_all)
    pulumi.export("template", template.name)
    pulumi.export("role", role.name)
    pulumi.export("version", template.latest_version)
    pulumi.export("found", vpc.id.apply(lambda id: aws.ec2.get_vpc(id=id).cidr_block))
"""
UNTYPED = """
    import pulumi, pulumi_aws as aws

    class Untyped(pulumi.CustomResource):
        pass

"""
MANY = """
    import pulumi_aws as aws

    last = None
    for index in range(60):
        last = aws.ec2.Vpc(f"v{index}", cidr_block="10.0.0.0/16", tags={"after": last.id if last else "none"})
"""
HALF = (
    MANY.replace("60", "30")
    + """
    import asyncio, pulumi
    pulumi.run(lambda: asyncio.sleep(60))
"""
)


def existing(rehearsal: Rehearsal) -> list[Record]:
    """What the simulated cloud holds. Closed at once: reading the file in another way while this process has it open
    would drop SQLite's locks ("How To Corrupt An SQLite Database File", POSIX advisory locks)."""
    with contextlib.closing(Cloud(rehearsal.folder / ".plinth" / "cloud")) as cloud:
        return cloud.all()


def outputs(rehearsal: Rehearsal, stack: str = "test") -> dict[str, Any]:
    shown = rehearsal("stack", "output", "--json", stack=stack).output
    return json.loads(shown[shown.index("{") :])


def test_the_life_of_two_stacks(make_rehearsal: Callable[..., Rehearsal]) -> None:
    rehearsal = make_rehearsal(PROGRAM, stacks=("test", "other"))
    planned = rehearsal("preview")
    assert planned.changes == {"create": 13}
    assert existing(rehearsal) == []

    made = rehearsal("up")
    shown = outputs(rehearsal)
    assert shown["vpc"].startswith("vpc-0")
    assert shown["arn"].startswith("arn:aws:kms:us-east-1:123456789012:key/")
    assert shown["tags"] == {"owner": "platform", "a": "b"}
    assert shown["template"].startswith("nodes-")
    assert shown["found"] == "10.0.0.0/16"
    ids = {record.id for record in existing(rehearsal)}

    state = json.dumps(rehearsal.state())
    kept = b"".join(file.read_bytes() for file in (rehearsal.folder / ".plinth" / "cloud").iterdir())
    for text in (planned.output, made.output, state, kept.decode(errors="replace")):
        assert "hunter2-in-clear" not in text

    assert rehearsal("preview", "--expect-no-changes").changes == {"same": 13}
    assert rehearsal("refresh", "--expect-no-changes").changes == {"same": 13}

    rehearsal("up", stack="other")
    assert outputs(rehearsal, "other")["vpc"] != shown["vpc"]
    rehearsal("destroy", stack="other")
    assert {record.id for record in existing(rehearsal)} == ids

    source = (
        PROGRAM.replace("ami-1", "ami-2")
        .replace("10.0.1.0/24", "10.0.2.0/24")
        .replace("10.0.0.0/16", "10.9.0.0/16")
    )
    rehearsal.write(source)
    changed = rehearsal("preview")
    steps = {urn.rpartition("$")[2].split("::", 2)[-1]: step for urn, step in changed.steps.items()}
    assert steps["aws:ec2/vpc:Vpc::main"] == "replace"
    assert steps["aws:ec2/subnet:Subnet::main"] == "replace"  # its VPC will be another one
    assert steps["aws:ec2/launchTemplate:LaunchTemplate::nodes"] == "update"
    # The Kubernetes provider and its objects may change, since its kubeconfig is unknown again.
    assert changed.changes == {"replace": 2, "update": 4, "same": 7}
    rehearsal("up")
    replaced = outputs(rehearsal)
    assert replaced["vpc"] != shown["vpc"]
    assert (replaced["version"], replaced["role"]) == (2, shown["role"])

    Cloud(rehearsal.folder / ".plinth" / "cloud").delete(
        next(record for record in existing(rehearsal) if record.type == "aws:iam/role:Role")
    )
    assert rehearsal("refresh").changes["delete"] == 1
    rehearsal("destroy")
    assert existing(rehearsal) == []
    assert rehearsal.state() == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "Untyped('aws:ec2/vpc:Vpc', 'main', {'cidrBlok': '10.0.0.0/16'})",
            "Invalid or unknown key. Examine values at 'main.cidrBlok'. Did you mean 'cidrBlock'?",
        ),
        (
            "aws.eks.Cluster('main', role_arn='r', vpc_config={})",
            'Missing required argument. The argument "subnet_ids" is required, but no definition was found.',
        ),
        (
            "aws.ec2.get_customer_gateway(id='cgw-1')",
            "aws:ec2/getCustomerGateway:getCustomerGateway is a look-up that the simulator does not answer",
        ),
    ],
)
def test_what_a_program_gets_wrong_is_refused_in_the_provider_s_words(
    make_rehearsal: Callable[..., Rehearsal], statement: str, words: str
) -> None:
    refused = make_rehearsal(f"{UNTYPED}    {statement}\n")("preview", expect_exit=None)
    assert refused.exit_code != 0
    assert words in refused.output


def begin_up(rehearsal: Rehearsal) -> subprocess.Popen[bytes]:
    """An `up` of half of `MANY` that goes on after it has made something."""
    rehearsal.write(HALF)
    command = ["rehearse", "up", "--yes", "--skip-preview", "-s", "test", "--non-interactive"]
    running = subprocess.Popen(
        [sys.executable, "-m", "plinth", *command],
        cwd=rehearsal.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while len(existing(rehearsal)) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    return running


def kill_half_way(rehearsal: Rehearsal) -> dict[str, str]:
    """Kill an `up` of half of `MANY`, with all its processes; what it made: id by urn."""
    running = begin_up(rehearsal)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    rehearsal.write(MANY)
    return {record.urn: record.id for record in existing(rehearsal)}


def test_a_killed_update_recovers(make_rehearsal: Callable[..., Rehearsal]) -> None:
    rehearsal = make_rehearsal(MANY)
    rehearsal("stack", "init", "test")
    half = kill_half_way(rehearsal)
    assert 5 <= len(half) <= 30

    rehearsal("up")
    after = {record.urn: record.id for record in existing(rehearsal)}
    assert len(after) == 60
    assert half.items() <= after.items()
    rehearsal("destroy")
    assert existing(rehearsal) == []


def test_a_stack_that_is_being_updated_cannot_be_destroyed(make_rehearsal: Callable[..., Rehearsal]) -> None:
    rehearsal = make_rehearsal(HALF)
    rehearsal("stack", "init", "test")
    running = begin_up(rehearsal)
    made = existing(rehearsal)
    refused = rehearsal("destroy", expect_exit=None)
    assert refused.exit_code != 0
    assert "the stack is currently locked" in refused.output
    assert {record.urn for record in made} <= {record.urn for record in existing(rehearsal)}
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def test_what_a_killed_update_made_goes_with_the_stack(make_rehearsal: Callable[..., Rehearsal]) -> None:
    rehearsal = make_rehearsal(MANY)
    rehearsal("stack", "init", "test")
    assert kill_half_way(rehearsal)
    rehearsal("destroy")
    assert existing(rehearsal) == []
