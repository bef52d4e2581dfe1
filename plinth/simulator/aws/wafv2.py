"""AWS WAF: web ACLs, the sets that they match with, and their logs.

Shapes: Service Authorization Reference, "AWS WAF V2" (the ARN of a web ACL of scope CLOUDFRONT says `global`). Refusals: as
AWS answered to users (aws-solutions/aws-waf-security-automations #300, hashicorp/terraform-provider-aws #29705, aws/aws-cdk
#35311), and the descriptions of exceptions in AWS WAF API reference, `CreateWebACL`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, joined, of_input, text, uuid_of
from plinth.simulator.aws.placement import listed
from plinth.simulator.aws.wafv2_capacity import MOST, capacity
from plinth.simulator.check import Failure
from plinth.simulator.creation import Creation, Kind
from plinth.simulator.rules import Rules, Values, at, conflicting, known, one_of

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
SCOPES = ("CLOUDFRONT", "REGIONAL")
GLOBAL_REGION = "us-east-1"
NAME = re.compile(r"[0-9A-Za-z_-]+")
LOG_PREFIX = "aws-waf-logs-"
INVALID_ARN = (
    "WAFInvalidParameterException: Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other "
    "information separated by colons or slashes."
)


def scoped(path: str) -> Callable[[Creation, str], Mapping[str, Any]]:
    """ARN and lock token of something in a scope."""

    def computed(creation: Creation, id_: str) -> Mapping[str, Any]:
        scope = "global" if creation.inputs.get("scope") == "CLOUDFRONT" else "regional"
        return {
            "arn": arn(creation, f"{scope}/{path}/{text(creation, 'name')}/{id_}"),
            "lockToken": uuid_of(creation, "lock"),
        }

    return computed


def web_acl(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        **scoped("webacl")(creation, id_),
        "capacity": capacity(creation.inputs.get("rules")),
        "applicationIntegrationUrl": "",
    }


def revised(creation: Creation, old: Mapping[str, Any]) -> Mapping[str, Any]:
    """The capacity follows the rules."""
    now = capacity(creation.inputs.get("rules"))
    return {} if old.get("capacity") == now else {"capacity": now}


def arguments(values: Values) -> Iterator[Failure]:
    yield from one_of(values, "scope", SCOPES)
    yield from conflicting(values, "name", "namePrefix")
    name = known(values, "name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        yield at(
            "name",
            "invalid value for name (must contain only alphanumeric hyphen and underscore characters)",
        )


def change(creation: Creation, old: Values) -> Iterator[str]:
    scope = creation.inputs.get("scope")
    if scope == "CLOUDFRONT" and creation.region != GLOBAL_REGION:
        yield (
            "WAFInvalidParameterException: Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT"
        )
    same = [
        record.properties
        for record in creation.others(creation.type)
        if all(record.properties.get(key) == creation.inputs.get(key) for key in ("name", "scope"))
    ]
    if not old and any(other.get("region", creation.region) == creation.region for other in same):
        yield (
            "WAFDuplicateItemException: AWS WAF couldn't perform the operation because some resource in your request is a "
            "duplicate of an existing one."
        )


def web_acl_change(creation: Creation, old: Values) -> Iterator[str]:
    yield from change(creation, old)
    if capacity(creation.inputs.get("rules")) > MOST:
        yield (
            "WAFLimitsExceededException: AWS WAF couldn't perform the operation because you exceeded your resource limit. "
            f"For example, the maximum number of WebACL capacity units is {MOST}."
        )


def logging_change(creation: Creation, _old: Values) -> Iterator[str]:
    """Where logs go has a name of AWS WAF's prefix, and a web ACL's region is that of its logging."""
    resource = str(creation.inputs.get("resourceArn"))
    if resource.split(":")[3:4] != [creation.region]:
        yield f"{INVALID_ARN}, field: RESOURCE_ARN, parameter: {resource}"
    for destination in listed(creation.inputs.get("logDestinationConfigs")):
        name = re.split(r"log-group:|deliverystream/|:::", destination)[-1]
        if not name.startswith(LOG_PREFIX):
            yield f"{INVALID_ARN}, field: LOG_DESTINATION, parameter: {destination}"


KINDS: Mapping[str, Kind] = {
    WEB_ACL: Kind(uuid_of, web_acl, revised=revised),
    "aws:wafv2/ipSet:IpSet": Kind(uuid_of, scoped("ipset")),
    "aws:wafv2/regexPatternSet:RegexPatternSet": Kind(uuid_of, scoped("regexpatternset")),
    "aws:wafv2/ruleGroup:RuleGroup": Kind(uuid_of, scoped("rulegroup")),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Kind(joined(",", "webAclArn", "resourceArn")),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Kind(of_input("resourceArn")),
}
RULES: Mapping[str, Rules] = {
    WEB_ACL: Rules(arguments, web_acl_change),
    "aws:wafv2/ipSet:IpSet": Rules(arguments, change),
    "aws:wafv2/regexPatternSet:RegexPatternSet": Rules(arguments, change),
    "aws:wafv2/ruleGroup:RuleGroup": Rules(arguments, change),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Rules(change=logging_change),
}
