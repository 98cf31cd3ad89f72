"""Values survive: as plain data, pickled, and copied."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import jules
import pytest
from conftest import Emulator
from test_values import ACTIVITIES


@pytest.fixture
async def values(client: jules.AsyncJules, emulator: Emulator) -> list[Any]:
    """One of each class that has data of the server's in it."""
    session = client.session(emulator.session(state="COMPLETED"))
    emulator.append(session.id, *ACTIVITIES)
    info = await session.info()
    outcome = await client.run(prompt="[scenario:happy] x", source="octocat/hello-world")
    repoless = await client.run(prompt="[scenario:repoless] x")
    change_set = repoless.change_set()
    assert change_set is not None
    made = [info, outcome, repoless, outcome.pull_request, change_set, change_set.git_patch, info.plan]
    found = [*info.activities, *info.activities[4].artifacts, *outcome.outputs, *repoless.outputs]
    source = await client.source(github="octocat/hello-world")
    contexts = [(await client.session(outcome.session_id).info()).source_context]
    rest: list[Any] = [
        source,
        source.github_repo,
        *contexts,
        client.metrics(),
        *client.recent_requests(),
        await client.cache_info(),
    ]
    snapshot = await client.session(repoless.session_id).snapshot()
    parsed, files = change_set.parsed(), repoless.generated_files()
    rest += [snapshot, snapshot.insights, *snapshot.timeline, parsed, parsed.summary, *parsed.files, files, *files]
    rest += [await client.sync(), await client.session(repoless.session_id).cache_info()]
    assert None not in made + rest
    assert info.plan is not None
    return [*made, *found, *info.plan.steps, *rest]


async def test_from_dict_reads_what_to_dict_gives(values: list[Any]) -> None:
    for value in values:
        plain = json.loads(json.dumps(value.to_dict()))
        read = type(value).from_dict(plain)
        assert type(read) is type(value)
        assert read == value
        assert hash(read) == hash(value)
        assert read.to_dict() == value.to_dict()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
async def test_values_survive_pickling(values: list[Any], protocol: int) -> None:
    for value in values:
        read = pickle.loads(pickle.dumps(value, protocol))
        assert type(read) is type(value)
        assert read == value


async def test_a_pickled_outcome_keeps_changes_that_only_its_activities_had(
    client: jules.AsyncJules, emulator: Emulator
) -> None:
    session = client.session(emulator.session(state="COMPLETED"))
    emulator.append(session.id, *ACTIVITIES)
    info = await session.info()
    for outcome in (info.outcome, pickle.loads(pickle.dumps(info)).outcome, copy.deepcopy(info.outcome)):
        assert outcome is not None
        assert outcome.outputs == ()
        kept = pickle.loads(pickle.dumps(outcome)).change_set()
        assert kept is not None
        assert [file.path for file in kept.parsed().files] == ["new.txt", "old.txt"]


async def test_a_pickled_snapshot_keeps_its_changes(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="COMPLETED"))
    emulator.append(session.id, *ACTIVITIES)
    snapshot = await session.snapshot()
    kept = pickle.loads(pickle.dumps(snapshot)).change_set()
    assert kept is not None
    assert kept == snapshot.change_set()


async def test_a_copy_is_the_value_itself(values: list[Any]) -> None:
    for value in values:
        assert copy.copy(value) == value == copy.deepcopy(value)
        if not isinstance(value, jules.GeneratedFiles):
            assert copy.deepcopy([value])[0] is value


@pytest.mark.parametrize("option", [jules.GitHub("o/r", branch="main"), jules.GitHub("o/r"), jules.Retry(max_delay=3)])
def test_options_survive_too(option: Any) -> None:
    assert pickle.loads(pickle.dumps(option)) == option == copy.deepcopy(option)


def test_what_all_gives_is_a_value_too() -> None:
    done = jules.Finished(1, "item", jules.Outcome.from_dict({"sessionId": "1", "state": "completed"}), None)
    assert pickle.loads(pickle.dumps(done)) == done == copy.copy(done)
    assert len({done, copy.deepcopy(done)}) == 1
    assert done != jules.Finished(2, "item", None, None)
    assert repr(done).startswith("Finished(index=1, item='item', outcome=Outcome(")
    match done:
        case jules.Finished(index, item, outcome, error):
            assert (index, item, outcome, error) == (done.index, done.item, done.outcome, done.error)
    changes: list[Any] = [lambda: setattr(done, "index", 3), lambda: delattr(done, "index")]
    for change in changes:
        with pytest.raises(AttributeError):
            change()


def test_github_matches_by_place() -> None:
    match jules.GitHub("o/r", branch="main"):
        case jules.GitHub(repo, branch):
            assert (repo, branch) == ("o/r", "main")


def test_errors_carry_their_values_along() -> None:
    outcome = jules.Outcome.from_dict({"sessionId": "1", "state": "failed"})
    error = pickle.loads(pickle.dumps(jules.SessionEndedError("over", outcome=outcome)))
    assert error.outcome == outcome
    assert error.outcome.state is jules.SessionState.FAILED


@pytest.mark.parametrize(
    ("read", "data", "named"),
    [
        (jules.Outcome.from_dict, {}, "Outcome"),
        (jules.Activity.from_dict, {"name": "n", "id": "1", "type": "agentMessaged"}, "message"),
        (jules.Activity.from_dict, {"name": "n", "id": "1", "type": "dreamt"}, "type"),
        (jules.SessionInfo.from_dict, {"id": 3}, "SessionInfo"),
        (jules.Artifact.from_dict, {"type": "hologram"}, "hologram"),
    ],
)
def test_a_dict_of_another_shape_is_refused(read: Any, data: dict[str, Any], named: str) -> None:
    with pytest.raises(jules.ConfigError, match=named):
        read(data)
