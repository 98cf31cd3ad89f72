"""Errors: one class a kind, fields instead of text to parse, and a message that helps."""

from __future__ import annotations

import asyncio
import builtins
import pickle
import time
from collections.abc import Callable
from typing import Any

import jules
import pytest
from conftest import Emulator

ALL = [name for name in jules.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("name", ALL)
def test_every_error_has_the_one_base(name: str) -> None:
    error = getattr(jules, name)
    assert issubclass(error, jules.JulesError)
    assert issubclass(error, Exception)
    assert error.__module__ == "jules"
    assert error.__doc__


@pytest.mark.parametrize(
    "name", ["Authentication", "NotFound", "RateLimit", "InvalidRequest", "Precondition", "Server"]
)
def test_what_the_server_says_is_an_api_error(name: str) -> None:
    assert issubclass(getattr(jules, f"{name}Error"), jules.ApiError)


def test_builtin_bases_hold() -> None:
    assert issubclass(jules.TimeoutError, builtins.TimeoutError)
    assert issubclass(jules.ConfigError, ValueError)
    assert issubclass(jules.MissingApiKeyError, jules.ConfigError)


def test_an_error_survives_pickling() -> None:
    error = jules.RateLimitError("slow down", status=429, retry_after=2.0, retryable=True)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is jules.RateLimitError
    assert (str(copy), copy.status, copy.retry_after, copy.retryable) == ("slow down", 429, 2.0, True)


def test_a_missing_key_is_told_at_once() -> None:
    with pytest.raises(jules.MissingApiKeyError, match="JULES_API_KEY") as caught:
        jules.AsyncJules()
    assert caught.value.kind == "MissingApiKey"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("base_url", "nonsense"),
        ("base_url", "http://example.com"),
        ("request_timeout", 0),
        ("request_timeout", -1.0),
        ("request_timeout", float("nan")),
        ("connect_timeout", float("inf")),
        ("max_concurrent_requests", 0),
        ("max_concurrent_requests", -1),
        ("api_key", ""),
        ("api_key", "two words"),
        ("user_agent", "line\nbreak"),
        ("retry", {"max_elapsed": -1}),
        ("account", " "),
        ("slots", 0),
        ("slots", -1),
        ("per_day", 0),
        ("activity_budget", 0),
        ("activity_budget", 1 << 32),
    ],
)
def test_a_bad_option_is_a_config_error_at_once(option: str, value: Any) -> None:
    with pytest.raises(jules.ConfigError) as caught:
        jules.AsyncJules(**({"api_key": "k"} | {option: value}))
    assert caught.value.status is None
    assert "two words" not in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda client: client.run(prompt="x", nonsense=1),
        lambda client: client.session(prompt="x", nonsense=1),
        lambda client: client.session("1", prompt="x"),
        lambda client: client.session(),
        lambda client: client.run(),
        lambda client: client.with_options(nonsense=1),
        lambda client: client.with_options(retry={"nonsense": 1}),
        lambda client: client.with_options(cache=3),
        lambda client: client.with_options(activity_budget="much"),
        lambda client: client.run(prompt="x", wait_for_slot="long"),
        lambda client: client.run(prompt="x", retry_failed=1.5),
        lambda client: client.run(prompt="x", source={"github": "a/b", "nonsense": 1}),
        lambda client: client.run(prompt="x", source=3),
        lambda client: client.session("1").stream(nonsense=1),
    ],
)
async def test_a_keyword_that_does_not_exist_is_a_type_error(client: jules.AsyncJules, make: Any) -> None:
    with pytest.raises(TypeError):
        make(client)


@pytest.mark.parametrize("id", ["../../etc", "", "a b", "sessions/", "x" * 129])
async def test_an_id_that_is_not_one_is_refused_at_once(client: jules.AsyncJules, id: str) -> None:
    with pytest.raises(jules.ConfigError):
        client.session(id)


async def test_a_state_that_does_not_exist_is_refused(client: jules.AsyncJules) -> None:
    with pytest.raises(jules.ConfigError, match="awaitingPlanApproval"):
        await client.session("1").wait_for("sleeping")  # type: ignore[arg-type]


