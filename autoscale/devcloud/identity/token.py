"""Tokens that carry their own truth: signed, not stored.

So a token outlives a restart of the cloud when the key does. What a token
may do is not in it: that is looked up when it is used.
"""

import base64
import dataclasses
import hashlib
import hmac
import json
import secrets

from autoscale.devcloud import exchange


@dataclasses.dataclass(frozen=True, kw_only=True)
class Token:
    user_id: str
    project_id: str | None  #: None for an unscoped token
    methods: tuple[str, ...]
    issued_at: float
    expires_at: float
    audit_id: str  #: names the token where its text must not be told
    trust_id: str | None = None
    application_credential_id: str | None = None


class Tokens:
    """Makes tokens into text and back."""

    def __init__(self, key: bytes):
        self._key = key

    def write(self, token: Token) -> str:
        """The text that a client sends as X-Auth-Token."""
        fields = dataclasses.astuple(token)
        payload = base64.urlsafe_b64encode(exchange.encode(fields).encode())
        return f'{payload.decode()}.{self._sign(payload)}'

    def read(self, text: str) -> Token | None:
        """The token, or None when this cloud did not write it."""
        payload, dot, signature = text.partition('.')
        # The bytes are compared: compare_digest refuses text beyond ASCII.
        if not dot or not hmac.compare_digest(
            self._sign(payload.encode()).encode(), signature.encode()
        ):
            return None
        fields = json.loads(base64.urlsafe_b64decode(payload))
        names = [field.name for field in dataclasses.fields(Token)]
        token = Token(**dict(zip(names, fields, strict=True)))
        return dataclasses.replace(token, methods=tuple(token.methods))

    def _sign(self, payload: bytes) -> str:
        return hmac.new(self._key, payload, hashlib.sha256).hexdigest()


def new_audit_id() -> str:
    """A fresh name for a token."""
    return secrets.token_urlsafe(16)
