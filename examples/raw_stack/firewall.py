"""Web ACLs: a limit for all requests, a lower one for the log-in, and the largest body that is let in."""

import pulumi_aws as aws

BODY_BYTES = 8192


def seen(name):
    return {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True, "metric_name": name}


def limit(name, priority, requests, **scope):
    return {
        "name": name,
        "priority": priority,
        "action": {"block": {}},
        "statement": {"rate_based_statement": {"aggregate_key_type": "IP", "limit": requests, **scope}},
        "visibility_config": seen(name),
    }


LOGIN = {
    "byte_match_statement": {
        "search_string": "/login",
        "positional_constraint": "STARTS_WITH",
        "field_to_match": {"uri_path": {}},
        "text_transformations": [{"priority": 0, "type": "LOWERCASE"}],
    }
}


LARGE = {
    "name": "large",
    "priority": 2,
    "action": {"block": {}},
    "statement": {
        "size_constraint_statement": {
            "field_to_match": {"body": {"oversize_handling": "MATCH"}},
            "comparison_operator": "GT",
            "size": BODY_BYTES,
            "text_transformations": [{"priority": 0, "type": "NONE"}],
        }
    },
    "visibility_config": seen("large"),
}


def web_acl(name, scope):
    return aws.wafv2.WebAcl(
        name,
        scope=scope,
        region="us-east-1" if scope == "CLOUDFRONT" else None,
        default_action={"allow": {}},
        rules=[limit("all", 0, 2000), limit("login", 1, 100, scope_down_statement=LOGIN), LARGE],
        visibility_config=seen(name),
    )