async def test_a_wrong_key_is_told_at_once(client: jules.AsyncJules, emulator: Emulator) -> None:
    stranger = client.with_options(api_key="wrong-key")
    with pytest.raises(jules.AuthenticationError) as caught:
        await stranger.session(prompt="x")
    error = caught.value
    assert (error.kind, error.status, error.code, error.retryable) == ("Authentication", 400, "INVALID_ARGUMENT", False)
    assert error.method == "POST"
    assert error.url is not None
    assert error.url.startswith(emulator.url)
    assert error.attempts == 1
    assert error.details
    assert "wrong-key" not in str(error) + repr(error.__dict__)


async def test_a_wrong_base_url_is_told_with_its_cause(options: dict[str, Any]) -> None:
    options |= {"base_url": "http://127.0.0.1:9", "retry": {"max_elapsed": 0.1, "base_delay": 0.01}}
    async with jules.AsyncJules(**options) as client:
        with pytest.raises(jules.NetworkError, match=r"127\.0\.0\.1:9") as caught:
            await client.session("1").info()
    assert not caught.value.retryable  # Its own retries are spent.
    assert isinstance(caught.value.__cause__, OSError)


async def test_an_unknown_repository_is_told_at_once(client: jules.AsyncJules) -> None:
    with pytest.raises(jules.SourceNotFoundError, match="octocat/nowhere") as caught:
        await client.run(prompt="x", source="octocat/nowhere")
    assert caught.value.kind == "SourceNotFound"
    with pytest.raises(jules.SourceNotFoundError):
        await client.source(github="octocat/nowhere")


async def test_a_session_that_is_not_there(client: jules.AsyncJules) -> None:
    with pytest.raises(jules.NotFoundError) as caught:
        await client.session("404404").info()
    assert (caught.value.status, caught.value.code) == (404, "NOT_FOUND")


async def test_a_full_house_says_when_to_come_again(client: jules.AsyncJules, emulator: Emulator) -> None:
    emulator.fault(kind="status", status=429, retryAfter=7, on="sessions.list")
    with pytest.raises(jules.RateLimitError) as caught:
        await client.with_options(retry=jules.Retry(max_elapsed=0.05)).sessions().page()
    assert caught.value.retry_after == 7.0
    assert caught.value.retryable


async def test_a_server_that_fails_is_a_server_error(client: jules.AsyncJules, emulator: Emulator) -> None:
    emulator.fault(kind="status", status=503, on="sessions.list")
    with pytest.raises(jules.ServerError) as caught:
        await client.with_options(retry={"max_elapsed": 0.2}).sessions().page()
    assert caught.value.attempts is not None
    assert caught.value.attempts > 1


