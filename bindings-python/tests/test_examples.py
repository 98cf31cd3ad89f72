"""The examples do what they say, as programs and as something to build on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jules
import nbformat
import pytest
from conftest import COMPLETED, Emulator
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "examples/python"


def example(name: str) -> Any:
    spec = spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def variables(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    """The environment of a program that finds the emulator by itself."""
    package = str(Path(jules.__file__).parents[1])
    ours = {"JULES_API_KEY": "any", "JULES_BASE_URL": emulator.url, "JULES_CACHE_DIR": str(tmp_path / "cache")}
    return os.environ | ours | {"PYTHONPATH": package, "PYTHONIOENCODING": "utf-8"}


def program(name: str, *arguments: str, variables: dict[str, str], said: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments]
    return subprocess.run(
        command, env=variables, input=said, capture_output=True, text=True, timeout=60, encoding="utf-8"
    )


class Scripted:
    """A channel with a person in it who says what was written down for her."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.posts: list[str] = []

    async def post(self, text: str) -> None:
        self.posts.append(text)

    async def ask(self, question: str) -> str:
        self.posts.append(question)
        return self.answers.pop(0)


async def test_chat_ops_posts_the_plan_and_goes_on_when_a_person_approves(client: jules.AsyncJules) -> None:
    channel = Scripted("yes")
    outcome = await example("chat_ops").handle("[scenario:approval] it is slow", "octocat/hello-world", channel, client)
    assert outcome.state == "completed"
    assert outcome.pull_request is not None
    assert channel.answers == []
    assert channel.posts[0].startswith("🚨")
    [plan] = [post for post in channel.posts if post.startswith("📋")]
    assert "1. " in plan
    assert channel.posts.index(plan) < channel.posts.index("👍 Approved.")
    assert outcome.pull_request.url in channel.posts[-1]


async def test_chat_ops_hands_on_what_a_person_wants_changed(client: jules.AsyncJules, emulator: Emulator) -> None:
    channel = Scripted("Make it shorter.", "yes")
    session = client.session(emulator.session(state="AWAITING_PLAN_APPROVAL"))
    plan = jules.Plan.from_dict({"id": "p", "steps": [{"id": "s", "title": "Everything", "index": 0}]})
    await example("chat_ops").decide(plan, session, channel)
    texts = [row["message"] for row in await _messages(session)]
    assert texts == ["Make it shorter."]


async def _messages(session: jules.AsyncSession) -> list[dict[str, Any]]:
    await session.info()
    return await session.activities.select(where={"type": "userMessaged"}, select=["message"])


async def test_chat_ops_tells_of_a_failure(client: jules.AsyncJules) -> None:
    outcome = await client.run(prompt="[scenario:failure] x")
    report = example("chat_ops").report(outcome)
    assert report.startswith("❌")
    assert outcome.failure_reason in report


def test_chat_ops_runs_in_a_terminal(variables: dict[str, str]) -> None:
    arguments = ("[scenario:approval] it is slow", "octocat/hello-world")
    done = program("chat_ops", *arguments, variables=variables, said="yes\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "✅" in done.stdout.splitlines()[-1]


async def test_what_an_agent_writes_is_no_command_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;mine\x07\x9b2J"
    patch = f"diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x{evil}\n@@ -0,0 +1 @@\n+x\n"
    artifacts = [
        {"type": "bashOutput", "command": evil, "output": evil, "exitCode": 1},
        {"type": "media", "data": "", "format": evil},
        {"type": "changeSet", "gitPatch": {"unidiffPatch": patch}},
    ]
    demo = example("demo")
    events: list[dict[str, object]] = [
        {"type": "agentMessaged", "message": evil},
        {"type": "planGenerated", "plan": {"id": "p", "steps": [{"id": "s", "title": evil, "index": 0}]}},
        {"type": "sessionFailed", "reason": evil},
    ]
    common = {"id": "1", "name": "sessions/1/activities/1", "originator": "agent", "artifacts": artifacts}
    for event in events:
        activity = jules.Activity.from_dict(common | event)
        demo.show(demo.headline(activity), *demo.details(activity))
    await example("chat_ops").Terminal().post(evil)
    outcome = jules.Outcome.from_dict({"sessionId": "1", "state": "failed", "failureReason": evil})
    shown = capsys.readouterr().out + example("fleet").report(SimpleNamespace(outcome=outcome))
    assert shown.count("]0;mine") > 10
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown) == []


