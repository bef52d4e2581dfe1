"""The model that an event log becomes."""

from __future__ import annotations

import json
import random

import pytest

from plinth.errors import UserError
from plinth.reports.events import read_event_log, read_events
from plinth.reports.model import Loss, Operation, Verdict
from tests.reports.logs import component, resource, said, summary, urn, violation

SUBNET = "aws:ec2/subnet:Subnet"
NETWORK = urn("shop:index:Network", "shop")


def only(event):
    (change,) = read_events([event, summary()]).changes
    return change


@pytest.mark.parametrize(
    ("type_", "op", "loss"),
    [
        ("aws:rds/cluster:Cluster", "delete", Loss.DATA),
        ("aws:rds/clusterParameterGroup:ClusterParameterGroup", "delete", Loss.NOTHING),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "replace", Loss.DATA),
        ("aws:s3/bucket:Bucket", "delete", Loss.DATA),
        ("aws:s3/bucketPolicy:BucketPolicy", "delete", Loss.NOTHING),
        ("aws:kms/key:Key", "replace", Loss.DATA),
        ("aws:kms/keyPolicy:KeyPolicy", "replace", Loss.NOTHING),
        ("aws:secretsmanager/secret:Secret", "delete", Loss.DATA),
        ("aws:ebs/volume:Volume", "delete", Loss.DATA),
        ("aws:efs/fileSystem:FileSystem", "replace", Loss.DATA),
        ("aws:opensearch/domain:Domain", "replace", Loss.DATA),
        ("aws:dynamodb/table:Table", "delete", Loss.DATA),
        ("kubernetes:core/v1:PersistentVolumeClaim", "delete", Loss.DATA),
        (SUBNET, "replace", Loss.IDENTITY),
        ("aws:eks/cluster:Cluster", "replace", Loss.IDENTITY),
        ("aws:rds/cluster:Cluster", "update", Loss.NOTHING),
        ("kubernetes:batch/v1:Job", "replace", Loss.NOTHING),
    ],
)
def test_what_is_lost(type_, op, loss):
    assert only(resource(op, type_, "x", {"a": 1}, {"a": 2})).loss is loss


def test_a_replacement_is_one_change_with_its_reason_whatever_the_order_of_its_steps():
    old, new, detailed = {"subnetId": "a", "x": 1}, {"subnetId": "b", "x": 2}, {"subnetId": "update-replace"}
    steps = [
        resource("delete-replaced", SUBNET, "a", old, None),
        resource("replace", SUBNET, "a", old, new, detailed=detailed),
        resource("create-replacement", SUBNET, "a", old, new, detailed=detailed),
    ]
    reports = {read_events([*random.sample(steps, 3), summary()]) for _ in range(6)}
    assert len(reports) == 1
    (change,) = reports.pop().changes
    assert change.operation is Operation.REPLACE
    assert [(item.path, item.old, item.new, item.replaces) for item in change.properties] == [
        ("subnetId", "a", "b", True), ("x", "1", "2", False),
    ]  # fmt: skip


def test_a_rename_is_one_replacement():
    inputs = {"cidrBlock": "10.0.0.0/24", "vpcId": "vpc-1", "tags": {"Name": "a"}}
    events = [
        component("shop:index:Network", "shop"),
        resource("create", SUBNET, "db-a", None, inputs | {"tags": {"Name": "b"}}, parent=NETWORK),
        resource("delete", SUBNET, "data-a", inputs, None, parent=NETWORK, protect=True),
        resource("delete", SUBNET, "other", inputs | {"cidrBlock": "10.0.1.0/24"}, None, parent=NETWORK),
    ]
    report = read_events([*events, summary()])
    renamed, other = sorted(report.changes, key=lambda change: change.name)
    assert (renamed.operation, renamed.renamed_from, renamed.protected) == (Operation.REPLACE, "data-a", True)
    assert renamed.component == ("Network shop",)
    assert [(item.path, item.new) for item in renamed.properties] == [("tags.Name", "b")]
    assert (other.operation, other.renamed_from) == (Operation.DELETE, "")


