"""AWS WAF: what it keeps away from the load balancer and from the CDN.

The rules of a web ACL, in order: addresses of bad repute, too many requests, too many log-ins, requests that are too
large, and AWS's managed groups. Everything else passes.

Of a body AWS WAF sees the first 8 KB behind a load balancer (AWS WAF developer guide, "Oversize web request
components"), so limits above that are read off the `Content-Length` header. A request that is sent in chunks has none:
only the service can limit it. For the same reason the common group's own limit, 8 KB of body, is counted and not
enforced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.dns import GLOBAL_REGION
from settings.firewall import FirewallSettings, larger_pattern, paths_pattern

REPUTATION_GROUP = "AWSManagedRulesAmazonIpReputationList"
MANAGED_GROUPS = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet")
"""25, 700 and 200 WCU of the 1500 that a web ACL has without extra fees (AWS WAF developer guide, "AWS Managed Rules
rule groups list"); the other rules take less than 200."""

COUNTED = {"AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",)}
"""Rules of managed groups that never block."""

RATE_WINDOW_SECONDS = 300

TOO_MANY_REQUESTS = 429
CONTENT_TOO_LARGE = 413
"""AWS WAF developer guide, "Supported status codes for custom responses"."""

SPELLINGS = ("URL_DECODE", "NORMALIZE_PATH", "LOWERCASE")
"""Transformations that undo other ways to write the same path."""

SECRET_HEADERS = ("authorization", "cookie")

Statement = aws.wafv2.WebAclRuleStatementArgsDict
Pattern = aws.wafv2.WebAclRuleStatementRegexMatchStatementArgsDict


@dataclass(frozen=True)
class Rule:
    """A rule of a web ACL: what it matches, and the status that the sender gets.

    A managed group has no status: its own rules say what they do.
    """

    name: str
    statement: Statement
    status: int | None = None


