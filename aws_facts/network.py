"""VPC: endpoints, retention of logs, regions.

Sources, read 2026-11-21: AWS Regions and Availability Zones guide, "AWS Regions"; VPC user guide, "Subnet CIDR blocks"; AWS
PrivateLink guide, "AWS services that integrate with AWS PrivateLink"; CloudWatch Logs API, `PutRetentionPolicy`.
"""

from __future__ import annotations

REGIONS = (
    "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
    "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
    "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1",
    "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1",
    "me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1",
    "us-gov-west-1", "us-west-1", "us-west-2",
)  # fmt: skip
"""A zone's name is its region's and a letter."""

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
