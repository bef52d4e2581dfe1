"""The facts of the clean stack that each rule reads, and what each becomes so that the rule must fail."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from incidents.graph import Resource
from tests.policies.stacks import urn

OTHER_VPC = Resource(
    urn("aws:ec2/vpc:Vpc", "other"), "aws:ec2/vpc:Vpc", "other", {"cidrBlock": "10.9.0.0/16"}
)
GONE = object()
"""In place of a value: the program does not say it."""

Path = tuple[str | int, ...]
TEMPLATE: Path = ("spec", "template", "spec")
APP: Path = (*TEMPLATE, "containers", 0)


@dataclass(frozen=True)
class Flip:
    """One fact: of the resource `name` whose type ends in `kind`, what stands at `path` becomes `value`.

    A step `@name` of a path is the item of a list that is called so; a path that begins with `edges` leads to another VPC.
    """

    kind: str
    name: str
    path: Path
    value: Any

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {'.'.join(map(str, self.path))}"

    def of(self, resources: Sequence[Resource], value: Any) -> list[Resource]:
        """`resources` with `value` in place of the fact."""
        own = one(resources, self.kind, self.name)
        return [self.changed(item, value) if item is own else item for item in resources]

    def changed(self, resource: Resource, value: Any) -> Resource:
        match self.path:
            case ("protect",):
                return replace(resource, protect=value is True)
            case ("edges", str(prop)):
                return replace(resource, edges={**resource.edges, prop: (OTHER_VPC.urn,)})
            case _:
                props = copy.deepcopy(dict(resource.props))
                put(props, self.path, value)
                return replace(resource, props=props)


def one(resources: Sequence[Resource], kind: str, name: str) -> Resource:
    """The resource `name` whose type ends in `kind`. Raises `ValueError` unless there is just one."""
    (found,) = [
        item for item in resources if item.type.endswith((f":{kind}", f"/{kind}")) and item.name == name
    ]
    return found


def put(place: Any, path: Path, value: Any) -> None:
    *way, last = path
    for step in way:
        is_name = isinstance(step, str) and step.startswith("@")
        place = next(item for item in place if item.get("name") == step[1:]) if is_name else place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value


def deployment(path: Path, value: Any) -> Flip:
    return Flip("Deployment", "orders", path, value)


def env(variable: str, value: str) -> Flip:
    return deployment((*APP, "env", f"@{variable}", "value"), value)


def aurora(prop: str, value: Any) -> Flip:
    return Flip("rds/cluster:Cluster", "shop", (prop,), value)


def parameter(name: str, value: str = "0") -> Flip:
    return Flip("ClusterParameterGroup", "shop", ("parameters", f"@{name}", "value"), value)


def redis(prop: str, value: Any) -> Flip:
    return Flip("ReplicationGroup", "shop", (prop,), value)


def eks(*path: str | int, value: Any) -> Flip:
    return Flip("eks/cluster:Cluster", "shop", path, value)


def cdn(*path: str | int, value: Any) -> Flip:
    return Flip("Distribution", "cdn", path, value)


def application(*path: str, value: Any) -> Flip:
    return Flip("Application", "storefront", ("spec", *path), value)


EVERY_SECRET = {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}
OWNER_ONLY = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
SECURITY: Path = (*APP, "securityContext")

FLIPS: Mapping[str, Sequence[Flip]] = {
    "absent-backend": [env("OPENSEARCH_ENABLED", "true"), env("RABBITMQ_ENABLED", "true")],
    "admin-ports-closed": [Flip("SecurityGroupIngressRule", "edge-80", ("toPort",), 8080.0)],
    "alarms": [
        Flip("MetricAlarm", name, ("alarmActions",), GONE)
        for name in ("database-cpu", "database-connections", "database-memory", "cache-memory", "cache-evictions",
                     "server-errors", "unhealthy")
    ],
    "cache-availability": [redis("automaticFailoverEnabled", False), redis("multiAzEnabled", False), redis("numCacheClusters", 1.0)],
    "cache-tls": [redis("transitEncryptionEnabled", False), redis("atRestEncryptionEnabled", False), env("REDIS_TLS", "false")],
    "cdn-kms-decrypt": [Flip("KeyPolicy", "pictures", ("policy",), json.dumps({"Statement": [OWNER_ONLY]}))],
    "cdn-origin-access": [
        cdn("origins", 0, "originAccessControlId", value=GONE),
        Flip("OriginAccessControl", "pictures", ("signingBehavior",), "never"),
        Flip("BucketPublicAccessBlock", "pictures", ("blockPublicPolicy",), False),
    ],
    "cdn-url": [env("CDN_BASE_URL", "http://cdn.example.com"), env("CDN_BASE_URL", "https://x.s3.amazonaws.com")],
    "cluster-access": [
        eks("accessConfig", "authenticationMode", value="CONFIG_MAP"),
        eks("vpcConfig", "publicAccessCidrs", value=["0.0.0.0/0"]),
        eks("enabledClusterLogTypes", value=["api"]),
        eks("encryptionConfig", value=None),
    ],
    "connection-budget": [env("DB_POOL_SIZE", "900"), deployment(("spec", "replicas"), 400.0)],
    "cors-origin": [
        env("CORS_ORIGINS", "http://shop.example.com"),
        Flip("BucketCorsConfiguration", "pictures", ("corsRules", 0, "allowedOrigins"), ["http://shop.example.com"]),
    ],
    "data-port-source": [
        Flip("SecurityGroupIngressRule", "database", ("cidrIpv4",), "10.30.0.0/16"),
        Flip("SecurityGroupIngressRule", "cache", ("cidrIpv6",), "::/0"),
        Flip("SecurityGroupIngressRule", "database", ("ipProtocol",), "-1"),
    ],
    "database-credentials": [aurora("masterPassword", "Sh0p-in-Seoul"), env("DB_USER", "master")],
    "database-protection": [
        aurora("deletionProtection", False), aurora("storageEncrypted", False), aurora("backupRetentionPeriod", 1.0),
        aurora("skipFinalSnapshot", True), Flip("rds/cluster:Cluster", "shop", ("protect",), False),
    ],
    "database-tls": [parameter("rds.force_ssl"), env("PGSSLMODE", "disable")],
    "deregistration-delay": [
        Flip("TargetGroup", "orders", ("deregistrationDelay",), 300.0),
        deployment((*TEMPLATE, "terminationGracePeriodSeconds"), 20.0),
        deployment((*APP, "lifecycle", "preStop", "sleep", "seconds"), 1.0),
    ],
    "dev-command": [env("NODE_ENV", "development"), deployment((*APP, "command"), ["npm", "run", "dev"])],
    "dns-alias": [
        Flip("acm/certificate:Certificate", "cdn", ("domainName",), "www.example.com"),
        cdn("viewerCertificate", "minimumProtocolVersion", value="TLSv1"),
    ],
    "env-contract": [env("REDIS_HOST", "localhost"), env("CDN_BASE_URL", "http://localhost:9000")],
    "gitops-drift": [
        application("source", "targetRevision", value="HEAD"),
        application("syncPolicy", "automated", value=GONE),
        application("syncPolicy", "automated", "selfHeal", value=False),
    ],
    "https-redirect": [
        Flip("Listener", "http", ("defaultActions", 0, "redirect", "protocol"), "HTTP"),
        Flip("Listener", "http", ("defaultActions", 0, "type"), "forward"),
        Flip("Listener", "https", ("sslPolicy",), "ELBSecurityPolicy-2016-08"),
        cdn("defaultCacheBehavior", "viewerProtocolPolicy", value="allow-all"),
    ],
    "image-tag": [deployment((*APP, "image"), "registry.example.com/orders:latest"), deployment((*APP, "image"), "orders")],
    "job-immutability": [
        Flip("Job", "databases", ("metadata", "name"), "databases"),
        Flip("Job", "databases", ("spec", "ttlSecondsAfterFinished"), 60.0),
    ],
    "log-retention": [
        Flip("LogGroup", "postgresql", ("retentionInDays",), 0.0),
        Flip("LogGroup", "cluster", ("name",), "/aws/eks/other/cluster"),
        eks("enabledClusterLogTypes", value=[]),
    ],
    "node-arch": [deployment((*APP, "image"), "registry.example.com/orders:5d2e8f41aa-arm64")],
    "node-label": [
        deployment((*TEMPLATE, "nodeSelector", "eks.amazonaws.com/capacityType"), "spot"),
        Flip("NodeGroup", "general", ("capacityType",), "SPOT"),
        Flip("NodeGroup", "general", ("amiType",), "AL2023_ARM_64_STANDARD"),
    ],
    "parameter-group": [
        Flip("ClusterParameterGroup", "shop", ("family",), "aurora-postgresql16"),
        Flip("ClusterParameterGroup", "shop", ("parameters", "@shared_preload_libraries", "applyMethod"), "immediate"),
        aurora("engineVersion", "16.6"),
    ],
    "pod-capacity": [deployment(("spec", "replicas"), 200.0)],
    "pod-security": [
        deployment((*TEMPLATE, "hostNetwork"), value=True),
        deployment((*TEMPLATE, "volumes", 0, "hostPath"), {"path": "/var/run/docker.sock"}),
        deployment((*SECURITY, "privileged"), value=True),
        deployment((*SECURITY, "capabilities", "add"), ["NET_ADMIN"]),
    ],
    "probe-path": [
        deployment((*APP, "readinessProbe", "httpGet", "port"), 9999.0),
        deployment((*APP, "readinessProbe", "httpGet", "path"), "/live"),
    ],
    "rate-limit": [Flip("WebAcl", "shop", ("rules",), []), Flip("WebAcl", "cdn", ("rules",), [])],
    "resource-requests": [
        deployment((*APP, "resources", "requests"), GONE), deployment((*APP, "resources", "limits"), GONE),
    ],
    "schema-migration": [Flip("Job", "orders-migration", (*APP, "command"), ["npm", "run", "seed"])],
    "scrape-targets": [
        env("PGSSLMODE", "http://10.30.16.42:8080"),
        Flip("ConfigMap", "prometheus", ("data", "prometheus.yml"), "scrape_configs: [{static_configs: [{targets: ['10.0.0.9']}]}]"),
    ],
    "secret-access": [
        Flip("RolePolicy", "orders", ("policy",), json.dumps({"Statement": [EVERY_SECRET]})),
        Flip("RolePolicyAttachment", "nodes-AmazonEKS_CNI_Policy", ("policyArn",), "arn:aws:iam::aws:policy/SecretsManagerReadWrite"),
    ],
    "service-database": [
        env("DB_NAME", "ops_db"), env("DB_USER", "ops"),
        Flip("Job", "databases", (*APP, "command"), ["psql", "-c", "CREATE DATABASE chat_db"]),
    ],
    "single-vpc": [
        Flip("Subnet", "data-0", ("edges", "vpcId"), None), Flip("SecurityGroup", "database", ("edges", "vpcId"), None),
        Flip("TargetGroup", "orders", ("edges", "vpcId"), None),
    ],
    "statement-timeouts": [
        parameter("statement_timeout"), parameter("idle_in_transaction_session_timeout"), parameter("lock_timeout"),
    ],
    "tags": [
        Flip("ec2/vpc:Vpc", "shop", ("tagsAll",), {"owner": "me", "environment": "prod"}),
        Flip("Topic", "alarms", ("tagsAll",), {}),
    ],
    "two-zones": [
        Flip("Subnet", "data-1", ("availabilityZone",), "ap-northeast-2a"),
        Flip("ClusterInstance", "shop-0", ("publiclyAccessible",), value=True),
    ],
    "upload-limit": [env("UPLOAD_MAX_BYTES", "10485760")],
    "websocket-stickiness": [
        Flip("TargetGroup", "chat-websocket", ("stickiness", "enabled"), value=False),
        Flip("TargetGroup", "chat-websocket", ("stickiness", "cookieDuration"), 60.0),
        Flip("loadBalancer:LoadBalancer", "shop", ("idleTimeout",), 30.0),
    ],
    "writable-paths": [
        deployment((*APP, "volumeMounts", 0, "mountPath"), "/cache"), deployment((*SECURITY, "readOnlyRootFilesystem"), value=False),
    ],
}  # fmt: skip
