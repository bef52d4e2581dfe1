"""The load balancer of the project's own stacks, on the real engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.components.conftest import Stack, change, changed, replaced

pytestmark = pytest.mark.engine

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
GROUP = "aws:lb/targetGroup:TargetGroup"
RULE = "aws:lb/listenerRule:ListenerRule"
RECORD = "aws:route53/record:Record"


@pytest.fixture(autouse=True)
def of_prod(stack: Stack) -> None:
    """The stack dev has no ingress."""
    if stack.name != "prod":
        pytest.skip("dev has no ingress")


def test_the_load_balancer_is_public_protected_and_logged(stack: Stack):
    balancer = stack.inputs(BALANCER)
    public = {
        item["id"] for name, item in stack.of_type("aws:ec2/subnet:Subnet").items() if "-public-" in name
    }
    assert set(balancer["subnets"]) == public
    assert balancer["enableDeletionProtection"] is True
    assert balancer["dropInvalidHeaderFields"] is True
    logs = stack.of_type("aws:s3/bucket:Bucket")["plinth-prod-edge-logs"]["id"]
    assert balancer["accessLogs"] == {"bucket": logs, "enabled": True}
    policy = json.loads(
        stack.of_type("aws:s3/bucketPolicy:BucketPolicy")["plinth-prod-edge-logs"]["inputs"]["policy"]
    )
    (grant,) = [item for item in policy["Statement"] if item["Effect"] == "Allow"]
    assert grant["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert grant["Resource"] == f"arn:aws:s3:::{logs}/AWSLogs/123456789012/*"


def test_plain_http_redirects_and_unknown_hosts_are_404(stack: Stack):
    plain, secure = stack.inputs(LISTENER, "-80"), stack.inputs(LISTENER, "-443")
    assert plain["defaultActions"] == [
        {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}}
    ]
    assert secure["defaultActions"][0]["fixedResponse"]["statusCode"] == "404"
    assert secure["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    certificate = stack.of_type("aws:acm/certificate:Certificate")["plinth-prod"]
    assert certificate["inputs"]["subjectAlternativeNames"] == ["*.example.com"]
    assert secure["certificateArn"] == certificate["outputs"]["arn"]


@pytest.mark.parametrize(
    ("host", "service", "port"), [("api", "api-gateway", 8080), ("admin", "admin-service", 3000)]
)
def test_a_host_leads_to_its_service(stack: Stack, host: str, service: str, port: int):
    rule, group = stack.inputs(RULE, f"-{host}.example.com"), stack.inputs(GROUP, f"-{service}")
    assert rule["conditions"] == [{"hostHeader": {"values": [f"{host}.example.com"]}}]
    assert rule["actions"] == [{"type": "forward", "targetGroupArn": stack.id_of(GROUP, f"-{service}")}]
    assert (group["port"], group["targetType"]) == (port, "ip")
    assert (group["healthCheck"]["path"], group["healthCheck"]["port"]) == ("/readyz", str(port))
    assert group["deregistrationDelay"] == 20
    assert len(group["name"]) <= 32
    balancer = stack.of_type(BALANCER)["plinth-prod"]
    record = stack.of_type(RECORD)[f"{host}.example.com-A"]
    (target,) = record["inputs"]["aliases"]
    assert (target["name"], target["zoneId"]) == (
        balancer["outputs"]["dnsName"],
        balancer["outputs"]["zoneId"],
    )
    listener = stack.of_type(LISTENER)["plinth-prod-443"]
    assert listener["urn"] in record["dependencies"]


def test_the_load_balancer_reaches_pods_on_their_ports_and_nothing_else(stack: Stack):
    group = stack.id_of("aws:ec2/securityGroup:SecurityGroup", "-edge")
    pods = stack.outputs["workload_security_group_id"]

    def rules(kind: str, owner: str) -> set[tuple[Any, ...]]:
        found = stack.of_type(f"aws:vpc/securityGroup{kind}Rule:SecurityGroup{kind}Rule").values()
        return {
            (
                given["fromPort"],
                given["toPort"],
                given.get("referencedSecurityGroupId") or given.get("cidrIpv4"),
            )
            for item in found
            if (given := item["inputs"])["securityGroupId"] == owner
        }

    assert rules("Egress", group) == {(3000, 3000, pods), (8080, 8080, pods)}
    assert rules("Ingress", group) == {(80, 80, "0.0.0.0/0"), (443, 443, "0.0.0.0/0")}
    assert rules("Ingress", pods) == {(3000, 3000, group), (8080, 8080, group)}


def test_the_controller_only_binds_pods(stack: Stack):
    release = stack.inputs("kubernetes:helm.sh/v3:Release", "-load-balancer-controller")
    assert release["version"] == "3.5.0"
    assert release["values"]["clusterName"] == "plinth-prod"
    assert release["values"]["vpcId"] == stack.only("aws:ec2/vpc:Vpc")["id"]
    policy = stack.inputs("aws:iam/rolePolicy:RolePolicy", "-load-balancer-controller")["policy"]
    changing = [
        action
        for statement in json.loads(policy)["Statement"]
        for action in statement["Action"]
        if ":Describe" not in action
    ]
    assert changing == ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"]


def test_the_firewall_knows_where_users_log_in(stack: Stack):
    association = stack.inputs("aws:wafv2/webAclAssociation:WebAclAssociation")
    acl = stack.of_type("aws:wafv2/webAcl:WebAcl")["plinth-prod-edge"]
    assert association["webAclArn"] == acl["outputs"]["arn"]
    rules = {rule["name"]: rule["statement"] for rule in acl["inputs"]["rules"]}
    scoped = rules["auth-rate-limit"]["rateBasedStatement"]["scopeDownStatement"]
    assert "/api/v1/auth/login" in scoped["regexMatchStatement"]["regexString"]
    assert "upload-limit" in rules


def test_what_is_watched_is_watched_where_its_metrics_are(stack: Stack):
    alarms = stack.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    p99 = alarms["plinth-prod-edge-response-time"]["inputs"]
    assert (p99.get("statistic"), p99["extendedStatistic"]) == (None, "p99")
    for name, item in alarms.items():
        is_global = item["inputs"]["namespace"] == "AWS/CloudFront" or "content-blocked" in name
        region = "us-east-1" if is_global else "ap-northeast-2"
        (action,) = item["inputs"]["alarmActions"]
        assert (item["outputs"]["region"], action.split(":")[3]) == (region, region), name


def test_pages_of_the_stack_s_hosts_may_read_content(stack: Stack):
    cors = stack.inputs("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", "-content")
    assert cors["corsRules"][0]["allowedOrigins"] == ["https://admin.example.com", "https://api.example.com"]


def test_the_dashboard_goes_from_users_down_to_nodes(stack: Stack):
    body = json.loads(stack.inputs("aws:cloudwatch/dashboard:Dashboard")["dashboardBody"])
    titles = [item["properties"]["title"] for item in body["widgets"]]
    assert [title.split()[0] for title in titles[::3]] == ["Requests", "CDN", "Database", "Cache", "Node"]
    assert len({(item["x"], item["y"]) for item in body["widgets"]}) == len(titles) == 15
    balancer = stack.of_type(BALANCER)["plinth-prod"]["outputs"]["arnSuffix"]
    groups = [
        made["name"]
        for item in stack.of_type("aws:eks/nodeGroup:NodeGroup").values()
        for made in item["outputs"]["resources"][0]["autoscalingGroups"]
    ]
    named = {
        value for item in body["widgets"] for line in item["properties"]["metrics"] for value in line[3:4]
    }
    assert {balancer, "plinth-prod", *groups} <= named
    for item in body["widgets"]:
        is_cdn = item["properties"]["metrics"][0][0] == "AWS/CloudFront"
        assert item["properties"]["region"] == ("us-east-1" if is_cdn else "ap-northeast-2")


def test_requests_of_visitors(stack: Stack):
    """As shipped: content is delivered, plain HTTP redirected, a service answers, and what is not routed is not found."""
    for url, last in (
        ("https://cdn.example.com/a.png", "200"),
        ("http://api.example.com/v1", "301 to https://api.example.com/v1"),
        ("https://api.example.com/v1", "200"),
    ):
        answer = stack.rehearsal("get", url, stack=stack.name, expect_exit=None).output
        assert answer.rstrip().rpartition("\n")[2] == last


def test_changes_of_a_running_edge(stack: Stack):
    """A drain time is updated in place; a port makes a target group beside the old one; a new host moves no other."""
    original = (stack.rehearsal.folder / "Pulumi.prod.yaml").read_text()

    def preview(edit: Any):
        change(stack.rehearsal, "prod", edit)
        result = stack.rehearsal("preview", stack="prod")
        (stack.rehearsal.folder / "Pulumi.prod.yaml").write_text(original)
        return result

    result = preview(lambda config: config["plinth:services"]["api-gateway"].update(drain_seconds=40))
    assert (changed(result, "update"), replaced(result)) == ({"plinth-prod-api-gateway"}, set())

    def another(config: dict[str, Any]) -> None:
        config["plinth:services"]["api-gateway"]["port"] = 8081
        config["plinth:ingress"]["hosts"]["aaa"] = "admin-service"

    result = preview(another)
    # What browsers reach is told the new origin; admin-service is reached from now on, and its migration is told as well.
    assert replaced(result) == {"plinth-prod-api-gateway", "plinth-prod-admin-service-migration"}
    assert {"plinth-prod-api.example.com"} == {
        name for name in changed(result, "update") if name.endswith(".example.com")
    }
    assert {"plinth-prod-aaa.example.com", "aaa.example.com-A"} <= changed(result, "create")
