"""Access logs of S3 and CloudFront, in one bucket that expires them."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.bucket import PrivateBucket
from components.dns import GLOBAL_REGION

S3_FOLDER = "s3/"


class AccessLogs(pulumi.ComponentResource):
    """A private bucket with the logs of another bucket and of the distribution before it.

    Owns the logs and how they get here, and not what is logged.
    """

    def __init__(
        self,
        name: str,
        *,
        bucket: PrivateBucket,
        distribution: aws.cloudfront.Distribution,
        retention_days: int,
        force_destroy: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the logs `name` of `bucket`, in its region, and of `distribution`; both are kept `retention_days`."""
        super().__init__("plinth:index:AccessLogs", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)

        # S3 delivers no logs into a bucket whose default is SSE-KMS (S3 user guide, "Enabling Amazon S3 server access logging").
        self._logs = PrivateBucket(
            name,
            noncurrent_days=1,
            expiration_days=retention_days,
            force_destroy=force_destroy,
            opts=self._child,
        )
        permitted = self._child.merge(pulumi.ResourceOptions(depends_on=[self._let_services_write()]))
        aws.s3.BucketLogging(
            name,
            bucket=bucket.bucket_name,
            target_bucket=self._logs.bucket_name,
            target_prefix=S3_FOLDER,
            opts=permitted,
        )
        self._deliver(distribution, permitted)
        self.register_outputs({})

    def _deliver(self, distribution: aws.cloudfront.Distribution, permitted: pulumi.ResourceOptions) -> None:
        """CloudFront's standard logs (v2), whose three parts are in us-east-1 wherever the bucket is (CloudFront developer
        guide, "Configure standard logging (v2)").
        """
        source = aws.cloudwatch.LogDeliverySource(
            self._name,
            name=self._name,
            log_type="ACCESS_LOGS",
            resource_arn=distribution.arn,
            region=GLOBAL_REGION,
            opts=self._child,
        )
        destination = aws.cloudwatch.LogDeliveryDestination(
            self._name,
            name=self._name,
            output_format="json",
            delivery_destination_configuration={"destination_resource_arn": self._logs.arn},
            region=GLOBAL_REGION,
            opts=permitted,
        )
        aws.cloudwatch.LogDelivery(
            self._name,
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            region=GLOBAL_REGION,
            opts=self._child,
        )

    def _let_services_write(self) -> aws.s3.BucketPolicy:
        """What AWS would add to the policy by itself were it not there, which would show up as drift (CloudWatch Logs user
        guide, "Logs sent to Amazon S3"; S3 user guide, "Permissions for server access log delivery").
        """
        account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        deliveries = pulumi.Output.concat(
            "arn:aws:logs:", GLOBAL_REGION, ":", account_id, ":delivery-source:*"
        )
        return self._logs.allow(
            {
                "Sid": "S3ServerAccessLogs",
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": pulumi.Output.concat(self._logs.arn, f"/{S3_FOLDER}*"),
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
            },
            {
                "Sid": "AWSLogDeliveryWrite1",
                "Effect": "Allow",
                "Principal": {"Service": "delivery.logs.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": pulumi.Output.concat(self._logs.arn, "/AWSLogs/", account_id, "/CloudFront/*"),
                "Condition": {
                    "StringEquals": {
                        "s3:x-amz-acl": "bucket-owner-full-control",
                        "aws:SourceAccount": account_id,
                    },
                    "ArnLike": {"aws:SourceArn": deliveries},
                },
            },
        )
