"""What web ACLs let through: how often, and how much."""

from __future__ import annotations

from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.load_balancers import internal, network
from tests.incidents.benign.parts import TAGS, configured, said_instead, told
from tests.incidents.benign.variation import Added, Change, Linked, Place, Variations
from tests.incidents.flips import Flip, cdn, env

ACL: Place = ("WebAcl", "shop")
FORMS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def rule(index: int, *path: str | int, value: Any) -> Flip:
    """A fact of a rule of the shop's web ACL: 0 limits everything, 1 the log-in, 2 the size."""
    return Flip(*ACL, ("rules", index, *path), value)


def rate(index: int, **said: Any) -> list[Change]:
    return [rule(index, "statement", "rateBasedStatement", key, value=value) for key, value in said.items()]


def starts_with(path: str) -> dict[str, Any]:
    part: dict[str, Any] = {
        "fieldToMatch": {"uriPath": {}},
        "textTransformations": [{"priority": 0, "type": "LOWERCASE"}],
    }
    return {"byteMatchStatement": {**part, "searchString": path, "positionalConstraint": "STARTS_WITH"}}


def larger_than(size: int) -> dict[str, Any]:
    part: dict[str, Any] = {
        "fieldToMatch": {"body": {}},
        "textTransformations": [{"priority": 0, "type": "NONE"}],
    }
    return {"sizeConstraintStatement": {**part, "comparisonOperator": "GT", "size": size}}


def but_for(statement: dict[str, Any]) -> dict[str, Any]:
    return {"notStatement": {"statement": statement}}


def managed(name: str, **said: Any) -> dict[str, Any]:
    group = {"vendorName": "AWS", "name": name, **said}
    return {"name": name, "priority": 8, "overrideAction": {"none": {}}, "statement": {"managedRuleGroupStatement": group}}  # fmt: skip


def uploads(size: str, statement: dict[str, Any]) -> list[Change]:
    """The pods take files of `size` bytes, and what keeps large bodies away is `statement`."""
    return [env("UPLOAD_MAX_BYTES", size), rule(2, "statement", value=statement)]


def through_nginx(**annotations: str) -> Added:
    path = {
        "path": "/",
        "pathType": "Prefix",
        "backend": {"service": {"name": "orders", "port": {"number": 80}}},
    }
    said = {
        f"nginx.ingress.kubernetes.io/{key.replace('_', '-')}": value for key, value in annotations.items()
    }
    spec = {"ingressClassName": "nginx", "rules": [{"host": "shop.example.com", "http": {"paths": [path]}}]}
    metadata = {"name": "orders", "namespace": "shop", "annotations": said}
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress"}
    return Added(INGRESS, "orders", {**head, "metadata": metadata, "spec": spec})


OFFICE = {"ipSetReferenceStatement": {"arn": UNKNOWN}}
IP_SET = {"scope": "REGIONAL", "ipAddressVersion": "IPV4", "addresses": ["198.51.100.0/24"], "tagsAll": TAGS}
FROM_OFFICE = [Added("aws:wafv2/ipSet:IpSet", "office", IP_SET), Linked(ACL, "rules", [("IpSet", "office")])]
TRIAL: dict[str, Any] = {
    "name": "trial",
    "priority": 9,
    "action": {"count": {}},
    "statement": {"rateBasedStatement": {"aggregateKeyType": "IP", "limit": 100}},
}
COMMON = managed(
    "AWSManagedRulesCommonRuleSet",
    ruleActionOverrides=[{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}],
)
BY_PROXY = {"headerName": "X-Forwarded-For", "fallbackBehavior": "MATCH"}
FORM_PATHS = {"orStatement": {"statements": [starts_with("/login"), starts_with("/password")]}}

VARIATIONS: Variations = {
    "rate-limit": {
        "a question in place of a refusal": [rule(1, "action", value={"captcha": {}})],
        "a challenge for all": [rule(0, "action", value={"challenge": {}})],
        "an answer of its own": [rule(1, "action", value={"block": {"customResponse": {"responseCode": 429}}})],
        "a shorter window": [*rate(0, evaluationWindowSec=60, limit=400), *rate(1, evaluationWindowSec=60, limit=100)],
        "a longer window for the log-in": [*rate(0, evaluationWindowSec=60, limit=400), *rate(1, evaluationWindowSec=600, limit=500)],
        "addresses as the proxy says": rate(0, aggregateKeyType="FORWARDED_IP", forwardedIpConfig=BY_PROXY),
        "sessions in place of addresses": rate(1, aggregateKeyType="CUSTOM_KEYS", customKeys=[{"ip": {}}, {"header": {"name": "cookie"}}]),
        "several paths": rate(1, scopeDownStatement=FORM_PATHS),
        "all but the office": [*FROM_OFFICE, *rate(0, scopeDownStatement=but_for(OFFICE))],
        "AWS's rules beside them": [rule(2, value=managed("AWSManagedRulesKnownBadInputsRuleSet"))],
        "a limit on trial": [rule(2, value=TRIAL)],
        "an internal load balancer without one": internal("backoffice"),
        "a network load balancer without one": network("mqtt"),
        "a CDN that takes forms": [cdn("defaultCacheBehavior", "allowedMethods", value=FORMS)],
        "no limit for the log-in of a CDN that takes no forms": [Flip("WebAcl", "cdn", ("rules", 1), TRIAL)],
    },
    "upload-limit": {
        "less than what is let through": [env("UPLOAD_MAX_BYTES", "4096")],
        "a size with its unit": [env("UPLOAD_MAX_BYTES", "8KiB")],
        "the unit in the name": said_instead("UPLOAD_MAX_BYTES", "MAX_UPLOAD_SIZE_KB", "8"),
        "Spring's name for what another variable says": told("SPRING_SERVLET_MULTIPART_MAX_FILE_SIZE", "$(UPLOAD_MAX_BYTES)B"),
        "Spring's name": said_instead("UPLOAD_MAX_BYTES", "SPRING_SERVLET_MULTIPART_MAX_FILE_SIZE", "8KB"),
        "a ConfigMap": [*said_instead("UPLOAD_MAX_BYTES", "LOG_LEVEL", "info"), *configured(MAX_FILE_SIZE="8192")],
        "how many files": told("MAX_UPLOAD_FILES", "20000"),
        "how many dots a picture has": told("MAX_UPLOAD_PIXELS", "40000000"),
        "how long it takes": told("MAX_UPLOAD_DURATION", "30s"),
        "larger files, and a limit that is no smaller": uploads("10485760", larger_than(10485760)),
        "larger files on a path of their own": uploads(
            "10485760", {"andStatement": {"statements": [larger_than(8192), but_for(starts_with("/upload"))]}}
        ),
        "larger files from the office alone": [
            *FROM_OFFICE,
            rule(2, "statement", value={"andStatement": {"statements": [larger_than(8192), but_for(OFFICE)]}}),
        ],
        "larger files than AWS's common rules count": [env("UPLOAD_MAX_BYTES", "10485760"), rule(2, value=COMMON)],
        "larger bodies counted on trial": [env("UPLOAD_MAX_BYTES", "10485760"), rule(2, "action", value={"count": {}})],
        "an Ingress with room for the rest": [through_nginx(proxy_body_size="20m")],
        "an Ingress without a limit": [through_nginx(proxy_body_size="0")],
    },
}  # fmt: skip
