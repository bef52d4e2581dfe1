"""VPC: endpoints, retention of logs, regions.

Sources, read 2026-11-21: VPC user guide, "VPC CIDR blocks" and "Subnet CIDR blocks"; AWS PrivateLink guide, "AWS services that
integrate with AWS PrivateLink"; CloudWatch Logs API, `PutRetentionPolicy`; EKS user guide, "View Amazon EKS networking
requirements for VPC and subnets".
"""

from __future__ import annotations

VPC_PREFIX_LENGTHS = range(16, 29)
RESERVED_ADDRESSES = 5
"""In each subnet: network, router, DNS, future use, broadcast."""

INTERFACE_ENDPOINTS = (
    "autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "elasticache",
    "events", "kms", "logs", "monitoring", "rds", "rds-data", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "sts",
    "wafv2", "xray",
)  # fmt: skip

DEFAULT_INTERFACE_ENDPOINTS = ("ec2", "ecr.api", "ecr.dkr", "eks-auth", "logs", "secretsmanager", "sts")
"""What nodes and pods call all the time: images, tokens, logs, secrets."""

LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
