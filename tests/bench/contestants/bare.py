"""A loop on httpx and nothing else: what polling costs at least. It asks for what is new, and survives nothing."""

import time
from typing import Any

import httpx
from common import answer, ready

HEADERS = {"X-Goog-Api-Key": "bench-key"}


def stream(client: httpx.Client, task: dict[str, Any]) -> dict[str, Any]:
    """Follows one session to its end and notes when each activity came."""
    seen: list[tuple[str, int]] = []
    newest, until = None, time.monotonic() + task["limit"]
    while time.monotonic() < until:
        asked = {"pageSize": 100, "prettyPrint": "false"} | ({"filter": f'create_time>"{newest}"'} if newest else {})
        while True:
            page = client.get(f"/sessions/{task['session']}/activities", params=asked).raise_for_status().json()
            for activity in page.get("activities", []):
                seen.append((activity["id"], time.time_ns()))
                newest = activity["createTime"]
                if "sessionCompleted" in activity:
                    return {"seen": seen}
            if not page.get("nextPageToken"):
                break
            asked["pageToken"] = page["nextPageToken"]
        time.sleep(task["interval"])
    return {"seen": seen}


def watch(client: httpx.Client, task: dict[str, Any]) -> dict[str, Any]:
    """Waits for the ends of many sessions that run already, by light listings of all."""
    waited = set(task["sessions"])
    while True:
        asked = {"pageSize": 100, "prettyPrint": "false", "fields": "sessions(id,state),nextPageToken"}
        while True:
            page = client.get("/sessions", params=asked).raise_for_status().json()
            waited -= {one["id"] for one in page.get("sessions", []) if one["state"] in ("COMPLETED", "FAILED")}
            if not page.get("nextPageToken"):
                break
            asked["pageToken"] = page["nextPageToken"]
        if not waited:
            return {"finished": len(task["sessions"])}
        time.sleep(task["interval"])


if __name__ == "__main__":
    todo = ready()
    works = {"stream": stream, "watch": watch}
    if todo["task"] in works:
        with httpx.Client(base_url=todo["url"], headers=HEADERS) as http:
            answer(works[todo["task"]](http, todo))
    else:
        answer({"unsupported": "it is a loop that polls"})
