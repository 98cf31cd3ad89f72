"""The public surface: nothing undocumented, defaults as documented, both forms alike."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import jules
import pytest
from conftest import Emulator

# Aliases of types have no documentation of their own at run time.
PUBLIC = [
    thing for name in jules.__all__ if inspect.isclass(thing := getattr(jules, name)) or inspect.isfunction(thing)
]
TWINS = [
    (jules.AsyncJules, jules.Jules),
    (jules.AsyncSession, jules.Session),
    (jules.AsyncActivities, jules.Activities),
    (jules.AsyncStream, jules.Stream),
    (jules.AsyncListing, jules.Listing),
    (jules.AsyncAll, jules.All),
    (jules.AsyncQueue, jules.Queue),
    (jules.AsyncTask, jules.Task),
    (jules.AsyncWork, jules.Work),
]


def members(owner: type) -> dict[str, Any]:
    return {name: getattr(owner, name) for name in dir(owner) if not name.startswith("_")}


def test_everything_public_has_a_docstring() -> None:
    assert sorted(jules.__all__) == jules.__all__
    missing: list[Any] = [thing for thing in PUBLIC if not inspect.getdoc(thing)]
    for owner in PUBLIC:
        # Data and methods that Python itself brings along (of exceptions, strings, coroutines) aren't ours to document.
        if inspect.isclass(owner) and not issubclass(owner, (Exception, str)):
            missing += [(owner, name) for name, member in members(owner).items() if not inspect.getdoc(member)]
    assert missing == []


def test_everything_public_says_it_lives_in_jules() -> None:
    assert [thing for thing in PUBLIC if not thing.__module__.startswith("jules")] == []


@pytest.mark.parametrize(("asynchronous", "blocking"), TWINS)
def test_the_twins_have_the_same_operations(asynchronous: type, blocking: type) -> None:
    names = {name.replace("aclose", "close") for name in members(asynchronous)}
    # What an asyncio `run` gives at once, `start` gives here.
    names |= {"start"} if asynchronous is jules.AsyncJules else set()
    assert names == set(members(blocking))
    for name in names - {"close", "start"}:
        ours, theirs = members(asynchronous)[name], members(blocking)[name]
        if callable(ours):
            expected = set(inspect.signature(ours).parameters)
            # A blocking run can't be given up from outside, so it takes its time limit itself.
            extra = {"timeout"} if name == "run" else set()
            assert set(inspect.signature(theirs).parameters) == expected | extra, name


@pytest.mark.parametrize(
    "name",
    [
        "all",
        "run",
        "select",
        "session",
        "sessions",
        "source",
        "sources",
        "cache_info",
        "metrics",
        "queue",
        "quota",
        "recent_requests",
    ],
)
def test_the_module_functions_are_the_clients(name: str) -> None:
    function, method = getattr(jules, name), getattr(jules.AsyncJules, name)
    own = list(inspect.signature(method).parameters.values())[1:]
    assert list(inspect.signature(function).parameters.values()) == own
    assert function.__doc__ == method.__doc__


def test_the_documented_defaults_are_what_a_client_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JULES_CACHE_DIR")
    client = jules.AsyncJules(api_key="k", cache=True)
    used = client._native.effective_options()
    assert used == {
        "base_url": "https://jules.googleapis.com/v1alpha",
        "polling_interval": None,
        "request_timeout": 30.0,
        "connect_timeout": 10.0,
        "retry": jules.Retry(max_elapsed=300, base_delay=1, max_delay=30),
        "max_concurrent_requests": 16,
        "cache": True,
        "cache_limit": 1 << 30,
        "account": None,
        "slots": None,
        "per_day": None,
        "activity_budget": True,
        "allow_insecure_http": False,
        "user_agent": None,
        "ca": None,
        "proxy": None,
        "headers": None,
    }
    documentation = inspect.getdoc(jules.AsyncJules.__init__) or ""
    found = re.findall(r"^ {4}(\w+): .*?Default:\s(.*?)\.\n", documentation, re.DOTALL | re.MULTILINE)
    documented = {name: " ".join(text.split()) for name, text in found}
    assert documented["request_timeout"] == "30"
    assert documented["connect_timeout"] == "10"
    assert documented["retry"] == "300 s in all, 1 s at first, 30 s at most"
    assert documented["max_concurrent_requests"] == "16"
    assert documented["cache"] == "`True`"
    assert documented["cache_limit"] == "1 GiB"
    assert documented["account"] == "the key itself"
    assert documented["slots"] == documented["per_day"] == "learned from refusals"
    assert documented["activity_budget"] == "`True`"
    assert documented["allow_insecure_http"] == "no"
    assert documented["polling_interval"] == "adaptive"
    assert set(documented) == set(inspect.signature(jules.AsyncJules).parameters)
    retry = {
        name: inspect.getdoc(getattr(jules.Retry, name)) or "" for name in ("max_elapsed", "base_delay", "max_delay")
    }
    assert {name: text.rsplit("Default: ", 1)[1] for name, text in retry.items()} == {
        "max_elapsed": "300 s.",
        "base_delay": "1 s.",
        "max_delay": "30 s.",
    }


def test_options_come_from_the_environment_and_what_is_given_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JULES_API_KEY", "k")
    monkeypatch.setenv("JULES_BASE_URL", "http://127.0.0.1:1")
    assert jules.Jules()._native.effective_options()["base_url"] == "http://127.0.0.1:1/v1alpha"
    given = jules.Jules(base_url="http://127.0.0.1:2/v2")
    assert given._native.effective_options()["base_url"] == "http://127.0.0.1:2/v2"


def test_with_options_changes_only_what_is_given(tmp_path: Path) -> None:
    first = jules.AsyncJules(api_key="k", request_timeout=5, retry=jules.Retry(max_elapsed=9), cache=False)
    second = first.with_options(retry={"base_delay": 2}, cache=tmp_path, user_agent="x/1")
    assert isinstance(second, jules.AsyncJules)
    used = second._native.effective_options()
    assert used["request_timeout"] == 5.0
    assert used["retry"] == jules.Retry(max_elapsed=9, base_delay=2, max_delay=30)
    assert used["cache"] == tmp_path
    assert used["user_agent"] == "x/1"
    third = second.with_options(account="team", slots=3, per_day=15, activity_budget=60)
    used = third._native.effective_options()
    assert (used["account"], used["slots"], used["per_day"], used["activity_budget"]) == ("team", 3, 15, 60)
    assert third.with_options(activity_budget=False)._native.effective_options()["activity_budget"] is False
    assert first._native.effective_options()["cache"] is False


def test_the_key_is_in_no_repr() -> None:
    client = jules.AsyncJules(api_key="secret-key", base_url="http://127.0.0.1:1")
    assert "secret-key" not in repr(client)
    assert repr(client) == "AsyncJules(base_url='http://127.0.0.1:1/v1alpha')"


def test_all_has_its_documented_defaults() -> None:
    documentation = inspect.getdoc(jules.AsyncJules.all) or ""
    arguments = re.findall(r"^ {4}(\w+): ((?:.|\n {6})*)\.$", documentation, re.MULTILINE)
    documented = {name: text.rpartition("Default: ")[2] for name, text in arguments if "Default: " in text}
    assert documented == {
        "concurrency": "3",
        "stop_on_error": "yes",
        "delay": "none",
        "until": '`"ended"`',
        "on_progress": "no callback",
        "progress": "no",
    }
    parameters = inspect.signature(jules.AsyncJules.all).parameters
    assert {name: parameters[name].default for name in documented} == {
        "concurrency": None,
        "stop_on_error": True,
        "delay": None,
        "until": "ended",
        "on_progress": None,
        "progress": False,
    }


async def test_run_and_session_have_their_documented_defaults(client: jules.AsyncJules, emulator: Emulator) -> None:
    made = await client.session(prompt="x", source="octocat/hello-world")
    shown = emulator.control("GET", f"sessions/{made.id}")
    assert (shown["requirePlanApproval"], shown["automationMode"]) != (False, "AUTO_CREATE_PR")
    assert shown["requirePlanApproval"] is True
    assert shown["automationMode"] in (None, "AUTOMATION_MODE_UNSPECIFIED")
    run = client.run(prompt="x", source="octocat/hello-world")
    shown = emulator.control("GET", f"sessions/{(await run.session()).id}")
    assert shown["requirePlanApproval"] is False
    assert shown["automationMode"] == "AUTO_CREATE_PR"
    defaults = {name: inspect.getdoc(getattr(jules.AsyncJules, name)) or "" for name in ("run", "session")}
    assert "for approval. Default: no." in defaults["run"]
    assert "at the end. Default: yes." in defaults["run"]
    assert "for approval. Default: yes." in defaults["session"]
    assert "at the end. Default: no." in defaults["session"]


def test_streams_have_their_documented_defaults() -> None:
    parameters = inspect.signature(jules.AsyncSession.stream).parameters
    assert {name: parameter.default for name, parameter in parameters.items() if name != "self"} == {
        "follow": False,
        "after": None,
        "types": None,
        "exclude_originator": None,
        "stall_timeout": None,
    }
