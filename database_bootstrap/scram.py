"""The verifier that PostgreSQL stores in place of a password."""

from __future__ import annotations

import base64
import hashlib
import hmac

ITERATIONS = 4096
"""PostgreSQL's own default (`scram_iterations`); a long random password needs no more."""


def scram_verifier(password: str, salt: bytes) -> str:
    """What `ALTER ROLE ... PASSWORD` takes for `password` and stores as it is (PostgreSQL manual, "CREATE ROLE").

    The same `salt` gives the same verifier, so that an unchanged password is no change: keep 16 random bytes with each
    password. The server tells the salt to everybody who tries to log in, so it must not be made of the password.
    The form is that of `pg_authid.rolpassword`, the computation that of RFC 5802.

    Raises `ValueError` for a password that is empty or not ASCII: others would have to go through SASLprep first.
    """
    if not password or not password.isascii():
        raise ValueError(
            "a password must be made of ASCII characters, or clients would compute another verifier"
        )
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    salt_text, stored, server = (base64.b64encode(part).decode() for part in (salt, stored_key, server_key))
    return f"SCRAM-SHA-256${ITERATIONS}:{salt_text}${stored}:{server}"
