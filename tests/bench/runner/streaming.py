"""Design §3, first and second row: one session of 500 activities within a minute, followed to its end."""

import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contestants import OFFICIAL, Contestant
from emulator import Emulator, counted
from report import Row, missing
from sizes import Sizes
from times import nanoseconds
from together import Side, stop, together

BYTES = "body bytes to stream a session, polling each second (target: 1.05 × the activities' own bytes)"
DELAY = "delay until the user has an activity, mean (target: 120 ms at its own pace, with no more requests)"
OWN_PACE = "own pace"
# The emulator's `long`, but for its activities without an event, at which the official SDK's stream ends with an error,
# and for what `jules-rs` can't read: a progress without a description, a plan, whose first step has no index.
SCENARIO = """
name: bench-stream
steps:
  - state: PLANNING
    progress: { title: Planning, description: To work for a long time. }
  - state: IN_PROGRESS
  - repeat:
      times: %d
      steps:
        - after: 120ms
          progress: { title: "Round {{index}}, reading", description: "{{filler:3900}}" }
        - after: 120ms
          progress: { title: "Round {{index}}, testing", description: make test }
          artifacts: [{ bash: { command: "make test", output: "{{filler:3800}}", exitCode: 1 } }]
        - after: 120ms
          message: "Round {{index}}: {{filler:3900}}"
        - after: 120ms
          progress: { title: "Round {{index}}, changing", description: "{{index}}.txt" }
          artifacts:
            - changeSet: { commitMessage: Changed, files: [{ path: "{{index}}.txt", content: "{{filler:3700}}" }] }
        - after: 120ms
          progress: { title: "Round {{index}}, drawing", description: A picture. }
          artifacts: [{ media: { bytes: 2800 } }]
        - after: 120ms
          progress: { title: "Round {{index}}, writing", description: "{{filler:3900}}" }
  - after: 120ms
    completed: true
    outputs: [{ pullRequest: { title: "{{title}}", description: Done. } }]
"""


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Everybody polls each second; ours also at its own pace."""
    each_second = [contestant.variant("each second", interval=1.0) for contestant in who.values()]
    own_pace = [contestant.variant(OWN_PACE) for contestant in who.values() if contestant.ours]

    def prepare(emulator: Emulator) -> dict[str, Any]:
        # Bytes are those of the JSON: made-up logs compress as no real ones do.
        emulator.control("PATCH", "config", {"gzip": False})
        emulator.scenario(SCENARIO % sizes.stream_rounds)
        return {"session": emulator.create("Follow this [scenario:bench-stream]"), "limit": sizes.stream_limit}

    sides = together("stream", [*each_second, *own_pace], binary, caches, prepare)
    facts = {side.contestant.name: _facts(side) for side in sides}
    stop(sides)
    official = facts[f"{OFFICIAL}, each second"]
    return [_bytes(name, one) for name, one in facts.items()] + [
        _delay(name, one, official) for name, one in facts.items()
    ]


def _facts(side: Side) -> dict[str, Any]:
    if "seen" not in side.answer:
        return side.answer
    session = side.emulator.session(side.parameters["session"])
    activities = session["activities"]
    visible = {
        activity["id"]: nanoseconds(time) for activity, time in zip(activities, session["visibleTimes"], strict=True)
    }
    first: dict[str, int] = {}
    for name, time in side.answer["seen"]:
        first.setdefault(name, time)
    delays = sorted((first[name] - visible[name]) / 1e6 for name in first if name in visible)
    own = sum(len(json.dumps(one, separators=(",", ":"), ensure_ascii=False).encode()) for one in activities)
    return {
        **counted(side.journal),
        "ownBytes": own,
        "activities": len(activities),
        "cpu": side.answer["cpu"],
        "most": side.answer["most"],
        "missing": len(visible.keys() - first.keys()),
        "twice": len(side.answer["seen"]) - len(first),
        "delayMean": statistics.fmean(delays),
        "delayP95": delays[int(len(delays) * 0.95)],
    }


def _plain(name: str) -> str:
    return name.removesuffix(", each second")


def _bytes(name: str, facts: dict[str, Any]) -> Row:
    if "bodyBytes" not in facts:
        return missing(BYTES, _plain(name), facts)
    mebibytes, own = facts["bodyBytes"] / 2**20, facts["ownBytes"] / 2**20
    beside = f"{mebibytes / own:.2f} × own bytes, {facts['requests']} requests, {facts['connections']} connections"
    beside += f"; {facts['cpu']:.2f} s of processor, {facts['most'] / 2**20:.0f} MiB at most"
    if facts["missing"] or facts["twice"]:
        beside += f", {facts['missing']} missing, {facts['twice']} twice"
    target = 1.05 * own if name.startswith("ours") else None
    return Row(BYTES, _plain(name), mebibytes, "MiB", beside, target, facts)


def _delay(name: str, facts: dict[str, Any], official: dict[str, Any]) -> Row:
    if "bodyBytes" not in facts:
        return missing(DELAY, _plain(name), facts)
    beside = f"p95 {facts['delayP95']:.0f} ms, {facts['requests']} requests"
    target, condition = None, True
    if name.endswith(OWN_PACE) and "delayMean" in official:
        target = 120
        more = facts["requests"] / official["requests"]
        beside += f" ({more:.2f} × the official SDK's)"
        condition = more <= 1
    return Row(DELAY, _plain(name), facts["delayMean"], "ms", beside, target, facts, condition=condition)
