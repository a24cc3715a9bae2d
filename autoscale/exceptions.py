"""Every error that we raise, by name.

An error is a fact, built with keywords; its message says what is wrong and,
where we can know it, what would be right. `api/faults.py` holds the one table
from these classes to HTTP statuses; nothing here knows of HTTP.
"""


class AutoscaleError(Exception):
    """Base of every error of ours.

    `message` is a format string over the keywords that the error was built
    with; `code` is the part after `autoscaling.` in the API's error codes and
    never changes once published.
    """

    message = 'Something went wrong: {reason}'
    code = 'internal_error'

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.message.format(**facts))


class Invalid(AutoscaleError):
    """The request can never work as it was written."""

    message = '{reason}'
    code = 'bad_request'


class InvalidField(Invalid):
    message = "Field '{field}': {reason}"
    code = 'invalid_field'


class UnknownField(Invalid):
    message = "Unknown field '{field}'; allowed here: {allowed}."
    code = 'unknown_field'


class InvalidQuery(Invalid):
    message = "Query parameter '{parameter}': {reason}"
    code = 'invalid_query'


class UnknownPlugin(Invalid):
    message = "There is no {kind} type '{name}'; there are: {known}."
    code = 'unknown_type'


class TooLarge(AutoscaleError):
    message = 'The body is larger than {limit} bytes.'
    code = 'body_too_large'


class Unauthenticated(AutoscaleError):
    message = 'Authentication is required: {reason}'
    code = 'unauthenticated'


class Forbidden(AutoscaleError):
    message = "The rule '{rule}' does not allow this to you."
    code = 'forbidden'


class NotFound(AutoscaleError):
    """Nothing of that name or id is visible to the caller."""

    message = "There is no {noun} '{ref}'."
    code = 'not_found'

    @property
    def noun(self) -> str:
        return str(self.facts.get('noun', 'resource'))


class CapabilityNotFound(NotFound):
    """An unknown id and a wrong token answer alike."""

    message = 'There is nothing here.'
    code = 'not_found'


class Conflict(AutoscaleError):
    """It could work, but not while things are as they are."""

    message = '{reason}'
    code = 'conflict'


class NameNotUnique(Conflict):
    message = "{count} {noun}s are named '{ref}': use an id."
    code = 'name_not_unique'


class InUse(Conflict):
    message = "The {noun} '{ref}' is in use by {users}."
    code = 'in_use'


class AlreadyAttached(Conflict):
    message = "The policy '{policy}' is attached to '{cluster}' already."
    code = 'policy_already_attached'


class ClusterIsDeleting(Conflict):
    message = "The cluster '{ref}' is being deleted."
    code = 'cluster_is_deleting'


class HookAlreadyAnswered(Conflict):
    message = "The hook '{ref}' was answered already, with '{answer}'."
    code = 'hook_already_answered'


class HookExpired(Conflict):
    message = "The hook '{ref}' is over: {reason}."
    code = 'hook_expired'


class ActionNotCancellable(Conflict):
    message = "The action '{ref}' cannot be cancelled: {reason}."
    code = 'action_not_cancellable'


class CredentialRequired(Conflict):
    """The engine could not act for the caller once the request is over."""

    message = (
        'The engine would act for you later, and has no credential for that: '
        '{reason}. Store an application credential with PUT /v1/credential, '
        'or send this request once with a token that you got with your '
        'password.'
    )
    code = 'credential_required'


class NoCredentialsHere(Conflict):
    message = (
        'This service acts with the one credential that it was started with; '
        'it keeps none of its users.'
    )
    code = 'credentials_not_kept'


class IdempotencyConflict(Conflict):
    message = (
        'This Idempotency-Key was used before with another body; use a new '
        'key for a new request.'
    )
    code = 'idempotency_key_reused'


class KeysUnusable(AutoscaleError):
    """Without keys no user's credential can be kept or used."""

    message = (
        "The key file of credentials, '{path}', cannot be used: {reason}. "
        'Write it with `{make}` and give every host the same file; '
        '[credentials] key_file says where it is.'
    )
    code = 'keys_unusable'


class SecretUnreadable(AutoscaleError):
    message = "None of the keys in '{path}' opens the stored credential."
    code = 'secret_unreadable'


class RateLimited(AutoscaleError):
    message = 'Too many requests; try again in {retry_after} seconds.'
    code = 'rate_limited'


class Unavailable(AutoscaleError):
    """A part that we need does not answer; the same request may work soon."""

    message = 'The {part} does not answer; try again later.'
    code = 'unavailable'


class PlugInBroken(AutoscaleError):
    message = "The plug-in '{name}' of '{namespace}' cannot be loaded: {why}"
    code = 'plugin_broken'


class Refused(AutoscaleError):
    """A policy or a bound says no; `reason` is for a person to act on."""

    message = '{reason}'
    code = 'refused'

    @property
    def reason(self) -> str:
        return str(self)


class LeaseLost(AutoscaleError):
    """Another engine took the cluster over; whatever we planned is void."""

    message = 'The lease on cluster {cluster_id} is no longer ours.'
    code = 'lease_lost'


class PassIsStale(AutoscaleError):
    """Something was answered while we planned; plan again from fresh facts."""

    message = 'Cluster {cluster_id} changed during the pass: {what}.'
    code = 'pass_is_stale'


class CloudError(AutoscaleError):
    """Another service refused, failed or did not answer.

    `kind` says what to do about it: `capacity` (no room: back off, keep the
    wish), `request` (what we ask for is wrong: retrying is useless),
    `transient` (try again after `retry_after` seconds or a back-off), `auth`
    (our credential does not work). `happened` is False when the service is
    known to have done nothing, None when nobody can tell.
    """

    message = '{service} {operation}: {reason}'
    code = 'cloud_error'
    kind = 'transient'

    def __init__(
        self,
        *,
        service: str,
        operation: str,
        reason: str,
        retry_after: float | None = None,
        happened: bool | None = False,
        status: int | None = None,
    ) -> None:
        super().__init__(service=service, operation=operation, reason=reason)
        self.reason = reason
        self.retry_after = retry_after
        self.happened = happened
        self.status = status


class NoCapacity(CloudError):
    code = 'no_capacity'
    kind = 'capacity'


class RequestIsWrong(CloudError):
    code = 'cloud_refused_request'
    kind = 'request'


class CloudIsUnwell(CloudError):
    code = 'cloud_unavailable'
    kind = 'transient'


class CredentialDoesNotWork(CloudError):
    code = 'credential_does_not_work'
    kind = 'auth'


class GoneFromCloud(CloudError):
    """The service says 404: the thing that we asked about is not there."""

    code = 'gone_from_cloud'
    kind = 'request'
