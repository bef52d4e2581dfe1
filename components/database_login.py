"""How one role logs in to one database: a password, and the secret that tells all that a client needs."""

from __future__ import annotations

from urllib.parse import urlencode

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from database_bootstrap import scram_verifier

PASSWORD_LENGTH = 48
SALT_BYTES = 16
"""As PostgreSQL itself takes (`scram_common.h`)."""


class DatabaseLogin(pulumi.ComponentResource):
    """A password and its secret in Secrets Manager. The role itself is made by the bootstrap job.

    The secret is a JSON object: host, port, dbname, username, password, and url with all of them (`sslmode=verify-full`).
    """

    secret_arn: pulumi.Output[str]
    verifier: pulumi.Output[str]
    """What PostgreSQL stores in place of the password."""

    def __init__(
        self,
        name: str,
        *,
        role: str,
        database: str,
        host: pulumi.Input[str],
        port: int,
        password_version: int,
        key: aws.kms.Key,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register the login `name` of `role`.

        The secret stays in AWS when the login leaves the stack, as the database does. Its own name is made up: a deleted
        secret keeps its name for up to 30 days.
        """
        super().__init__("plinth:index:DatabaseLogin", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = child.merge(pulumi.ResourceOptions(retain_on_delete=True))
        keepers = {"version": str(password_version)}
        # Letters and digits alone pass unchanged through URLs, shells and every client's configuration.
        password = random.RandomPassword(
            name, length=PASSWORD_LENGTH, special=False, keepers=keepers, opts=child
        )
        salt = random.RandomBytes(name, length=SALT_BYTES, keepers=keepers, opts=child)
        self.verifier = pulumi.Output.secret(
            pulumi.Output.all(password.result, salt.hex).apply(
                lambda known: scram_verifier(known[0], bytes.fromhex(known[1]))
            )
        )
        secret = aws.secretsmanager.Secret(
            name,
            description=f"How {role} reaches its database {database}",
            kms_key_id=key.arn,
            opts=kept,
        )
        query = urlencode({"sslmode": "verify-full"})
        url = pulumi.Output.concat(
            "postgresql://", role, ":", password.result, "@", host, f":{port}/{database}?{query}"
        )
        content = {
            "host": host,
            "port": port,
            "dbname": database,
            "username": role,
            "password": password.result,
            "url": url,
        }
        held = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(pulumi.Output.json_dumps(content)),
            opts=kept,
        )
        # The secret's own ARN, known once the password is in it: who reads it comes after that.
        self.secret_arn = held.secret_arn
        self.register_outputs({"secret_arn": self.secret_arn})
