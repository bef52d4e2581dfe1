"""What an Application Load Balancer answers: its listeners, their rules, and the targets behind.

Sources: Application Load Balancer user guide, "Listener rules" (the smallest priority first, all conditions of a rule hold
together, the values of one are alternatives), "Condition types for listener rules" (host names in any letter case, paths in
the one that is said), "Redirect actions", "Troubleshoot your Application Load Balancers" (503 without a registered target).
A target that is registered is taken to be healthy, and its answer to be 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult

from plinth.requests.answer import Answer, NotEvaluated
from plinth.requests.iam import like
from plinth.requests.state import Deployed, State, block, in_order, items, texts

LOAD_BALANCERS = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
RULES = ("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule")
GROUPS = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
ATTACHMENTS = (
    "aws:lb/targetGroupAttachment:TargetGroupAttachment",
    "aws:alb/targetGroupAttachment:TargetGroupAttachment",
)
CERTIFICATES = (
    "aws:lb/listenerCertificate:ListenerCertificate",
    "aws:alb/listenerCertificate:ListenerCertificate",
)
CERTIFICATE = "aws:acm/certificate:Certificate"
BINDING = "TargetGroupBinding"

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Visit:
    """One request to a load balancer."""

    state: State
    balancer: Deployed
    url: SplitResult

    def answer(self) -> Answer:
        """Raises `NotEvaluated` where nobody listens, for certificates that do not fit, and for conditions that are not read."""
        port = self.url.port or PORTS[self.url.scheme]
        listener = self.state.first(*LISTENERS, loadBalancerArn=self.balancer.get("arn"), port=port)
        if listener is None:
            raise NotEvaluated(
                f"{self.balancer} does not listen on port {port}, so the connection would time out."
            )
        if self.url.scheme == "https":
            self.check_certificate(listener)
        rules = self.state.of_type(*RULES)
        own = (rule for rule in rules if rule.get("listenerArn") == listener.get("arn"))
        chosen = next((rule for rule in in_order(own, "priority") if self.fits(rule)), None)
        actions = items(chosen.get("actions") if chosen else listener.get("defaultActions"))
        step = f"Elastic Load Balancing: {self.balancer}, {listener}, {chosen or 'default action'}"
        return self.act(actions[-1]).after(step)

    def check_certificate(self, listener: Deployed) -> None:
        """A browser goes no further when no certificate of the listener covers the host."""
        arns = [listener.get("certificateArn")]
        for further in self.state.of_type(*CERTIFICATES):
            if further.get("listenerArn") == listener.get("arn"):
                arns.append(further.get("certificateArn"))
        found = [item for item in self.state.of_type(CERTIFICATE) if item.get("arn") in arns]
        names = [
            name
            for item in found
            for name in [str(item.get("domainName")), *texts(item.get("subjectAlternativeNames"))]
        ]
        host = self.url.hostname or ""
        wildcard = f"*.{host.partition('.')[2]}"
        if len(found) == len(arns) and not {host, wildcard} & set(names):
            raise NotEvaluated(
                f"the certificate of {listener} covers {', '.join(names)} and not {host}, so a browser would refuse it."
            )

    def fits(self, rule: Deployed) -> bool:
        return all(self.meets(condition) for condition in items(rule.get("conditions")))

    def meets(self, condition: Mapping[str, Any]) -> bool:
        (kind,) = [key for key, value in condition.items() if value]
        said = block(condition[kind])
        values = texts(said.get("values"))
        if said.get("regexValues"):
            kind = "regexValues"
        match kind:
            case "hostHeader":
                return any(like(value.lower(), self.url.hostname or "") for value in values)
            case "pathPattern":
                return any(like(value, self.url.path or "/") for value in values)
            case "httpRequestMethod":
                return "GET" in values
            case _:
                raise NotEvaluated(f"a listener rule's condition {kind} is not evaluated.")

    def act(self, action: Mapping[str, Any]) -> Answer:
        match action.get("type"):
            case "redirect":
                said = block(action.get("redirect"))
                return Answer(
                    int(str(said["statusCode"]).removeprefix("HTTP_")), (), location=self.moved(said)
                )
            case "fixed-response":
                said = block(action.get("fixedResponse"))
                status = int(said.get("statusCode") or 200)
                return Answer(status, (f"Elastic Load Balancing: fixed response {status}",))
            case "forward":
                return self.forwarded(action)
            case kind:
                raise NotEvaluated(f"a listener's action {kind} is not evaluated.")

    def moved(self, said: Mapping[str, Any]) -> str:
        """Where a redirect leads."""
        own = {
            "protocol": self.url.scheme,
            "host": self.url.hostname or "",
            "port": str(self.url.port or PORTS[self.url.scheme]),
            "path": self.url.path.removeprefix("/"),
            "query": self.url.query,
        }
        parts = {
            "protocol": "#{protocol}",
            "host": "#{host}",
            "port": "#{port}",
            "path": "/#{path}",
            "query": "#{query}",
        }
        for name, default in parts.items():
            text = str(said.get(name) or default)
            for key, value in own.items():
                text = text.replace(f"#{{{key}}}", value)
            parts[name] = text
        scheme = parts["protocol"].lower()
        port = "" if parts["port"] == str(PORTS.get(scheme)) else f":{parts['port']}"
        return SplitResult(scheme, f"{parts['host']}{port}", parts["path"], parts["query"], "").geturl()

    def forwarded(self, action: Mapping[str, Any]) -> Answer:
        weighted = items(block(action.get("forward")).get("targetGroups"))
        arn = action.get("targetGroupArn") or next(item.get("arn") for item in weighted)
        group = self.state.first(*GROUPS, arn=arn)
        if group is None:
            raise NotEvaluated(
                f"the target group {arn} is not in this stack: what it would answer is not known."
            )
        targets = [
            *(one for one in self.state.of_type(*ATTACHMENTS) if one.get("targetGroupArn") == arn),
            *(
                one
                for one in self.state.resources
                if one.get("kind") == BINDING and block(one.get("spec")).get("targetGroupARN") == arn
            ),
        ]
        if not targets:
            step = f"Elastic Load Balancing: {group} has no targets: no {BINDING} and no attachment names it"
            return Answer(503, (step,), "Service Temporarily Unavailable")
        return Answer(200, (f"Elastic Load Balancing: {group}, whose targets {targets[0]} registers",))