async def test_a_timeout_is_also_the_builtin_one(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    begin = time.monotonic()
    with pytest.raises(builtins.TimeoutError) as caught:
        await session.result(timeout=0.1)
    assert isinstance(caught.value, jules.TimeoutError)
    assert time.monotonic() - begin < 2


async def test_a_negative_timeout_is_a_config_error(client: jules.AsyncJules) -> None:
    with pytest.raises(jules.ConfigError, match="timeout"):
        await client.session("1").result(timeout=-1)


async def test_another_end_than_the_one_waited_for_carries_the_info(
    client: jules.AsyncJules, emulator: Emulator
) -> None:
    session = client.session(emulator.session(state="COMPLETED"))
    with pytest.raises(jules.UnexpectedStateError) as caught:
        await session.wait_for("failed", timeout=5)
    assert caught.value.info is not None
    assert caught.value.info.state is jules.SessionState.COMPLETED


async def test_a_session_that_ends_before_it_answers_carries_the_outcome(
    client: jules.AsyncJules, emulator: Emulator
) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    asked = asyncio.create_task(session.ask("Are you there?", timeout=20))
    sent = lambda: bool(emulator.requests(f"{session.id}:sendMessage"))  # noqa: E731
    await asyncio.to_thread(emulator.until, sent, "the message")
    emulator.append(session.id, {"sessionFailed": {"reason": "no"}}, state="FAILED")
    with pytest.raises(jules.SessionEndedError) as caught:
        await asked
    assert caught.value.outcome is not None
    assert caught.value.outcome.failure_reason == "no"


async def test_an_error_in_a_stream_comes_after_the_items_before_it(
    client: jules.AsyncJules, emulator: Emulator
) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    emulator.append(session.id, {"originator": "agent", "agentMessaged": {"agentMessage": "one"}})
    seen = [activity.id async for activity in session.history()]
    emulator.fault(kind="status", status=403, on="activities.list")
    again = []
    with pytest.raises(jules.AuthenticationError):  # noqa: PT012 - the loop is what raises
        async for activity in session.history():
            again.append(activity.id)
    assert again == seen


async def test_calls_of_a_closed_client_are_errors_in_a_task_group_too(
    client: jules.AsyncJules, emulator: Emulator
) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    waiting = asyncio.create_task(session.result())
    await asyncio.to_thread(emulator.until, lambda: len(emulator.requests(session.id)) > 0, "the first look")
    await client.aclose()
    await client.aclose()
    with pytest.raises(jules.ClosedError):
        await waiting
    with pytest.raises(jules.ClosedError, match="closed") as caught:
        await session.info()
    assert caught.value.kind == "Closed"

    async def wait() -> None:
        await client.run(prompt="x")

    # From Python 3.11 on; a cancellation would end the group without a word.
    if task_group := getattr(asyncio, "TaskGroup", None):
        errors: set[type] = set()
        try:
            async with task_group() as together:
                for _ in range(3):
                    together.create_task(wait())
        except Exception as group:
            errors = {type(error) for error in getattr(group, "exceptions", ())}
        assert errors == {jules.ClosedError}


@pytest.mark.parametrize(
    "read",
    [
        lambda client, session, queue: client.select(from_="sessions"),
        lambda client, session, queue: client.cache_info(),
        lambda client, session, queue: client.quota(),
        lambda client, session, queue: session.info(cached=True),
        lambda client, session, queue: session.snapshot(cached=True),
        lambda client, session, queue: session.cache_info(),
        lambda client, session, queue: session.activities.select(),
        lambda client, session, queue: anext(session.history(offline=True)),
        lambda client, session, queue: anext(session.stream()),
        lambda client, session, queue: queue.status(),
        lambda client, session, queue: queue.task("a"),
        lambda client, session, queue: queue.pause(),
        lambda client, session, queue: queue.add(key="b", prompt="x"),
        lambda client, session, queue: anext(queue.tasks()),
        lambda client, session, queue: anext(queue.results()),
    ],
)
async def test_a_closed_client_reads_its_cache_no_more(
    client: jules.AsyncJules, emulator: Emulator, read: Callable[..., Any]
) -> None:
    session, queue = client.session(emulator.session(state="COMPLETED")), client.queue("q")
    await session.info()
    await queue.add(key="a", prompt="x")
    await client.aclose()
    with pytest.raises(jules.ClosedError):
        await asyncio.wait_for(read(client, session, queue), 10)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: jules.Jules(api_key="k", base_url="http://example.com"), r"set allow_insecure_http=True\."),
        (lambda: jules.Jules(api_key="k", max_concurrent_requests=0), "max_concurrent_requests must be at least 1"),
        (lambda: jules.Jules(api_key="k", activity_budget=0), "Turn the budget off with activity_budget=False"),
        (lambda: jules.Jules(api_key="k").run(prompt="x", stall_timeout=0), "stall_timeout must be longer than zero"),
        (lambda: jules.Jules(api_key="k").queue("q").add(key="a", prompt="x", max_attempts=0), "max_attempts must be"),
    ],
)
def test_an_option_is_named_as_python_writes_it(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(jules.ConfigError, match=said):
        make()


async def test_an_outcome_is_an_exception_for_whoever_wants_one(client: jules.AsyncJules) -> None:
    failed = await client.run(prompt="[scenario:failure] x")
    with pytest.raises(jules.SessionFailedError) as caught:
        failed.raise_for_state()
    assert isinstance(caught.value, jules.SessionEndedError)
    assert caught.value.outcome == failed
    assert failed.failure_reason is not None
    assert failed.failure_reason in str(caught.value)
    completed = await client.run(prompt="[scenario:quick] x")
    assert completed.raise_for_state() is completed


async def test_the_errors_of_all_survive_pickling(client: jules.AsyncJules) -> None:
    def describe(item: str) -> dict[str, Any]:
        if item == "bad":
            raise ValueError(item)
        return {"prompt": "[scenario:quick] x"}

    with pytest.raises(ValueError, match="bad") as caught:
        await client.all(["good", "bad"], describe)
    reports: list[jules.ItemReport] = caught.value.results  # type: ignore[attr-defined]
    copies = pickle.loads(pickle.dumps(reports))
    assert copies == reports
    assert [(copy.index, copy.status, copy.session_id) for copy in copies] == [
        (report.index, report.status, report.session_id) for report in reports
    ]
    assert copies != []
