"""The exceptions. Core's errors arrive here as fields; `build` picks the class for their kind."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from ._native import Activity, ItemReport, Outcome, SessionInfo

__all__ = [
    "ApiError",
    "AuthenticationError",
    "ClosedError",
    "ConfigError",
    "DecodeError",
    "InvalidRequestError",
    "JulesError",
    "MissingApiKeyError",
    "NetworkError",
    "NotFoundError",
    "PatchError",
    "PreconditionError",
    "QueryError",
    "RateLimitError",
    "ServerError",
    "SessionEndedError",
    "SessionFailedError",
    "SourceNotFoundError",
    "StoreError",
    "TimeoutError",
    "UnexpectedStateError",
]


class JulesError(Exception):
    """The base of everything this package raises on its own.

    ```python
    try:
        outcome = await client.run(prompt="Fix the flaky test", source="octocat/hello-world")
    except jules.RateLimitError as error:
        print("busy; again in", error.retry_after, "seconds")
    except jules.JulesError as error:
        print(error.kind, error)
    ```
    """

    message: str
    """What was tried, what happened, and what can be done."""
    kind: str
    """The kind in all languages: the class's name without `Error`."""
    # surface: errors
    limit: str | None = None
    """Which of the plan's limits refused a create. It is `"slots"`, `"day"` or `"unknown"`."""
    used: int | None = None
    """How much of the plan's `limit` was in use: slots that are held, or sessions created within 24 hours.

    Slots where the limit isn't known.
    """
    allowed: int | None = None
    """How much the plan's `limit` allows, where that was said or learned."""
    next_at: datetime | None = None
    """When the next create is likely to pass, where a time is known, in UTC.

    A slot is free when a session ends: that has none.
    """
    retryable: bool = False
    """Whether calling again now is worthwhile.

    False once the client's own retries are spent, and for errors that repeating doesn't change; true for the caller's
    time limits, for `RateLimitError` with `retry_after`, and for a create that was refused because of one of the plan's
    limits.
    """
    status: int | None = None
    """The HTTP status, when the server answered."""
    code: str | None = None
    """The server's gRPC code name, such as `"RESOURCE_EXHAUSTED"`."""
    details: list[Any]
    """The server's `error.details`, as it sent them."""
    method: str | None = None
    """The HTTP method of the request."""
    url: str | None = None
    """The URL of the request. It never contains the key."""
    attempts: int | None = None
    """How many times the request was sent."""
    retry_after: float | None = None
    """How long the server asked to wait, in seconds."""
    request_id: str | None = None
    """The server's id of the request, to quote in a report: that of the last attempt that was answered."""
    session_id: str | None = None
    """The session that the call was about, or that it created."""
    field: str | None = None
    """The field or key of the query that is wrong, as it was written, with `QueryError`; the option that is not valid,
    or that differs from what its key was used for, with `ConfigError`.
    """
    operator: str | None = None
    """The operator of the query that is wrong or is used wrongly, with `QueryError`."""
    valid: list[str]
    """What would be valid there, with `QueryError`; empty where that can't be listed."""
    suggestion: str | None = None
    """What was probably meant, with `QueryError`."""
    file: str | None = None
    """The file of a patch that cannot be applied, with `PatchError`: its path in the patch."""
    hunk: int | None = None
    """The hunk of that file that can't be applied, counted from 1."""
    reason: str | None = None
    """Why the session is over, with `SessionEndedError`. It is `"ended"`, `"stopped"` or `"deleted"`."""
    since: datetime | None = None
    """Since when nothing new had come, by the local clock, in UTC: with a `TimeoutError` of a `stall_timeout`."""
    last_activity: Activity | None = None
    """The last activity before that, if there was any: with a `TimeoutError` of a `stall_timeout`."""
    info: SessionInfo | None = None
    """The session, with `UnexpectedStateError` and `SessionEndedError`."""
    outcome: Outcome | None = None
    """How the session ended, with `SessionEndedError` for the reason `"ended"`."""
    fault: str | None = None
    """What happened to the cache, with `StoreError`: `"full"`, `"busy"`, `"readOnly"`, `"damaged"`, `"newer"`,
    `"noPermission"`, `"notADirectory"`, `"unsafe"`, `"device"`, `"unreachable"` or `"other"`.
    """
    index: int | None = None
    """The index of the item of `all` that the error is about, from 0."""
    results: list[ItemReport]
    """The status of the other items when `all` stopped: what finished and what still runs."""
    # surface: end
    item: Any = None
    """That item."""

    def __init__(self, message: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.kind = type(self).__name__.removesuffix("Error")
        self.details = []
        self.results = []
        self.valid = []
        self.__dict__.update(fields)


class ConfigError(JulesError, ValueError):
    """A bad option, id or argument: nothing was asked of the server."""


class MissingApiKeyError(ConfigError):
    """No API key was given and `JULES_API_KEY` is not set."""


class NetworkError(JulesError):
    """The server could not be reached, or the connection broke, for longer than the retries last."""


class TimeoutError(JulesError, builtins.TimeoutError):
    """A time limit was reached: of a request, of a call's `timeout=` or `stall_timeout=`, or of the retries."""


class DecodeError(JulesError):
    """The server's answer could not be read."""


class ApiError(JulesError):
    """The server answered with an error."""


class AuthenticationError(ApiError):
    """The key is wrong or may not do this (401, 403)."""


class NotFoundError(ApiError):
    """There is no such thing (404)."""


class RateLimitError(ApiError):
    """Too many requests or sessions (429); `retry_after` says how long to wait, where the server does.

    Of a create that the plan refused, `limit`, `used`, `allowed` and `next_at` tell more.
    """


class InvalidRequestError(ApiError):
    """The server refused the request (400); `details` name the fields."""


class PreconditionError(ApiError):
    """Things are not in a state where this can be done.

    Of a create it means that the plan is full: `limit`, `used`, `allowed` and `next_at` tell more.
    """


class ServerError(ApiError):
    """The server failed (5xx), or sent us elsewhere (3xx)."""


class SourceNotFoundError(JulesError):
    """There is no such source, or Jules has no access to it."""


class UnexpectedStateError(JulesError):
    """The session ended in another state than the one waited for; `info` tells which."""


class SessionEndedError(JulesError):
    """There is nothing more to wait for: the session ended, was stopped or deleted; `reason` tells which.

    `info` is the session as it was seen; `outcome` tells how it ended, where it did.
    """


class SessionFailedError(SessionEndedError):
    """The session did not complete, said by `outcome.raise_for_state()`; `outcome` is that outcome."""


class ClosedError(JulesError):
    """The client was closed, before the call or while it waited."""


class StoreError(JulesError):
    """The local cache, or a file, could not be read or written; `fault` says what happened to the cache."""


class PatchError(JulesError):
    """A patch does not apply; `file` and `hunk` say where, if that is known. Nothing was changed."""


class QueryError(JulesError):
    """A query is malformed; `field`, `operator`, `valid` and `suggestion` say what is wrong and what would be right."""


def build(*, kind: str, message: str, cause: str | None = None, **fields: Any) -> JulesError:
    """The exception for core's error of this kind."""
    error_class = globals().get(f"{kind}Error", JulesError)
    error: JulesError = error_class(message, **fields)
    error.kind = kind
    if cause is not None:
        error.__cause__ = OSError(cause) if kind in ("Network", "Timeout", "Store") else Exception(cause)
    return error


def failed(outcome: Outcome, message: str) -> SessionFailedError:
    """What `raise_for_state()` raises for this outcome, with core's text."""
    error = SessionFailedError(
        message,
        session_id=outcome.session_id,
        reason="ended",
        outcome=outcome,
    )
    error.kind = "SessionEnded"
    return error


for _name in __all__:
    globals()[_name].__module__ = "jules"
