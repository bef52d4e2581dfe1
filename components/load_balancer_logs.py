"""Access logs of a load balancer, in a bucket that expires them."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.bucket import PrivateBucket

LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


class LoadBalancerLogs(pulumi.ComponentResource):
    """A private bucket that Elastic Load Balancing may write this account's logs into.

    Elastic Load Balancing tries to write when a load balancer is told of the bucket: what names `bucket_name` depends on
    this component.
    """

    bucket_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        retention_days: int,
        force_destroy: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the bucket `name`, whose logs are kept `retention_days`, in the load balancer's region.

        Only S3's own encryption is supported, and the account's id is in the path of every log (Application Load Balancer
        user guide, "Enable access logs for your Application Load Balancer").
        """
        super().__init__("plinth:index:LoadBalancerLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        logs = PrivateBucket(
            name, noncurrent_days=1, expiration_days=retention_days, force_destroy=force_destroy, opts=child
        )
        account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        logs.allow(
            {
                "Sid": "LoadBalancerLogs",
                "Effect": "Allow",
                "Principal": {"Service": LOG_DELIVERY},
                "Action": "s3:PutObject",
                "Resource": pulumi.Output.concat(logs.arn, "/AWSLogs/", account_id, "/*"),
            }
        )
        self.bucket_name = logs.bucket_name
        self.register_outputs({"bucket_name": self.bucket_name})