def test_ci_leaves_a_summary_and_the_pull_request(variables: dict[str, str], tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    done = program("ci", "octocat/hello-world", "main", "[scenario:happy] x", variables=variables | files)
    assert (done.returncode, done.stderr) == (0, "")
    url = done.stdout.removeprefix("✔ ").strip()
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == f"pull-request={url}\n"
    assert (tmp_path / "GITHUB_STEP_SUMMARY").read_text().startswith("# ")


@pytest.mark.parametrize(
    ("repository", "prompt", "why"),
    [("octocat/hello-world", "[scenario:failure] x", "failed"), ("octocat/no-such-thing", "x", "no-such-thing")],
)
def test_ci_fails_with_the_session(variables: dict[str, str], repository: str, prompt: str, why: str) -> None:
    done = program("ci", repository, "main", prompt, variables=variables)
    assert done.returncode == 1
    assert done.stderr.startswith("✘")
    assert why in done.stderr


def test_batch_gives_a_line_for_each_prompt(variables: dict[str, str], tmp_path: Path) -> None:
    prompts = ["[scenario:quick] one", "[scenario:failure] two", "[scenario:nonsense] three", "[scenario:happy] four"]
    file = tmp_path / "prompts.txt"
    file.write_text("\n".join(prompts) + "\n\n")
    done = program("batch", "octocat/hello-world", str(file), variables=variables)
    assert (done.returncode, done.stderr) == (2, "")
    lines = {line["prompt"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert [lines[prompt]["good"] for prompt in prompts] == [True, False, False, True]
    assert "nonsense" in lines[prompts[2]]["error"]
    assert lines[prompts[3]]["pullRequest"].startswith("https://")


def test_a_fleet_works_off_its_prompts_once(variables: dict[str, str], tmp_path: Path, emulator: Emulator) -> None:
    prompts = ["[scenario:quick] one", "[scenario:failure] two", "[scenario:happy] three", "[scenario:approval] four"]
    file = tmp_path / "prompts.txt"
    file.write_text("\n".join(prompts) + "\n\n")
    done = program("fleet", "octocat/hello-world", str(file), variables=variables)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "4 tasks are new, 0 were known"
    assert "done 3  failed 1" in lines[-5]
    assert sum("https://" in line for line in lines[-4:]) == 3
    again = program("fleet", "octocat/hello-world", str(file), variables=variables)
    assert again.stdout.splitlines()[0] == "0 tasks are new, 4 were known"
    assert sum(request["method"] == "POST" for request in emulator.requests("sessions")) == 4


def test_a_fleet_goes_on_when_a_worker_is_killed(variables: dict[str, str], tmp_path: Path, emulator: Emulator) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("one [scenario:silent]\ntwo [scenario:silent]\n")
    command = [sys.executable, str(EXAMPLES / "fleet.py"), "octocat/hello-world", str(file), "--workers", "2"]
    fleet = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True)
    with jules.Jules(api_key="any", base_url=emulator.url, cache=variables["JULES_CACHE_DIR"]) as client:
        queue = client.queue("fleet")
        emulator.until(lambda: queue.status().working == 2, "both are at work", 30)
        [first, second] = queue.tasks()
        assert first.worker is not None
        os.kill(int(first.worker.split("-")[0]), signal.SIGKILL)
        emulator.until(lambda: queue.task(first.key).worker != first.worker, "another follows", 30)
        for task in (first, second):
            assert task.session_id is not None
            emulator.append(task.session_id, COMPLETED, state="COMPLETED")
    output, _ = fleet.communicate(timeout=60)
    assert fleet.returncode == 0
    assert "done 2" in output
    assert sum(request["method"] == "POST" for request in emulator.requests("sessions")) == 2


@pytest.mark.parametrize("machines", [1, 2])
def test_the_guides_ten_lines_are_a_fleet(variables: dict[str, str], tmp_path: Path, machines: int) -> None:
    code = guide("python", "import asyncio")
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=variables | {"FLEET": str(tmp_path / "fleet")}, stdout=subprocess.PIPE
        )
        for _ in range(machines)
    ]
    lines = [line for one in started for line in one.communicate(timeout=60)[0].decode().splitlines()]
    assert sorted(lines) == ["a.py completed", "b.py completed"]
    assert [one.returncode for one in started] == [0] * machines


