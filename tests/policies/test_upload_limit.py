"""`upload-limit` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.upload_limit import ANNOTATION, RULE
from incidents.unknowns import UNKNOWN
from settings.firewall import larger_pattern, paths_pattern
from tests.policies.manifests import container, env, manifest, pods, service
from tests.policies.stacks import findings, resource, verdict

MIB = 2**20


def app(value: Any = str(10 * MIB), name: str = "UPLOAD_MAX_BYTES") -> Any:
    return pods(container(env=env(**{name: value})))


def ingress(limit: Any = None, of_class: str = "nginx", to: str = "shop") -> Any:
    annotations = {ANNOTATION: limit} if limit else {}
    backend = {"service": {"name": to, "port": {"number": 80.0}}}
    rules = [{"http": {"paths": [{"path": "/", "backend": backend}]}}]
    return manifest(
        "Ingress", "edge", {"annotations": annotations}, spec={"ingressClassName": of_class, "rules": rules}
    )


def release(**config: str) -> Any:
    values = {"controller": {"config": config}}
    return resource("kubernetes:helm.sh/v3:Release", "nginx", {"chart": "ingress-nginx", "values": values})


@pytest.mark.parametrize(
    ("subject", "others", "expected"),
    [
        (pods(), [], Verdict.NOT_APPLICABLE),
        (app("3", "MAX_UPLOAD_FILES"), [], Verdict.NOT_APPLICABLE),
        (app(), [], Verdict.PASS),
        (app(), [ingress("10m")], Verdict.PASS),
        (app(), [ingress("50m")], Verdict.PASS),
        (app(), [ingress("8m")], Verdict.FAIL),
        (app(), [ingress("0")], Verdict.PASS),
        (app(), [ingress("8192k")], Verdict.FAIL),
        (app(), [ingress()], Verdict.UNKNOWN),
        (app(), [ingress(UNKNOWN)], Verdict.UNKNOWN),
        (app(), [ingress(), release()], Verdict.FAIL),
        (app(), [ingress(), release(**{"proxy-body-size": "20m"})], Verdict.PASS),
        (app("512k"), [ingress(), release()], Verdict.PASS),
        (app(), [ingress("1m", to="other")], Verdict.PASS),
        (app(), [ingress(of_class="alb")], Verdict.PASS),
        (app("10", "MAX_FILE_SIZE_MB"), [ingress("8m")], Verdict.FAIL),
        (app("10MB", "MAX_FILE_SIZE"), [ingress("8m")], Verdict.FAIL),
        (app("10Mi", "MAX_UPLOAD_SIZE"), [ingress("10m")], Verdict.PASS),
        (app("lots"), [ingress("10m")], Verdict.UNKNOWN),
        (app(UNKNOWN), [ingress("10m")], Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_ingresses(subject: Any, others: list[Any], expected: Verdict) -> None:
    assert verdict(RULE, subject, *others, service()) is expected


def acl(*statements: Any, name: str = "acl", scope: str = "REGIONAL", action: str = "block") -> Any:
    rules = [
        {"name": f"rule-{index}", "statement": statement, "action": {action: {}}}
        for index, statement in enumerate(statements)
    ]
    return resource("aws:wafv2/webAcl:WebAcl", name, {"scope": scope, "rules": rules})


def larger(size: float | str, operator: str = "GT") -> Any:
    said = {"comparisonOperator": operator, "size": size, "fieldToMatch": {"body": {}}}
    return {"sizeConstraintStatement": said}


def announced_as(pattern: str) -> Any:
    header = {"singleHeader": {"name": "content-length"}}
    return {"regexMatchStatement": {"regexString": pattern, "fieldToMatch": header}}


def announced(size: int) -> Any:
    return announced_as(larger_pattern(size))


UPLOADS = {
    "regexMatchStatement": {"regexString": paths_pattern(["/uploads"]), "fieldToMatch": {"uriPath": {}}}
}


def both(*statements: Any) -> Any:
    return {"andStatement": {"statements": list(statements)}}


OTHERS = {"notStatement": {"statement": UPLOADS}}


def common(*counted: str) -> Any:
    overrides = [{"name": name, "actionToUse": {"count": {}}} for name in counted]
    group = {"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS", "ruleActionOverrides": overrides}
    rule = {
        "name": "common",
        "statement": {"managedRuleGroupStatement": group},
        "overrideAction": {"none": {}},
    }
    return resource("aws:wafv2/webAcl:WebAcl", "acl", {"scope": "REGIONAL", "rules": [rule]})


@pytest.mark.parametrize(
    ("acls", "expected"),
    [
        ([acl(larger(MIB))], Verdict.FAIL),
        ([acl(larger(20 * MIB))], Verdict.PASS),
        ([acl(larger(float(MIB)))], Verdict.FAIL),
        ([acl(larger("much"))], Verdict.UNKNOWN),
        ([acl(larger(MIB, operator="OVER"))], Verdict.UNKNOWN),
        ([acl(larger(MIB), action="count")], Verdict.PASS),
        ([acl(larger(MIB), scope="CLOUDFRONT")], Verdict.PASS),
        ([acl(larger(MIB)), acl(larger(20 * MIB), name="other")], Verdict.UNKNOWN),
        ([acl(announced(MIB))], Verdict.FAIL),
        ([acl(announced(10 * MIB))], Verdict.PASS),
        ([acl(announced_as(r"\h*[0-9]{8,}"))], Verdict.UNKNOWN),
        ([acl(both(OTHERS, announced(MIB)), both(UPLOADS, announced(10 * MIB)))], Verdict.PASS),
        ([acl(both(OTHERS, announced(MIB)), both(UPLOADS, announced(5 * MIB)))], Verdict.FAIL),
        ([acl(both(UPLOADS, larger(MIB)))], Verdict.UNKNOWN),
        ([acl({"orStatement": {"statements": [larger(MIB), larger(2 * MIB)]}})], Verdict.FAIL),
        ([acl({"geoMatchStatement": {"countryCodes": ["XX"]}})], Verdict.PASS),
        ([common()], Verdict.FAIL),
        ([common("SizeRestrictions_BODY")], Verdict.PASS),
        (
            [resource("aws:wafv2/webAcl:WebAcl", "acl", {"scope": "REGIONAL", "rules": UNKNOWN})],
            Verdict.UNKNOWN,
        ),
    ],
)
def test_web_acls(acls: list[Any], expected: Verdict) -> None:
    assert verdict(RULE, app(), *acls) is expected


def test_the_text_says_both_sizes() -> None:
    text = findings(RULE, app(), ingress("8m"), service())["shop"].text
    assert "UPLOAD_MAX_BYTES=10485760" in text
    assert "'edge' lets 8m through" in text
