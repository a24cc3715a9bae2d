"""Pre-signed URLs: a right to some paths of one queue, without a token.

A signature cannot be taken back; it ends when it says it does.
"""

import hashlib
import hmac
import re
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import moment
from autoscale.devcloud import shape

SHARED = frozenset({'messages', 'subscriptions', 'claims'})
_DEFAULT_SECONDS = 86400


class Signer:
    """Signs with the cloud's own key, and knows its signatures again."""

    def __init__(self, key: bytes):
        self._key = key

    def share(
        self, body: Any, *, queue_path: str, project_id: str, now: float
    ) -> dict[str, Any]:
        """The answer of a share request."""
        body = shape.an_object(body, 'body')
        unknown = set(body) - {'paths', 'methods', 'expires'}
        if unknown:
            raise exchange.Refused(400, f'Unknown keys: {sorted(unknown)}')
        paths = shape.texts(body.get('paths'), 'paths') or ['messages']
        methods = shape.texts(body.get('methods'), 'methods') or ['GET']
        strange = set(paths) - SHARED
        if strange:
            raise exchange.Refused(400, f'Invalid paths: {sorted(strange)}')
        expires_at = _expiry(body.get('expires'), now)
        signed: dict[str, Any] = {
            'paths': sorted(f'{queue_path}/{path}' for path in paths),
            'methods': sorted(methods),
            'project': project_id,
            'expires': moment.bare(expires_at),
        }
        return {**signed, 'signature': self._sign(**signed)}

    def admits(self, request: exchange.Request, path: str, now: float) -> bool:
        """Whether the request's headers carry a right to this path."""
        paths = (request.header('URL-Paths') or '').split(',')
        methods = (request.header('URL-Methods') or '').split(',')
        expires = request.header('URL-Expires') or ''
        signature = request.header('URL-Signature') or ''
        right = self._sign(
            paths=paths,
            methods=methods,
            project=request.header('X-Project-Id') or '',
            expires=expires,
        )
        if not hmac.compare_digest(right.encode(), signature.encode()):
            return False
        return (
            now < moment.read(expires)
            and request.method in methods
            and any(re.search(f'{each}(/|$)', path) for each in paths)
        )

    def _sign(
        self,
        *,
        paths: list[str],
        methods: list[str],
        project: str,
        expires: str,
    ) -> str:
        said = '\n'.join(
            (','.join(paths), ','.join(methods), project, expires)
        )
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()


def _expiry(text: Any, now: float) -> float:
    if text is None:
        return now + _DEFAULT_SECONDS
    try:
        expires_at = moment.read(text)
    except (TypeError, ValueError):
        raise exchange.Refused(400, f'Invalid moment: {text!r}') from None
    if expires_at <= now:
        raise exchange.Refused(400, '`expires` is lower than the current time')
    return expires_at