@pytest.mark.parametrize(
    ("old", "new", "noise"),
    [
        ({"sourceCodeHash": "a"}, {"sourceCodeHash": "b"}, True),
        ({"name": "jobs-90fcbe54e3"}, {"name": "jobs-b862f233f0"}, True),
        ({"vpc": "vpc-1"}, {"vpc": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}, True),
        ({"threshold": 1717986918}, {"threshold": 3435973836}, False),
        ({"name": "orders"}, {"name": "carts"}, False),
    ],
)
def test_noise(old, new, noise):
    (item,) = only(resource("update", SUBNET, "a", old, new)).properties
    assert item.noise is noise
    forced = only(resource("replace", SUBNET, "a", old, new, detailed={next(iter(old)): "update-replace"}))
    assert not forced.properties[0].noise, "what forces a replacement is never noise"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ({"masterPassword": "hunter2"}, {"masterPassword": "hunter3"}, "masterPassword"),
        (
            {"containers": '[{"environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]'},
            {"containers": '[{"environment": [{"name": "DB_PASSWORD", "value": "hunter3"}], "cpu": 1}]'},
            "containers",
        ),
        ({"a": "redis://u:hunter2@h"}, {"a": "redis://v:hunter3@h"}, "a"),
        (
            {"env": [{"name": "DB_PASSWORD", "value": "hunter2", "x": 1}]},
            {"env": [{"name": "DB_PASSWORD", "value": "hunter3", "x": 2}]},
            "env[0].x",
        ),
        ({"key": "-----BEGIN RSA PRIVATE KEY-----\nhunter2"}, {"key": "b"}, "key"),
        (
            {"s": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "hunter2"}},
            {"s": "hunt"},
            "s",
        ),
    ],
)  # fmt: skip
def test_secrets_never_show(old, new, path):
    change = only(resource("update", "x:y/z:Z", "a", old, new, detailed={path: "update"}))
    assert [item.path for item in change.properties] == [path]
    assert "hunter" not in repr(change)


def test_a_kubernetes_secret_is_secret_as_a_whole():
    assert "hunter" not in repr(
        only(resource("create", "kubernetes:core/v1:Secret", "a", None, {"data": {"x": "hunter2"}}))
    )


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ([resource("same", SUBNET, "a", {}, {}), summary()], Verdict.NO_CHANGE),
        ([resource("update", SUBNET, "a", {"a": 1}, {"a": 2}), summary()], Verdict.CHANGES),
        ([summary("failed")], Verdict.BLOCKED),
        ([resource("same", SUBNET, "a", {}, {})], Verdict.BLOCKED),
        ([violation("no-vpc", NETWORK, "why\ntext"), summary()], Verdict.BLOCKED),
        ([violation("no-vpc", NETWORK, "why\ntext", "advisory"), summary()], Verdict.NO_CHANGE),
    ],
)
def test_the_verdict(events, verdict):
    assert read_events(events).verdict is verdict


def test_findings_and_diagnostics():
    report = read_events(
        [
            violation("b", NETWORK, "why\nwhat"),
            said("error", "preview failed\n"),
            said("error", "plinth:x: wrong\n"),
            said("debug", "d"),
        ]
    )
    assert [(item.policy, item.why, item.text) for item in report.findings] == [("b", "why", "what")]
    assert [item.text for item in report.diagnostics] == ["plinth:x: wrong"]


@pytest.mark.parametrize("text", ["", "hello", '{"a": 1}\n', '{"sequence": 1}\n{"sequ'])
def test_what_is_no_event_log_is_refused(tmp_path, text):
    file = tmp_path / "log"
    file.write_text(text)
    with pytest.raises(UserError, match="nothing to report"):
        read_event_log(file)


def test_a_value_with_any_line_break_is_read(tmp_path):
    file = tmp_path / "log"
    event = resource("update", SUBNET, "a", {"x": "1"}, {"x": "2\x85\u2028\x1c"})
    file.write_text(f"{json.dumps({'sequence': 0} | event, ensure_ascii=False)}\n", encoding="utf-8")
    assert read_event_log(file).changes[0].properties[0].new == "2\x85\u2028\x1c"


def test_a_long_value_is_masked_in_no_time():
    change = only(resource("create", SUBNET, "a", None, {"x": "a" * 500_000}))
    assert len(change.properties[0].new) == 500_000


def test_a_step_of_a_newer_engine_is_no_silent_same(tmp_path):
    file = tmp_path / "log"
    file.write_text(json.dumps({"sequence": 0} | resource("teleport", SUBNET, "a", {}, {})))
    with pytest.raises(UserError, match="teleport"):
        read_event_log(file)