def guide(fence: str, begins: str) -> str:
    """The guide's block of code that begins so, or has a line that does."""
    page = (EXAMPLES.parents[1] / "docs/many-machines.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in page.split(f"```{fence}\n")[1:]]
    [block] = [block for block in blocks if any(line.strip().startswith(begins) for line in block.splitlines())]
    return block


def test_the_guides_job_of_an_action_finds_its_session_when_it_is_run_again(
    variables: dict[str, str], tmp_path: Path, emulator: Emulator
) -> None:
    job = guide("yaml", "python - <<'PROGRAM'")
    code = textwrap.dedent(job.split("<<'PROGRAM'\n")[1].split(" PROGRAM\n")[0])
    github = {"GITHUB_REPOSITORY": "octocat/hello-world", "GITHUB_RUN_ID": "7", "FLEET": str(tmp_path / "fleet")}

    def run(package: str) -> str:
        env = variables | github | {"PACKAGE": package}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    first, other, again = run("serde"), run("tokio"), run("serde")
    assert first == again != other
    assert "https://github.com/octocat/hello-world/pull/" in first
    assert sum(request["method"] == "POST" for request in emulator.requests("sessions")) == 2


async def test_the_guides_activity_for_temporal_follows_the_session_of_the_attempt_before(
    client: jules.AsyncJules, emulator: Emulator
) -> None:
    """With a stand-in for Temporal: what it calls there are these three."""
    beats: list[str] = []

    def beat(session_id: str) -> None:
        beats.append(session_id)
        if len(beats) == 2:
            raise TimeoutError("the worker is gone")

    stand_in = SimpleNamespace(
        defn=lambda function: function, info=lambda: SimpleNamespace(workflow_id="issue-7"), heartbeat=beat
    )
    names: dict[str, Any] = {"activity": stand_in, "client": client}
    exec(guide("python", "@activity.defn"), names)
    with pytest.raises(TimeoutError):
        await names["fix"](7)
    url = await names["fix"](7)
    assert url.startswith("https://github.com/octocat/hello-world/pull/")
    assert len(set(beats)) == 1
    assert sum(request["method"] == "POST" for request in emulator.requests("sessions")) == 1


def test_the_notebook_runs_and_shows_itself(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(EXAMPLES / "notebook.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    assert all(not cell.get("outputs") for cell in notebook.cells), "it is kept without outputs"
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", ()) if "data" in output]
    html = "".join(data.get("text/html", "") for data in shown)
    for part in ("Plan", "Reproducing", "lines of patch", "Timeline", "rgba(46,160,67,.15)"):
        assert part in html, part
    assert [list(data) for data in shown if "image/png" in data] == [["text/plain", "image/png"]]
    if place := os.environ.get("JULES_NOTEBOOK_OUT"):
        nbformat.write(notebook, place)  # type: ignore[no-untyped-call]


def test_the_demo_is_led_to_its_end(variables: dict[str, str]) -> None:
    done = program("demo", variables=variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("✔ completed")
