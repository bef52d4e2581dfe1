"""What a change of database and cache plans: upgrades and parameters in place, refusals at preview, never a new cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.components.conftest import change, changed, copy_project, replaced
from tests.conftest import Rehearsal, Result

pytestmark = pytest.mark.engine

Edit = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """Dev with PostgreSQL 16, up."""
    rehearsal = copy_project(tmp_path_factory.mktemp("running"))
    change(rehearsal, "dev", lambda config: config["plinth:database"].update(version="16.8"))
    rehearsal("up", stack="dev")
    return rehearsal


def previewed(rehearsal: Rehearsal, edit: Edit, *, expect_exit: int = 0) -> Result:
    """The preview of a changed stack file, which is put back afterwards."""
    file = rehearsal.folder / "Pulumi.dev.yaml"
    original = file.read_text()
    change(rehearsal, "dev", edit)
    try:
        return rehearsal("preview", "--diff", stack="dev", expect_exit=expect_exit)
    finally:
        file.write_text(original)


def database(**values: Any) -> Edit:
    return lambda config: config["plinth:database"].update(values)


def cache(**values: Any) -> Edit:
    return lambda config: config["plinth:cache"].update(values)


def both(*edits: Edit) -> Edit:
    return lambda config: [edit(config) for edit in edits]


IN_PLACE: dict[str, tuple[Edit, set[str]]] = {
    "versions, windows and sizes": (
        both(
            database(
                version="16.9",
                serverless={"min_acu": 1, "max_acu": 8},
                backup_retention_days=14,
                backup_window="18:00-19:00",
                maintenance_window="mon:20:00-mon:21:00",
            ),
            cache(version="8.1", node_type="cache.t4g.small"),
        ),
        {"plinth-dev"},
    ),
    "parameters, dynamic and static": (
        both(
            database(
                parameters={"work_mem": "65536", "max_connections": "200"},
                instance_parameters={"log_connections": "1"},
            ),
            cache(maxmemory_policy="allkeys-lru"),
        ),
        {"plinth-dev-aurora-postgresql16", "plinth-dev-valkey8"},
    ),
    "machines in place of ACUs": (
        lambda config: (
            config["plinth:database"].pop("serverless"),
            config["plinth:database"].update(instances={"class": "db.r6g.large", "count": 1}),
        ),
        {"plinth-dev", "plinth-dev-1"},
    ),
}


@pytest.mark.parametrize("case", IN_PLACE)
def test_a_change_is_made_in_place(running: Rehearsal, case: str):
    edit, updated = IN_PLACE[case]
    result = previewed(running, edit)
    assert replaced(result) == set()
    assert changed(result, "delete") == set()
    assert changed(result, "update") == updated


def test_a_major_upgrade_is_refused_at_preview_unless_it_is_allowed(running: Rehearsal):
    refused = previewed(running, database(version="17.4"), expect_exit=1)
    for text in ("plinth:database.version", "16.8 to 17.4 is a major upgrade", "`allow_major_upgrade: true`"):
        assert text in refused.output
    assert "Traceback" not in refused.output

    allowed = previewed(running, database(version="17.4", allow_major_upgrade=True))
    assert replaced(allowed) == set()
    assert changed(allowed, "create") == {"plinth-dev-aurora-postgresql17"}
    assert changed(allowed, "update") == {"plinth-dev", "plinth-dev-1"}
    assert changed(allowed, "delete") == {"plinth-dev-aurora-postgresql16"}


def test_a_version_that_aws_no_longer_makes_is_refused_at_preview(project: Rehearsal):
    change(project, "dev", lambda config: config["plinth:database"].update(version="16.4"))
    refused = project("preview", stack="dev", expect_exit=1)
    assert "plinth:database.version: AWS makes no cluster of PostgreSQL 16.4 any more" in refused.output
    assert "Traceback" not in refused.output


@pytest.mark.parametrize("version", ["15.12", "16.6"])
def test_there_is_no_way_back(running: Rehearsal, version: str):
    refused = previewed(running, database(version=version, allow_major_upgrade=True), expect_exit=1)
    assert f"the cluster runs PostgreSQL 16.8, which cannot become {version}" in refused.output
    assert "16.9" in refused.output


def test_a_new_cache_password_is_set_beside_the_old_one(running: Rehearsal):
    result = previewed(running, cache(password_version=2))
    readers = {"plinth-dev-order-service", "plinth-dev-order-service-migration"}
    assert replaced(result) == {"plinth-dev-cache", *readers}
    cluster = "urn:pulumi:dev::plinth::plinth:index:Cache$aws:elasticache/replicationGroup:ReplicationGroup"
    assert result.steps[f"{cluster}::plinth-dev"] == "update"
    assert '"SET" => "ROTATE"' in result.output


def test_a_renamed_subnet_does_not_touch_the_cluster(running: Rehearsal):
    program = running.folder / "components" / "network.py"
    original = program.read_text()
    renamed = original.replace('f"{self._name}-{planned.name}"', 'f"{self._name}-net-{planned.name}"')
    assert renamed != original
    program.write_text(renamed)
    try:
        result = running("preview", stack="dev")
    finally:
        program.write_text(original)
    assert "plinth-dev-net-data-a" in changed(result, "create")
    touched = {urn for urn, op in result.steps.items() if op not in {"same", "read"}}
    assert not any("aws:rds/cluster" in urn or "ReplicationGroup" in urn for urn in touched)


def test_everything_that_can_be_switched_on_comes_up_and_goes(project: Rehearsal):
    """Proxy, readers that scale, an RBAC cache with shards: no stack file of this project has them."""
    change(
        project,
        "dev",
        lambda config: (
            config["plinth:database"].update(
                proxy=True,
                serverless={"min_acu": 1, "max_acu": 4, "count": 2},
                reader_autoscaling={"max_readers": 4},
            ),
            config["plinth:cache"].update(auth="rbac", nodes=2, shards=2),
            config.update(
                {"plinth:alarms": {"https_endpoints": ["https://example.com/alarms"], "minutes": 3}}
            ),
        ),
    )
    project("up", stack="dev")
    project("preview", "--expect-no-changes", stack="dev")
    state = {item["urn"].partition("::plinth::")[2]: item for item in project.state("dev")}

    def of_type(type_: str) -> list[dict[str, Any]]:
        return [item for item in state.values() if item["type"] == type_]

    (proxy,) = of_type("aws:rds/proxy:Proxy")
    assert proxy["inputs"]["requireTls"] is True
    assert proxy["inputs"]["defaultAuthScheme"] == "IAM_AUTH"
    assert not proxy["inputs"].get("auths")
    (egress,) = of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    (group,) = proxy["inputs"]["vpcSecurityGroupIds"]
    assert egress["inputs"]["securityGroupId"] == group
    (target,) = of_type("aws:appautoscaling/target:Target")
    assert target["inputs"]["resourceId"] == "cluster:plinth-dev"
    assert (target["inputs"]["minCapacity"], target["inputs"]["maxCapacity"]) == (1, 4)
    (replication_group,) = of_type("aws:elasticache/replicationGroup:ReplicationGroup")
    assert replication_group["inputs"]["numNodeGroups"] == 2
    assert replication_group["inputs"]["userGroupIds"] == ["plinth-dev"]
    assert "authToken" not in replication_group["inputs"]
    users = {
        item["inputs"]["userName"]: item["inputs"]["accessString"]
        for item in of_type("aws:elasticache/user:User")
    }
    assert users["app"].startswith("on ")
    assert users["default"].startswith("off ")
    alarms = {
        value
        for item in of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        for value in item["inputs"]["dimensions"].values()
    }
    assert alarms == {"plinth-dev"} | {
        f"plinth-dev-{shard:04}-{node:03}" for shard in (1, 2) for node in (1, 2)
    }
    project("destroy", stack="dev")
    assert project.state("dev") == []
