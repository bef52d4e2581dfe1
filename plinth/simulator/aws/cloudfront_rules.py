"""What CloudFront refuses of distributions.

Wording: as AWS answered to users (hashicorp/terraform-provider-aws #13828; cloudposse/terraform-aws-cloudfront-s3-cdn #55,
#72; serverless/components #560; klaemo/s3-website #25; hashicorp/terraform #17544, #18283; aws-cloudformation/rain #517;
awslabs/aws-solutions-constructs #1206; aws/aws-cdk #26405), with the codes of CloudFront API reference,
`CreateDistribution`. That an origin of another type than its access control is an `InvalidArgument` was not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plinth.simulator.aws.acm import CERTIFICATE, covers
from plinth.simulator.aws.blocks import Block, block, blocks
from plinth.simulator.aws.cloudfront import DISTRIBUTION, ORIGIN_ACCESS_CONTROL
from plinth.simulator.aws.wafv2 import WEB_ACL
from plinth.simulator.check import Failure
from plinth.simulator.creation import Creation
from plinth.simulator.rules import Rules, Values, one_of

HTTP_VERSIONS = ("http1.1", "http2", "http3", "http2and3")
PRICE_CLASSES = ("PriceClass_All", "PriceClass_200", "PriceClass_100", "None")
CERTIFICATE_REGION = "us-east-1"
REQUIREMENTS = (
    "For more details, see: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html"
    "#alternate-domain-names-requirements"
)


def distribution_arguments(values: Values) -> Iterator[Failure]:
    yield from one_of(values, "httpVersion", HTTP_VERSIONS)
    yield from one_of(values, "priceClass", PRICE_CLASSES)


def distribution_change(creation: Creation, _old: Values) -> Iterator[str]:
    inputs = creation.inputs
    yield from targets(inputs)
    for origin in blocks(inputs.get("origins")):
        yield from access(creation, origin)
    yield from viewer_certificate(creation)
    yield from taken(creation)
    acl = inputs.get("webAclId")
    # A web ACL is named by its ARN; who names it by its id asks for one of the older AWS WAF Classic.
    if acl and (":regional/" in str(acl) or creation.find(WEB_ACL, acl)):
        yield "InvalidWebACLId: Web ACL is not accessible by the requester."


def targets(inputs: Values) -> Iterator[str]:
    """Whether behaviors and groups name origins of this distribution."""
    groups = blocks(inputs.get("originGroups"))
    origins = {origin.get("originId") for origin in blocks(inputs.get("origins"))}
    members = {member.get("originId") for group in groups for member in blocks(group.get("members"))}
    behaviors = [block(inputs.get("defaultCacheBehavior")), *blocks(inputs.get("orderedCacheBehaviors"))]
    wanted = {behavior.get("targetOriginId") for behavior in behaviors}
    if members - origins or wanted - origins - {group.get("originId") for group in groups}:
        yield "NoSuchOrigin: One or more of your origins or origin groups do not exist."


def access(creation: Creation, origin: Block) -> Iterator[str]:
    """Whether one origin is read with one identity, and that of its own type."""
    control_id = origin.get("originAccessControlId")
    s3 = block(origin.get("s3OriginConfig"))
    if control_id and s3.get("originAccessIdentity"):
        yield (
            "IllegalOriginAccessConfiguration: Cannot use both Origin Access Control and Origin Access Identity on an "
            "origin"
        )
    control = creation.find(ORIGIN_ACCESS_CONTROL, control_id)
    if control.get("originAccessControlOriginType") == "s3" and origin.get("customOriginConfig"):
        yield "InvalidArgument: Illegal configuration: The origin type and OAC origin type differ."


def viewer_certificate(creation: Creation) -> Iterator[str]:
    chosen = block(creation.inputs.get("viewerCertificate"))
    hosts: list[str] = creation.inputs.get("aliases") or []
    arn = chosen.get("acmCertificateArn")
    if hosts and not arn and not chosen.get("iamCertificateId"):
        yield (
            "InvalidViewerCertificate: To add an alternate domain name (CNAME) to a CloudFront distribution, you must "
            f"attach a trusted certificate that validates your authorization to use the domain name. {REQUIREMENTS}"
        )
    if arn and str(arn).split(":")[3:4] != [CERTIFICATE_REGION]:
        yield (
            "InvalidViewerCertificate: The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't "
            "valid, or doesn't include a valid certificate chain."
        )
    certificate = creation.find(CERTIFICATE, arn)
    if certificate and not all(covers(certificate, host) for host in hosts):
        yield (
            "InvalidViewerCertificate: The certificate that is attached to your distribution doesn't cover the alternate "
            f"domain name (CNAME) that you're trying to add. {REQUIREMENTS}"
        )


def taken(creation: Creation) -> Iterator[str]:
    """A host is one distribution's."""
    own = set(creation.inputs.get("aliases") or ())
    for other in creation.others(DISTRIBUTION):
        if other.id != creation.id and own & set(other.properties.get("aliases") or ()):
            yield (
                "CNAMEAlreadyExists: One or more of the CNAMEs you provided are already associated with a different "
                "resource."
            )


RULES: Mapping[str, Rules] = {DISTRIBUTION: Rules(distribution_arguments, distribution_change)}
