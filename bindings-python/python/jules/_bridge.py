"""Between the native module and the two forms of the package: how a call is awaited, and what both forms share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, Union

from ._native import (
    AgentMessaged,
    Client,
    GitHub,
    PlanApproved,
    PlanGenerated,
    ProgressUpdated,
    Retry,
    SessionCompleted,
    SessionFailed,
    UnknownActivity,
    UserMessaged,
)
from ._words import SessionState, StateWord, TaskState, TaskStateWord

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable

    from typing_extensions import Self

    from ._native import Metrics, RequestInfo

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# surface: activities
AnyActivity = Union[
    AgentMessaged,
    UserMessaged,
    PlanGenerated,
    PlanApproved,
    ProgressUpdated,
    SessionCompleted,
    SessionFailed,
    UnknownActivity,
]
# surface: end
"""An activity: one of these and nothing else, so that a type checker sees whether a `match` has a case for each."""

SourceLike = Union[str, GitHub, Mapping[str, Any]]
"""`"owner/repo"`, `"owner/repo@branch"`, `jules.GitHub(…)`, or `{"github": "owner/repo", "branch": "main"}`."""


State = Union[SessionState, StateWord]
"""A session's state, as a member of the enum or as a word."""

TaskStateLike = Union[TaskState, TaskStateWord]
"""A task's state, likewise."""


class Call(Protocol[T_co]):
    """A native call that is described but not yet made."""

    def start(self) -> Awaitable[T_co]: ...
    def wait(self) -> T_co: ...
    def cancel(self) -> None: ...


async def finish(call: Call[T]) -> T:
    """Makes the call. Whatever ends the waiting early (cancellation, a closed loop) drops the work behind it."""
    future = call.start()
    try:
        return await future
    finally:
        call.cancel()


def words(given: str | Iterable[str] | None) -> list[str]:
    """One word, several, or none."""
    if given is None:
        return []
    return [given] if isinstance(given, str) else [str(word) for word in given]


def states(given: Sequence[str | Iterable[str]]) -> list[str]:
    """States as separate arguments, or as lists of them."""
    return [word for one in given for word in words(one)]


def keywords(arguments: Mapping[str, Any], *others: str) -> dict[str, Any]:
    """The options of a call among its arguments, which are `locals()`: all but these others."""
    return {name: value for name, value in arguments.items() if name not in ("self", *others)}


