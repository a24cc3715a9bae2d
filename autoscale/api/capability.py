"""Tokens that are a right by themselves: made, hashed, carried, compared.

Only hashes are kept. Whoever asks with a wrong token and whoever asks for
what does not exist are told the same after the same work.
"""

import hashlib
import hmac
import secrets

from autoscale.api import answer

#: Compared with when there is nothing to compare with; nobody's hash.
NOBODYS = '0' * 64


def new() -> str:
    """A token of 256 bits, fit for a URL."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of a token: SHA-256, in hex."""
    return hashlib.sha256(token.encode('utf-8', 'replace')).hexdigest()


def fits(token: str, token_hash: str) -> bool:
    """Whether this is the token, found out in constant time."""
    return hmac.compare_digest(hash_of(token), token_hash)


def carried(environ: answer.Environ, query: dict[str, str]) -> str:
    """The token of a request, from wherever its client can put one; or ''.

    A header is better than the query: alarm services log URLs.
    """
    given = environ.get('HTTP_X_WEBHOOK_TOKEN')
    if not given:
        scheme, _, rest = environ.get('HTTP_AUTHORIZATION', '').partition(' ')
        given = rest.strip() if scheme.lower() == 'bearer' else ''
    return given or query.get('token', '')
