"""Measures ours beside the peers and prints how they compare. `.dev/run bench` installs what it needs and starts it."""

import argparse
import datetime
import json
import os
import shutil
import tempfile
from pathlib import Path

import arriving
import batch
import growing_items
import growing_processes
import growing_quota
import growing_sessions
import growing_store
import installing
import replaying
import selecting
import streaming
import watching
from contestants import everybody
from kept import keep, machine
from report import compare, table
from sizes import FULL, SMOKE

WORKS = {
    "stream": streaming,
    "watch": watching,
    "all": batch,
    "replay": replaying,
    "arrive": arriving,
    "select": selecting,
    "install": installing,
    # How it grows.
    "sessions": growing_sessions,
    "store": growing_store,
    "processes": growing_processes,
    "items": growing_items,
    "quota": growing_quota,
}


def main() -> None:
    """Runs the works that are asked for."""
    arguments = _arguments()
    sizes = SMOKE if arguments.smoke else FULL
    who = everybody(arguments.rust, arguments.place, set(arguments.languages.split(",")))
    arguments.place.mkdir(parents=True, exist_ok=True)
    caches = Path(tempfile.mkdtemp(prefix="caches.", dir=arguments.place))
    arguments.output.mkdir(parents=True, exist_ok=True)
    try:
        for name in arguments.works or WORKS:
            print(f"bench: {name} …", flush=True)
            at, load = datetime.datetime.now(datetime.timezone.utc), os.getloadavg()[0]
            done = WORKS[name].measure(who, arguments.emulator, caches, sizes)
            compare(done)
            print(table(done), flush=True)
            part = {"at": at.isoformat(timespec="seconds"), "load": [load, os.getloadavg()[0]]}
            print(f"\nload before and after: {load:.1f}, {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
            whole = [row.as_json() for row in done]
            path = arguments.output / f"{at:%Y%m%dT%H%M%SZ}-{name}{'-smoke' * arguments.smoke}.json"
            path.write_text(json.dumps({**part, "machine": machine(arguments.place), "rows": whole}, indent=2) + "\n")
            if not arguments.smoke:
                keep(arguments.keep, name, {**part, "rows": [row.kept() for row in done]}, machine(arguments.place))
    finally:
        shutil.rmtree(caches)
    if arguments.smoke:
        print("smoke: so small that the figures mean nothing")
    print(f"all figures: {arguments.output}; those for the page: {arguments.keep}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emulator", type=Path, required=True, help="the jules-emulator binary")
    parser.add_argument("--rust", type=Path, required=True, help="the jules-bench binary")
    parser.add_argument("--place", type=Path, required=True, help="where the contestants are installed")
    parser.add_argument("--output", type=Path, required=True, help="the folder for the JSON")
    parser.add_argument("--keep", type=Path, required=True, help="the file that the documentation's page is made of")
    parser.add_argument("--languages", default="rust,python,node,swift", help="of ours; default: all that are here")
    parser.add_argument("--smoke", action="store_true", help="seconds instead of minutes: only tries the scripts")
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"{', '.join(WORKS)}; default: all")
    arguments = parser.parse_args()
    if unknown := set(arguments.works) - WORKS.keys():
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    main()
