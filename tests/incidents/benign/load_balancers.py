"""Load balancers: what their listeners take, and what they send on."""

from __future__ import annotations

from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.parts import told
from tests.incidents.benign.variation import Change, Copied, Linked, Place, Variations
from tests.incidents.flips import APP, GONE, Flip, cdn

BALANCER: Place = ("loadBalancer:LoadBalancer", "shop")
HTTP: Place = ("Listener", "http")
HTTPS: Place = ("Listener", "https")
CHAT: Place = ("TargetGroup", "chat-websocket")
CHAT_RULE: Place = ("ListenerRule", "chat")
CHAT_ARN = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/chat/1"
REDIRECT = ("defaultActions", 0, "redirect")


def policy(name: str) -> list[Change]:
    return [Flip(*HTTPS, ("sslPolicy",), name)]


def behavior(path: str, policy: str) -> dict[str, Any]:
    methods = {"allowedMethods": ["GET", "HEAD"], "cachedMethods": ["GET", "HEAD"]}
    return {"pathPattern": path, "viewerProtocolPolicy": policy, "targetOriginId": "pictures", **methods}


def watched(name: str, namespace: str) -> list[Change]:
    """Alarms on a further load balancer."""
    found: list[Change] = []
    for alarm in ("server-errors", "unhealthy"):
        own = ("MetricAlarm", f"{name}-{alarm}")
        found.append(Copied(("MetricAlarm", alarm), own[1], {("namespace",): namespace}))
        found.append(Linked(own, "dimensions", [("loadBalancer:LoadBalancer", name)]))
    return found


def internal(name: str) -> list[Change]:
    """An internal load balancer that serves plain HTTP."""
    plain = {"port": 80, "protocol": "HTTP", "certificateArn": GONE, "sslPolicy": GONE}
    return [
        Copied(BALANCER, name, {("internal",): True}),
        Copied(HTTPS, name, {(prop,): value for prop, value in plain.items()}),
        Linked(("Listener", name), "loadBalancerArn", [("loadBalancer:LoadBalancer", name)]),
        *watched(name, "AWS/ApplicationELB"),
    ]


def network(name: str) -> list[Change]:
    """A Network Load Balancer with a TLS listener and targets of its own."""
    listener = ("Listener", name)
    return [
        Copied(BALANCER, name, {("loadBalancerType",): "network", ("idleTimeout",): GONE}),
        Copied(HTTPS, name, {("protocol",): "TLS"}),
        Copied(("TargetGroup", "orders"), name, {("protocol",): "TCP", ("healthCheck", "protocol"): "HTTP"}),
        Linked(listener, "loadBalancerArn", [("loadBalancer:LoadBalancer", name)]),
        Linked(listener, "defaultActions", [("TargetGroup", name)]),
        *watched(name, "AWS/NetworkELB"),
    ]


def pings(variable: str, value: str) -> list[Change]:
    """What the chat is told of its ping interval."""
    place = (*APP, "env", "@WEBSOCKET_PING_INTERVAL_SECONDS")
    said = {"value": value, "name": variable}
    return [Flip("Deployment", "chat", (*place, key), text) for key, text in said.items()]


def sticky(**said: Any) -> list[Change]:
    return [Flip(*CHAT, ("stickiness", key), value) for key, value in said.items()]


TO_SHOP = {"host": "shop.example.com", "port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}
LOG_IN = {"type": "authenticate-cognito", "order": 1, "authenticateCognito": {"userPoolArn": UNKNOWN}}
SHARES = [{"arn": UNKNOWN, "weight": 90}, {"arn": UNKNOWN, "weight": 10}]

VARIATIONS: Variations = {
    "https-redirect": {
        "a temporary redirect": [Flip(*HTTP, (*REDIRECT, "statusCode"), "HTTP_302")],
        "a redirect that says host, path and query": [
            Flip(*HTTP, (*REDIRECT, key), f"{before}#{{{key}}}") for key, before in (("host", ""), ("path", "/"), ("query", ""))
        ],
        "a redirect of an older host to the shop": [
            Copied(CHAT_RULE, "old", {
                ("conditions",): [{"hostHeader": {"values": ["old.example.com"]}}],
                ("actions",): [{"type": "redirect", "redirect": TO_SHOP}],
            }),
            Linked(("ListenerRule", "old"), "listenerArn", [HTTP]), Linked(("ListenerRule", "old"), "actions", []),
        ],
        "TLS 1.3 alone": policy("ELBSecurityPolicy-TLS13-1-3-2021-06"),
        "fewer ciphers": policy("ELBSecurityPolicy-TLS13-1-2-Res-2021-06"),
        "post-quantum keys": policy("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"),
        "FIPS": policy("ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04"),
        "forward secrecy": policy("ELBSecurityPolicy-FS-1-2-Res-2020-10"),
        "TLS 1.2 for older clients": policy("ELBSecurityPolicy-TLS-1-2-Ext-2018-06"),
        "an internal load balancer in plain HTTP": internal("backoffice"),
        "a network load balancer with TLS": network("mqtt"),
        "a log-in before the forward": [
            Flip(*HTTPS, ("defaultActions",), [LOG_IN, {"type": "forward", "order": 2, "targetGroupArn": UNKNOWN}]),
        ],
        "HTTPS alone at the CDN": [cdn("defaultCacheBehavior", "viewerProtocolPolicy", value="https-only")],
        "behaviors that say it each": [
            cdn("orderedCacheBehaviors", value=[behavior("/a/*", "https-only"), behavior("/b/*", "redirect-to-https")]),
        ],
    },
    "websocket-stickiness": {
        "a cookie of the application": sticky(type="app_cookie", cookieName="session", cookieDuration=7200),
        "the duration left out": sticky(cookieDuration=GONE),
        "the least duration": sticky(cookieDuration=3600),
        "switched on without a word": sticky(enabled=GONE),
        "a longer idle time": [Flip(*BALANCER, ("idleTimeout",), 4000)],
        "AWS's idle time, and shorter pings": [
            Flip(*BALANCER, ("idleTimeout",), GONE), *pings("WEBSOCKET_PING_INTERVAL_SECONDS", "30"),
        ],
        "the interval in milliseconds": pings("WS_PING_INTERVAL_MS", "25000"),
        "another library's interval": pings("SOCKETIO_PING_INTERVAL", "25"),
        "pages that are told the chat's address": told("PUBLIC_WEBSOCKET_URL", "wss://shop.example.com/ws"),
        "a service that has them switched off": told("WEBSOCKET_ENABLED", "false"),
        "a network load balancer's targets": network("websocket"),
        "a function that hears of them": [
            Copied(("TargetGroup", "orders"), "websocket-events", {("targetType",): "lambda", ("vpcId",): GONE}),
            Linked(("TargetGroup", "websocket-events"), "vpcId", []),
        ],
        "a share for the next version": [
            Copied(CHAT, "chat-websocket-next"),
            Flip(*CHAT_RULE, ("actions",), [{"type": "forward", "forward": {"targetGroups": SHARES}}]),
            Linked(CHAT_RULE, "actions", [CHAT, ("TargetGroup", "chat-websocket-next")]),
        ],
        "the targets by their ARN": [
            Flip(*CHAT, ("arn",), CHAT_ARN), Flip(*CHAT_RULE, ("actions", 0, "targetGroupArn"), CHAT_ARN), Linked(CHAT_RULE, "actions", []),
        ],
    },
}  # fmt: skip
