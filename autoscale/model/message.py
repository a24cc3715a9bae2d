"""A lifecycle message on its way out, and what became of it."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    hook_id: str
    params: dict[str, Any]  #: the transport's: {'queue': …} or {'url': …}
    #: What the application reads, with the token; so it is kept out of logs.
    body: dict[str, Any] = dataclasses.field(repr=False)
    ttl: int  #: seconds that the message is of use: the hook's timeout

    def hidden_in(self, text: str) -> str:
        """`text` without our token, should somebody have echoed it."""
        token = self.body.get('lifecycle_action_token')
        return text.replace(token, '***') if token else text


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    hook_id: str
    delivered: bool
    error: str | None = None  #: why not, for a person; never with the token
    is_permanent: bool = False  #: the same message will never be taken
