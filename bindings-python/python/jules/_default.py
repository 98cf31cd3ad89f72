"""The module's own functions: the methods of a client that is made from the environment when first needed."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any

from ._client import AsyncJules

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["all", "cache_info", "metrics", "quota", "run", "select", "session", "sessions", "source", "sources", "sync"]

_client: AsyncJules | None = None


def default_client() -> AsyncJules:
    """The client behind `jules.run` and the like; made from `JULES_API_KEY` when one of them is first called."""
    global _client
    if _client is None:
        _client = AsyncJules()
    return _client


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
    quota = _typed.quota
    metrics = _typed.metrics
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
    quota = _function("quota")
    metrics = _function("metrics")
