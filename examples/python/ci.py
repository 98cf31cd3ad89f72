"""A step of a CI job: Jules works on what is asked, and the job fails when it does not succeed.

    python ci.py octocat/hello-world main "Update the dependencies and make the tests pass"

Writes the page of the session where GitHub shows it (`GITHUB_STEP_SUMMARY`) and the pull request for later steps
(`GITHUB_OUTPUT`), where those are set. Needs `JULES_API_KEY`.
"""

from __future__ import annotations

import os
import sys

import jules

ONE_HOUR = 3600.0


def main(repository: str, branch: str, prompt: str) -> None:
    """Runs one session; `SystemExit` says why it did not succeed."""
    with jules.Jules() as client:
        try:
            outcome = client.run(prompt=prompt, source=repository, branch=branch, timeout=ONE_HOUR)
            append("GITHUB_STEP_SUMMARY", client.session(outcome.session_id).snapshot().to_markdown())
            outcome.raise_for_state()
        except jules.TimeoutError:
            sys.exit("✘ timed out after an hour; the session keeps running on the server")
        except jules.JulesError as error:
            sys.exit(f"✘ {error}")
    if outcome.pull_request:
        append("GITHUB_OUTPUT", f"pull-request={outcome.pull_request.url}\n")
        print("✔", outcome.pull_request.url)
    else:
        print("✔ done, without a pull request")


def append(variable: str, text: str) -> None:
    """Adds to the file that the variable names, if it is set."""
    if path := os.environ.get(variable):
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:4])