def session_config(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a new session among a call's arguments; a `TypeError` unless there is a prompt or an id."""
    config, id = keywords(arguments, "id", "timeout"), arguments.get("id")
    if id is None and config["prompt"] is None:
        raise TypeError("session() needs prompt= for a new session, or the id of one that exists")
    if id is not None and any(value is not None for value in config.values()):
        raise TypeError("session() takes the id of a session that exists or the keywords of a new one, not both")
    return config


class BaseClient:
    """What both forms of the client have in common: how they are made."""

    __slots__ = ("__weakref__", "_native")
    _native: Client

    def __init__(
        self,
        *,
        # surface: keywords ClientOptions
        api_key: str | None = None,
        base_url: str | None = None,
        polling_interval: float | None = None,
        request_timeout: float | None = None,
        connect_timeout: float | None = None,
        retry: Retry | Mapping[str, float | None] | None = None,
        max_concurrent_requests: int | None = None,
        cache: bool | str | os.PathLike[str] | None = None,
        cache_limit: int | None = None,
        account: str | None = None,
        slots: int | None = None,
        per_day: int | None = None,
        activity_budget: bool | int | None = None,
        allow_insecure_http: bool | None = None,
        user_agent: str | None = None,
        ca: str | os.PathLike[str] | None = None,
        proxy: str | None = None,
        headers: Mapping[str, str] | None = None,
        # surface: end
    ) -> None:
        """Makes a client. Nothing is asked of the server yet. Times are seconds.

        Args:
            api_key: The API key. Default: the environment variable `JULES_API_KEY`.
            base_url: The service with its version. Default: `JULES_BASE_URL`, else
                `https://jules.googleapis.com/v1alpha`; `/v1alpha` is added to a URL without a path.
            polling_interval: A fixed time between two polls of a session, in seconds. Default: adaptive.
            request_timeout: How long the server may be silent in an HTTP exchange, before its answer and within it, in
                seconds. The whole exchange may take ten times that. Default: 30.
            connect_timeout: The time limit of connecting, in seconds. Default: 10.
            retry: How failed requests are retried. Default: 300 s in all, 1 s at first, 30 s at most.
            max_concurrent_requests: How many requests may be under way at once. Default: 16.
            cache: Where the cache is kept: `True` for the platform's cache directory or `JULES_CACHE_DIR`, `False` for
                memory only, a directory, or the URL of a PostgreSQL database, `postgres://…`, which clients on several
                machines may share. Default: `True`.
            cache_limit: The maximum size of the cache in bytes; beyond that the sessions that ended first are removed.
                A PostgreSQL database has no limit. Default: 1 GiB.
            account: A name that stands for the key in the cache: several keys of one account, or a key that is
                replaced, then share the cache and the budgets. Default: the key itself.
            slots: How many sessions may hold a slot of the plan at a time, if known: then no create is sent that would
                be refused. Default: learned from refusals.
            per_day: How many sessions may be created within 24 hours, if known. Default: learned from refusals.
            activity_budget: How many calls of `activities.list` all clients of this cache make within a minute: the
                service allows 120 and refuses what is beyond. `True` for 120 (ten at once, then 110 a minute), a
                number, or `False` for no limit. Default: `True`.
            allow_insecure_http: Whether plain `http` is allowed to other machines than this one. Default: no.
            user_agent: What to add to the `User-Agent` header. Default: nothing.
            ca: Certificates of authorities to trust besides the system's: a PEM file, or the PEM text itself. In place
                of the system's stand those of `SSL_CERT_FILE`, `SSL_CERT_DIR`, `REQUESTS_CA_BUNDLE` and
                `CURL_CA_BUNDLE`; a system that has none gets Mozilla's. Default: none.
            proxy: The proxy for requests to the service, `http://HOST:PORT`, optionally with `USER:PASSWORD@`;
                `socks5://` works too. It is never used for this machine itself. Default: `HTTPS_PROXY`, else
                `ALL_PROXY`, but not for hosts in `NO_PROXY`.
            headers: Headers to send with each request. The key's header can't be among them. Default: none.

        Raises:
            MissingApiKeyError: No key is given and none is in the environment.
            ConfigError: An option is not usable.
        """
        self._native = Client(keywords(locals()))

    def with_options(
        self,
        *,
        # surface: keywords ClientOptions
        api_key: str | None = None,
        base_url: str | None = None,
        polling_interval: float | None = None,
        request_timeout: float | None = None,
        connect_timeout: float | None = None,
        retry: Retry | Mapping[str, float | None] | None = None,
        max_concurrent_requests: int | None = None,
        cache: bool | str | os.PathLike[str] | None = None,
        cache_limit: int | None = None,
        account: str | None = None,
        slots: int | None = None,
        per_day: int | None = None,
        activity_budget: bool | int | None = None,
        allow_insecure_http: bool | None = None,
        user_agent: str | None = None,
        ca: str | os.PathLike[str] | None = None,
        proxy: str | None = None,
        headers: Mapping[str, str] | None = None,
        # surface: end
    ) -> Self:
        """A new client with these options changed; what is not given stays as it is in this one.

        ```python
        patient = client.with_options(request_timeout=120)
        ```
        """
        changes = keywords(locals())
        copy = object.__new__(type(self))
        copy._native = self._native.with_options(changes)
        return copy

    def metrics(self) -> Metrics:
        """What this client has counted since it was made: requests, bytes, retries and the like. No request is made."""
        return self._native.metrics()

    def recent_requests(self) -> tuple[RequestInfo, ...]:
        """The latest requests that this client has made, at most 100, the oldest first. No request is made.

        Each has the server's id, `request_id`, to quote in a report, also where it went well.

        ```python
        session = await client.session(prompt="Add a test")
        created = [one for one in client.recent_requests() if one.operation == "sessions.create"]
        print(session.id, created[-1].request_id)
        ```
        """
        return self._native.recent_requests()

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._native!r}"