class Firewall(pulumi.ComponentResource):
    """A web ACL and its logs; what it stands before names `web_acl_arn`."""

    web_acl_arn: pulumi.Output[str]
    metric_name: str
    """As CloudWatch's dimension `WebACL` has it."""

    def __init__(
        self,
        name: str,
        settings: FirewallSettings,
        *,
        scope: Literal["REGIONAL", "CLOUDFRONT"],
        auth_paths: Sequence[str] = (),
        upload_paths: Sequence[str] = (),
        upload_limit: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the web ACL `name`, for load balancers of the stack's region or for distributions.

        Services: requests to `auth_paths` are limited more strictly; those to `upload_paths` may be as large as
        `upload_limit` bytes where there is one, and all others as large as `settings` say. To a distribution these do not
        apply: it passes no body on.
        """
        super().__init__("plinth:index:Firewall", name, None, opts)
        self._name = name
        self._settings = settings
        self._child = pulumi.ResourceOptions(parent=self)
        self._region = GLOBAL_REGION if scope == "CLOUDFRONT" else None

        if scope == "CLOUDFRONT":
            own = [rate("rate-limit", settings.content_rate_limit)]
        else:
            own = list(service_rules(settings, auth_paths, upload_paths, upload_limit))
        acl = self._make_web_acl(scope, [managed(REPUTATION_GROUP), *own, *map(managed, MANAGED_GROUPS)])
        self.web_acl_arn, self.metric_name = acl.arn, name
        self._log(acl)

        self.register_outputs({"web_acl_arn": self.web_acl_arn})

    def _make_web_acl(self, scope: str, rules: Sequence[Rule]) -> aws.wafv2.WebAcl:
        return aws.wafv2.WebAcl(
            self._name,
            scope=scope,
            region=self._region,
            default_action={"allow": {}},
            rules=[self._rule(priority, rule) for priority, rule in enumerate(rules)],
            visibility_config={
                "metric_name": self._name,
                "cloudwatch_metrics_enabled": True,
                "sampled_requests_enabled": True,
            },
            tags={"Name": self._name},
            opts=self._child,
        )

    def _rule(self, priority: int, rule: Rule) -> aws.wafv2.WebAclRuleArgsDict:
        counts = self._settings.mode == "count"
        made: aws.wafv2.WebAclRuleArgsDict = {
            "name": rule.name,
            "priority": priority,
            "statement": rule.statement,
            "visibility_config": {
                "metric_name": f"{self._name}-{rule.name}",
                "cloudwatch_metrics_enabled": True,
                "sampled_requests_enabled": True,
            },
        }
        if rule.status is None:
            made["override_action"] = {"count": {}} if counts else {"none": {}}
        else:
            made["action"] = (
                {"count": {}} if counts else {"block": {"custom_response": {"response_code": rule.status}}}
            )
        return made

    def _log(self, acl: aws.wafv2.WebAcl) -> None:
        """Requests that some rule matched, without what users log in with.

        AWS WAF takes log groups of this prefix only (AWS WAF developer guide, "Sending web ACL traffic logs to an Amazon
        CloudWatch Logs log group"), and allows itself to write when logging is switched on.
        """
        logs = aws.cloudwatch.LogGroup(
            self._name,
            name=f"aws-waf-logs-{self._name}",
            retention_in_days=self._settings.log_retention_days,
            region=self._region,
            opts=self._child,
        )
        aws.wafv2.WebAclLoggingConfiguration(
            self._name,
            resource_arn=acl.arn,
            log_destination_configs=[logs.arn],
            redacted_fields=[{"single_header": {"name": header}} for header in SECRET_HEADERS],
            logging_filter={
                "default_behavior": "DROP",
                "filters": [
                    {
                        "behavior": "KEEP",
                        "requirement": "MEETS_ANY",
                        "conditions": [
                            {"action_condition": {"action": action}}
                            for action in ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")
                        ],
                    }
                ],
            },
            region=self._region,
            opts=self._child,
        )


def managed(group: str) -> Rule:
    """One of AWS's own rule groups, in its current version."""
    return Rule(
        group,
        {
            "managed_rule_group_statement": {
                "vendor_name": "AWS",
                "name": group,
                "rule_action_overrides": [
                    {"name": counted, "action_to_use": {"count": {}}} for counted in COUNTED.get(group, ())
                ],
            }
        },
    )


def rate(name: str, limit: int, paths: Sequence[str] = ()) -> Rule:
    """At most `limit` requests of one address, to `paths` or else to everything.

    All paths share one rule: a web ACL takes ten of this kind (AWS WAF developer guide, "AWS WAF quotas").
    """
    return Rule(
        name,
        {
            "rate_based_statement": {
                "aggregate_key_type": "IP",
                "limit": limit,
                "evaluation_window_sec": RATE_WINDOW_SECONDS,
                "scope_down_statement": {"regex_match_statement": to_paths(paths)} if paths else None,
            }
        },
        TOO_MANY_REQUESTS,
    )


def service_rules(
    settings: FirewallSettings,
    auth_paths: Sequence[str],
    upload_paths: Sequence[str],
    upload_limit: int | None,
) -> Iterator[Rule]:
    yield rate("rate-limit", settings.rate_limit)
    if auth_paths:
        yield rate("auth-rate-limit", settings.auth_rate_limit, auth_paths)
    yield from size_rules(settings.body_limit, upload_paths, upload_limit)


def size_rules(body_limit: int, upload_paths: Sequence[str], upload_limit: int | None) -> Iterator[Rule]:
    """Bytes of a request: `upload_limit` for those to `upload_paths`, `body_limit` for all others."""
    if not upload_paths or upload_limit is None:
        yield Rule("body-limit", longer_than(body_limit), CONTENT_TOO_LARGE)
        return
    uploading: Statement = {"regex_match_statement": to_paths(upload_paths)}
    other: Statement = {"not_statement": {"statement": uploading}}
    yield Rule("upload-limit", both(uploading, longer_than(upload_limit)), CONTENT_TOO_LARGE)
    yield Rule("body-limit", both(other, longer_than(body_limit)), CONTENT_TOO_LARGE)


def both(one: Statement, other: Statement) -> Statement:
    return {"and_statement": {"statements": [one, other]}}


def to_paths(paths: Sequence[str]) -> Pattern:
    """Requests to one of `paths`, however it is spelt."""
    return {
        "regex_string": paths_pattern(paths),
        "field_to_match": {"uri_path": {}},
        "text_transformations": [
            {"priority": priority, "type": spelling} for priority, spelling in enumerate(SPELLINGS)
        ],
    }


def longer_than(limit: int) -> Statement:
    """Requests that announce more than `limit` bytes."""
    return {
        "regex_match_statement": {
            "regex_string": larger_pattern(limit),
            "field_to_match": {"single_header": {"name": "content-length"}},
            "text_transformations": [{"priority": 0, "type": "NONE"}],
        }
    }
