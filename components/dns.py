"""Names: the hosted zone, certificates that are proven through it, and aliases of what answers.

Each name of the stack is in the one zone. A certificate is handed out only once ACM has issued it, so nothing that
listens can come up without one (incident `dns-alias`).
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from settings.dns import DnsSettings

GLOBAL_REGION = "us-east-1"
"""Where CloudFront's certificates, firewalls and logs are, wherever the stack is (CloudFront developer guide,
"Requirements for using SSL/TLS certificates with CloudFront")."""

VALIDATION_TTL = 300
DELEGATION_TTL = 3600
"""Seconds."""


class Zone(pulumi.ComponentResource):
    """The stack's public hosted zone: made here, or one that is there already.

    Owns the zone and its delegation when it makes them. Owns no record of a host: `alias` and `Certificate` make those
    for the component that answers at the host.
    """

    zone_id: pulumi.Output[str]
    name_servers: pulumi.Output[Sequence[str]]
    """Where the zone's registrar or parent must point."""

    def __init__(
        self, name: str, settings: DnsSettings, *, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Register the zone `name` as `settings` say. A look-up fails when the account has no such zone."""
        super().__init__("plinth:index:Zone", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        if settings.create:
            made = aws.route53.Zone(name, name=settings.zone, tags={"Name": settings.zone}, opts=child)
            self.zone_id, self.name_servers = made.zone_id, made.name_servers
        else:
            found = look_up(settings.zone, self)
            self.zone_id, self.name_servers = found.zone_id, found.name_servers
        if settings.parent:
            aws.route53.Record(
                f"{name}-delegation",
                zone_id=look_up(settings.parent, self).zone_id,
                name=settings.zone,
                type="NS",
                ttl=DELEGATION_TTL,
                records=self.name_servers,
                opts=child,
            )

        self.register_outputs({"zone_id": self.zone_id})


def look_up(zone: str, asking: pulumi.Resource) -> pulumi.Output[aws.route53.GetZoneResult]:
    """The public hosted zone called `zone`, found with the credentials of the resource that asks."""
    return aws.route53.get_zone_output(
        name=zone, private_zone=False, opts=pulumi.InvokeOutputOptions(parent=asking)
    )


class Certificate(pulumi.ComponentResource):
    """A public TLS certificate of ACM, issued by the time that `arn` is known, and renewed by AWS.

    Owns the certificate and the records that prove the names to ACM; those stay, because each renewal reads them again.
    """

    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        domains: Sequence[str],
        zone: Zone,
        region: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register a certificate of `domains`, the first of which names it, in `region` or else the stack's.

        `domains` may hold wildcards (`*.example.com`), and all are in `zone`. CloudFront takes certificates of
        `GLOBAL_REGION` only.
        """
        super().__init__("plinth:index:Certificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        first, *others = dict.fromkeys(domains)
        certificate = aws.acm.Certificate(
            name,
            domain_name=first,
            subject_alternative_names=others or None,
            validation_method="DNS",
            region=region,
            tags={"Name": name},
            opts=child,
        )
        # A wildcard is proven by the record of its base. Which domains there are is known before ACM answers.
        records = [
            self._validation_record(f"{name}-{proven}", certificate, proven, zone)
            for proven in dict.fromkeys(domain.removeprefix("*.") for domain in domains)
        ]
        issued = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            region=region,
            opts=child,
        )
        self.arn = issued.certificate_arn

        self.register_outputs({"arn": self.arn})

    def _validation_record(
        self, name: str, certificate: aws.acm.Certificate, domain: str, zone: Zone
    ) -> aws.route53.Record:
        """The record by which ACM sees that `domain` is ours (ACM user guide, "AWS Certificate Manager DNS validation")."""
        proof = certificate.domain_validation_options.apply(
            lambda options: {(item.domain_name or "").removeprefix("*."): item for item in options}[domain]
        )
        return aws.route53.Record(
            name,
            zone_id=zone.zone_id,
            name=proof.resource_record_name,
            type=proof.resource_record_type,
            records=[proof.resource_record_value],
            ttl=VALIDATION_TTL,
            # The same domain has the same record in each region, and another certificate may have made it.
            allow_overwrite=True,
            opts=pulumi.ResourceOptions(parent=self),
        )


def alias(
    host: str,
    *,
    zone: Zone,
    target: pulumi.Input[str],
    target_zone_id: pulumi.Input[str],
    types: Sequence[str] = ("A", "AAAA"),
    opts: pulumi.ResourceOptions,
) -> list[aws.route53.Record]:
    """Records of `types` by which `host` is `target`, a name of AWS's in its own zone `target_zone_id`.

    With AAAA the target must answer over IPv6 too, as distributions and dual-stack load balancers do.
    """
    return [
        aws.route53.Record(
            f"{host}-{type_}",
            zone_id=zone.zone_id,
            name=host,
            type=type_,
            aliases=[{"name": target, "zone_id": target_zone_id, "evaluate_target_health": False}],
            opts=opts,
        )
        for type_ in types
    ]
