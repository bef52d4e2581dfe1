"""A password that is made by Pulumi, encrypted in its state, and read from Secrets Manager by those who need it."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_random as random

LENGTH = 64


class GeneratedSecret(pulumi.ComponentResource):
    """A random password and the Secrets Manager secret with it. Owns no key: the caller says which encrypts it."""

    password: pulumi.Output[str]
    secret_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        description: str,
        *,
        version: int,
        key: aws.kms.Key,
        content: Mapping[str, pulumi.Input[str]],
        special: bool = False,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register the secret `name`: a JSON object of `content` and `password`, which is a new one for each `version`.

        The secret's own name is made up by Pulumi: a deleted secret keeps its name for a week or more, and a second stack
        of the same name could not be made until then.
        """
        super().__init__("plinth:index:GeneratedSecret", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Letters and digits alone pass unchanged through URLs, shells and ElastiCache's own list of characters; OpenSearch
        # wants others too, so it gets those that URLs take as they are.
        made = random.RandomPassword(
            name,
            length=LENGTH,
            special=special,
            override_special="-_." if special else None,
            min_special=1 if special else None,
            keepers={"version": str(version)},
            opts=child,
        )
        self.password = made.result
        secret = aws.secretsmanager.Secret(name, description=description, kms_key_id=key.arn, opts=child)
        held = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(
                pulumi.Output.json_dumps({**content, "password": self.password})
            ),
            opts=child,
        )
        # The secret's own ARN, known once the password is in it: who reads it comes after that.
        self.secret_arn = held.secret_arn
        self.register_outputs({"secret_arn": self.secret_arn})
