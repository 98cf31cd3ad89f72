"""The server of one contestant: an emulator of its own, so that everything it counts is that contestant's."""

import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

KEY = {"X-Goog-Api-Key": "bench-key"}


class Emulator:
    """A running `jules-emulator`; it ends with this process at the latest."""

    def __init__(self, binary: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [binary, "--port", "0", "--seed", "7", "--exit-with-stdin", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        place = json.loads(self._process.stdout.readline())
        self.url: str = place["url"]
        self._control: str = place["control"]
        # The official SDK compares times as texts, which needs the same number of decimals in all of them.
        self.control("PATCH", "config", {"decimals": 6})

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A request beside the API."""
        return _ask(method, self._control + path, body, {})

    def create(self, prompt: str) -> str:
        """Creates a session as any client would; gives its id."""
        context = {"source": "sources/github/octocat/hello-world", "githubRepoContext": {"startingBranch": "main"}}
        return _ask("POST", f"{self.url}/sessions", {"prompt": prompt, "sourceContext": context}, KEY)["id"]

    def scenario(self, text: str) -> None:
        """Adds a scenario, in YAML."""
        _ask("POST", f"{self._control}scenarios", text, {})

    def session(self, name: str) -> dict[str, Any]:
        """All that is known of a session."""
        return self.control("GET", f"sessions/{name}")

    def journal(self) -> list[dict[str, Any]]:
        """The requests to the API so far."""
        journal = self.control("GET", "journal")
        return journal if isinstance(journal, list) else journal["requests"]

    def forget_journal(self) -> None:
        """Counting begins here."""
        self.control("DELETE", "journal")

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.communicate()


def _ask(method: str, url: str, body: Any, headers: dict[str, str]) -> Any:
    data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request) as response:
        text = response.read()
    return json.loads(text) if text else None


def counted(journal: list[dict[str, Any]]) -> dict[str, int]:
    """What the server counted, in short."""
    return {
        "requests": len(journal),
        "bodyBytes": sum((entry["requestBytes"] or 0) + (entry["responseBytes"] or 0) for entry in journal),
        "connections": len({entry["connection"] for entry in journal}),
        "throttled": sum(entry["status"] == 429 for entry in journal),
    }
