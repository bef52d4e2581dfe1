"""What a distribution answers: its behaviors, and what stands behind its origins.

Sources: CloudFront developer guide, "Values that you specify when you create or update a distribution" (path patterns, which
are tried in order; viewer protocol policy; default root object; custom error responses), "Restrict access to an Amazon S3
origin", "Serve private content with signed URLs and signed cookies"; CloudFront API reference, `OriginAccessControl`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult

from plinth.requests import s3
from plinth.requests.answer import Answer, NotEvaluated
from plinth.requests.iam import ANONYMOUS, like
from plinth.requests.state import Deployed, State, block, items

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
ACCESS_CONTROL = "aws:cloudfront/originAccessControl:OriginAccessControl"
ACCESS_IDENTITY = "aws:cloudfront/originAccessIdentity:OriginAccessIdentity"
SERVICE = "cloudfront.amazonaws.com"


@dataclass(frozen=True)
class Visit:
    """One request to a distribution."""

    state: State
    distribution: Deployed
    url: SplitResult
    missing: bool

    def answer(self) -> Answer:
        """Raises `NotEvaluated` for origins that are not in the stack."""
        host = self.url.hostname
        if host not in (self.distribution.get("domainName"), *(self.distribution.get("aliases") or [])):
            return Answer(
                403, (f"CloudFront: {host} is not among the aliases of {self.distribution}",), "Forbidden"
            )
        path = self.url.path or "/"
        behavior = self.behavior(path)
        pattern = behavior.get("pathPattern") or "default"
        step = f"CloudFront: {self.distribution}, behavior {pattern}"
        refused = self.before_origin(behavior)
        if refused:
            return refused.after(step)
        root = self.distribution.get("defaultRootObject")
        wanted = f"/{root}" if path == "/" and root else path
        found = self.from_origin(behavior, wanted, missing=self.missing)
        return self.shown(found).after(step)

    def behavior(self, path: str) -> Mapping[str, Any]:
        ordered = items(self.distribution.get("orderedCacheBehaviors"))
        fits = (item for item in ordered if like(f"/{str(item['pathPattern']).removeprefix('/')}", path))
        return next(fits, block(self.distribution.get("defaultCacheBehavior")))

    def before_origin(self, behavior: Mapping[str, Any]) -> Answer | None:
        """What CloudFront answers by itself."""
        policy = behavior.get("viewerProtocolPolicy")
        if self.url.scheme == "http" and policy == "redirect-to-https":
            return Answer(
                301, (f"CloudFront: {policy}",), location=self.url._replace(scheme="https").geturl()
            )
        if self.url.scheme == "http" and policy == "https-only":
            return Answer(403, (f"CloudFront: {policy}",), "Forbidden")
        if (
            behavior.get("trustedKeyGroups") or behavior.get("trustedSigners")
        ) and "Signature=" not in self.url.query:
            step = "CloudFront: content is for signed URLs and cookies only, and the request has no signature"
            return Answer(403, (step,), "MissingKey")
        return None

    def from_origin(self, behavior: Mapping[str, Any], path: str, *, missing: bool) -> Answer:
        id_ = behavior.get("targetOriginId")
        origin = next(item for item in items(self.distribution.get("origins")) if item.get("originId") == id_)
        host = origin.get("domainName")
        buckets = self.state.of_type(*s3.BUCKETS)
        bucket = next(
            (
                one
                for one in buckets
                if host in (one.get("bucketRegionalDomainName"), one.get("bucketDomainName"))
            ),
            None,
        )
        if bucket is None:
            raise NotEvaluated(
                f"origin '{id_}' of {self.distribution} is {host}, which is no bucket of this stack: what it would answer is not known."
            )
        full = f"{origin.get('originPath') or ''}{path}"
        return s3.read(self.state, bucket, full, self.reader(origin), missing=missing)

    def reader(self, origin: Mapping[str, Any]) -> s3.Reader:
        """As whom CloudFront reads: the service itself when it signs, an identity, or nobody."""
        secure = {"aws:securetransport": str(self.url.scheme == "https").lower()}
        control = self.state.first(ACCESS_CONTROL, id=origin.get("originAccessControlId"))
        if control and control.get("signingBehavior") != "never":
            arn = str(self.distribution.get("arn"))
            source = {"aws:sourcearn": arn, "aws:sourceaccount": arn.split(":")[4]}
            return s3.Reader(("Service", SERVICE), source | secure)
        said = block(origin.get("s3OriginConfig")).get("originAccessIdentity")
        for identity in self.state.of_type(ACCESS_IDENTITY):
            if said and said == identity.get("cloudfrontAccessIdentityPath"):
                return s3.Reader(("AWS", str(identity.get("iamArn"))), secure)
        return s3.Reader(ANONYMOUS, secure)

    def shown(self, found: Answer) -> Answer:
        """An error as the visitor gets it: with the distribution's own page and status, if that page can be had."""
        for response in items(self.distribution.get("customErrorResponses")):
            page = response.get("responsePagePath")
            if page and int(response["errorCode"]) == found.status:
                instead = self.from_origin(self.behavior(page), page, missing=False)
                if instead.status == 200:
                    status = int(response.get("responseCode") or found.status)
                    return Answer(status, (*found.steps, f"CloudFront: shows {page} instead"), found.code)
        return found
