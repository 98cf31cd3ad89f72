"""No wait without an end: every call that waits takes `timeout`, or stands here with the reason why it doesn't."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import jules
import pytest

# What waits and takes no time limit.
CLOSES = "it ends what is under way; no request is made"
ITERATES = (
    "ended by cancelling its task or leaving the loop, in the blocking form by Ctrl-C; streams take `stall_timeout`"
)
GIVEN_BEFORE = "its time limit was given when it began"
BESIDE = "it goes on beside a call that has the limit, and ends with that"
WITHOUT = {
    "AsyncJules.__aenter__": "it does nothing",
    "AsyncJules.__aexit__": CLOSES,
    "AsyncJules.aclose": CLOSES,
    "AsyncStream.__aenter__": "it does nothing",
    "AsyncStream.__aexit__": CLOSES,
    "AsyncStream.__anext__": ITERATES,
    "AsyncStream.aclose": CLOSES,
    "AsyncWork.__aenter__": "it does nothing",
    "AsyncWork.__aexit__": CLOSES,
    "AsyncWork.__anext__": ITERATES,
    "AsyncWork.aclose": CLOSES,
    "Jules.close": CLOSES,
    "All.__iter__": ITERATES,
    "Stream.__iter__": ITERATES,
    "Stream.__next__": ITERATES,
    "Work.__iter__": ITERATES,
    "Work.__next__": ITERATES,
    "jules.aclose": CLOSES,
}
NATIVE_WITHOUT = {
    "Batch.asked": BESIDE,
    "Batch.next": GIVEN_BEFORE,
    "Batch.progress": BESIDE,
    "Batch.turn": GIVEN_BEFORE,
    "Client.close": CLOSES,
    "Stream.fill": ITERATES,
    "Sync.next": GIVEN_BEFORE,
    "Work.asked": BESIDE,
    "Work.fill": ITERATES,
    "Work.turn": ITERATES,
}


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """All functions that users can reach: the module's own, and the methods of its classes and of what they give."""
    handles: set[type] = {jules.AsyncJules, jules.Jules}
    for name in jules.__all__:
        value = getattr(jules, name)
        if inspect.isclass(value):
            handles.add(value)
        elif callable(value):
            yield f"jules.{name}", value
    for module in (inspect.getmodule(one) for one in (jules.AsyncStream, jules.Stream)):
        handles |= {one for name, one in vars(module).items() if inspect.isclass(one) and not name.startswith("_")}
    for handle in sorted(handles, key=lambda one: one.__name__):
        for owner in handle.__mro__:
            for name, method in vars(owner).items():
                is_ours = owner.__module__.startswith("jules") and inspect.isfunction(method)
                if is_ours and (not name.startswith("_") or name.startswith("__")):
                    yield f"{handle.__name__}.{name}", method


def waits(function: Callable[..., Any]) -> bool:
    """A coroutine; in the blocking form, what calls `wait()` of a native call."""
    inner = inspect.unwrap(function)
    code: CodeType | None = getattr(inner, "__code__", None)
    return inspect.iscoroutinefunction(inner) or (code is not None and "wait" in code.co_names)


def test_every_call_that_waits_takes_a_time_limit() -> None:
    waiting = {name: function for name, function in functions() if waits(function)}
    assert {"AsyncSession.ask", "Session.ask", "AsyncAll.outcomes", "AsyncQueue.add", "Listing.page"} <= waiting.keys()
    endless = {name for name, function in waiting.items() if "timeout" not in inspect.signature(function).parameters}
    assert endless == WITHOUT.keys()
    # It waits by iterating.
    assert "timeout" in inspect.signature(jules.All.outcomes).parameters


def test_every_native_call_takes_a_time_limit() -> None:
    stub = Path(inspect.getfile(jules)).with_name("_native.pyi").read_text()
    endless = set()
    for block in re.split(r"^class ", stub, flags=re.MULTILINE)[1:]:
        owner = re.match(r"\w+", block)[0]  # type: ignore[index]
        for name, arguments in re.findall(r"def (\w+)\((.*)\) -> Call\[", block):
            if "timeout" not in arguments:
                endless.add(f"{owner}.{name}")
    assert endless == NATIVE_WITHOUT.keys()


def test_a_limit_that_is_none_is_refused() -> None:
    client = jules.Jules(api_key="k", base_url="http://127.0.0.1:9/v1alpha", cache=False)
    batch = client.all(["x"], lambda _: {"prompt": "x"})
    with pytest.raises(jules.ConfigError, match="timeout"):
        batch.outcomes(timeout=-1)
