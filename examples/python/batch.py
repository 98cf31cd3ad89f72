"""Many sessions, a few at a time: one for each line of a file, with the results as JSON lines.

    python batch.py octocat/hello-world prompts.txt > results.jsonl

On a terminal it shows how far it is (`pip install 'jules-sdk[rich]'`). What can't be run does not stop the others.
Needs `JULES_API_KEY`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jules


def main(repository: str, file: str) -> int:
    """Runs them all; gives the number of those that did not succeed."""
    prompts = [line for line in Path(file).read_text(encoding="utf-8").splitlines() if line.strip()]

    def describe(prompt: str) -> dict[str, object]:
        return {"prompt": prompt, "source": repository}

    bad = 0
    with jules.Jules() as client:
        for done in client.all(prompts, describe, concurrency=5, stop_on_error=False, progress=True):
            good = done.outcome is not None and done.outcome.state == jules.SessionState.COMPLETED
            bad += not good
            print(json.dumps({"prompt": done.item, "good": good} | result(done)), flush=True)
    return bad


def result(done: jules.Finished[str]) -> dict[str, object]:
    """What came of one of them."""
    if done.outcome is None:
        return {"error": str(done.error)}
    made = done.outcome.pull_request
    return {"session": done.outcome.session_id, "pullRequest": made.url if made else None}


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:3]), 100))
