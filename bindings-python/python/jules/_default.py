"""The module's own functions: the methods of a client that is made from the environment when needed, or configured."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any

from ._client import AsyncJules

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "aclose",
    "all",
    "cache_info",
    "configure",
    "metrics",
    "queue",
    "quota",
    "recent_requests",
    "run",
    "select",
    "session",
    "sessions",
    "source",
    "sources",
    "sync",
]

_client: AsyncJules | None = None


def default_client() -> AsyncJules:
    """The client behind `jules.run` and the like; made from `JULES_API_KEY` when one of them is first called."""
    global _client
    if _client is None:
        _client = AsyncJules()
    return _client


def configure(client: AsyncJules | None = None, /, **options: Any) -> None:
    """Gives `jules.run` and the like another client: this one, or one with these options; with neither, begins anew.

    Without arguments the environment is read again when one of the functions is next called: in a test that has changed
    it, say. What the previous client had under way continues; end it with `await jules.aclose()`.

    ```python
    jules.configure(api_key=read_secret("jules"), proxy="http://proxy.corp:3128")
    ```

    Args:
        client: A client to use as it is.
        options: As for `AsyncJules`.

    Raises:
        ConfigError: An option is not usable.
    """
    global _client
    if client is not None and options:
        raise TypeError("configure takes a client or options, not both")
    _client = client if client is not None else AsyncJules(**options) if options else None


async def aclose() -> None:
    """Closes the client behind `jules.run` and the like, if there is one; the next call makes a new one."""
    global _client
    client, _client = _client, None
    if client is not None:
        await client.aclose()


def _function(name: str) -> Callable[..., Any]:
    method = getattr(AsyncJules, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(default_client(), name)(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__module__ = "jules"
    call.__doc__ = method.__doc__
    # A bound method, so that `help()` and `inspect.signature()` show the parameters without `self`.
    call.__wrapped__ = MethodType(method, AsyncJules)  # type: ignore[attr-defined]
    return call


if TYPE_CHECKING:
    _typed = AsyncJules()
    all = _typed.all
    run = _typed.run
    select = _typed.select
    session = _typed.session
    sessions = _typed.sessions
    source = _typed.source
    sources = _typed.sources
    sync = _typed.sync
    cache_info = _typed.cache_info
    queue = _typed.queue
    quota = _typed.quota
    metrics = _typed.metrics
    recent_requests = _typed.recent_requests
else:
    all = _function("all")
    run = _function("run")
    select = _function("select")
    session = _function("session")
    sessions = _function("sessions")
    source = _function("source")
    sources = _function("sources")
    sync = _function("sync")
    cache_info = _function("cache_info")
    queue = _function("queue")
    quota = _function("quota")
    metrics = _function("metrics")
    recent_requests = _function("recent_requests")
