"""What is lost with a resource of a type, so that a reader sees the irreparable first.

Types are those of pulumi-aws 7, pulumi-eks 4, pulumi-kubernetes 4 and pulumi-random 4 (their schemas' tokens).
"""

from __future__ import annotations

import re

from plinth.reports.model import Loss, Operation

DATA = re.compile(
    r"""
    aws:rds/(cluster|clusterInstance|globalCluster|instance|clusterSnapshot|snapshot): |
    aws:docdb/(cluster|globalCluster|elasticCluster): |
    aws:neptune/(cluster|globalCluster): |
    aws:elasticache/(cluster|replicationGroup|globalReplicationGroup|serverlessCache): |
    aws:memorydb/cluster: |
    aws:s3/(bucket|bucketV2|bucketObject|bucketObjectv2|directoryBucket): |
    aws:kms/(key|replicaKey|externalKey): |
    aws:secretsmanager/(secret|secretVersion): |
    aws:ssm/parameter: |
    aws:ebs/(volume|snapshot): |
    aws:efs/fileSystem: |
    aws:fsx/ |
    aws:opensearch/(domain|serverlessCollection): |
    aws:elasticsearch/domain: |
    aws:dynamodb/(table|globalTable): |
    aws:redshift/cluster: | aws:redshiftserverless/namespace: |
    aws:timestreamwrite/(database|table): |
    aws:kinesis/stream: |
    aws:msk/(cluster|serverlessCluster): |
    aws:mq/broker: |
    aws:sqs/queue: |
    aws:ecr/repository: |
    aws:backup/vault: |
    aws:cognito/userPool: |
    aws:cloudwatch/logGroup: |
    kubernetes:core/v1:(PersistentVolume|PersistentVolumeClaim|Namespace|Secret)$ |
    kubernetes:apps/v1:StatefulSet$ |
    random:index/random(Password|Bytes|String):
    """,
    re.VERBOSE,
)
"""What holds data, or a key or password without which data cannot be read."""

IDENTITY = re.compile(
    r"""
    aws:ec2/(vpc|subnet|natGateway|eip|instance|internetGateway|vpcEndpoint|securityGroup|transitGateway): |
    aws:eks/(cluster|nodeGroup|fargateProfile): | eks:index: |
    aws:(lb|alb)/loadBalancer: | aws:elb/loadBalancer: |
    aws:cloudfront/distribution: |
    aws:route53/zone: |
    aws:apigateway/restApi: | aws:apigatewayv2/api: |
    aws:iam/(role|user): |
    kubernetes:core/v1:Service$
    """,
    re.VERBOSE,
)
"""What others stand on or know by its id, address or name: while it is replaced they lose it."""


def loss_of(type_: str, operation: Operation) -> Loss:
    if not operation.destroys:
        return Loss.NOTHING
    if DATA.match(type_):
        return Loss.DATA
    return Loss.IDENTITY if IDENTITY.match(type_) else Loss.NOTHING
