"""Measures ours beside the peers and prints how they compare. `.dev/run bench` installs what it needs and starts it."""

import argparse
import datetime
import json
import os
import platform
import shutil
import tempfile
from pathlib import Path

import arriving
import batch
import replaying
import selecting
import streaming
import watching
from contestants import everybody
from report import compare, table
from sizes import FULL, SMOKE

WORKS = {
    "stream": streaming,
    "watch": watching,
    "all": batch,
    "replay": replaying,
    "arrive": arriving,
    "select": selecting,
}


def main() -> None:
    """Runs the works that are asked for."""
    arguments = _arguments()
    sizes = SMOKE if arguments.smoke else FULL
    who = everybody(arguments.rust, arguments.place)
    load = os.getloadavg()
    caches = Path(tempfile.mkdtemp(prefix="caches.", dir=arguments.place))
    rows = []
    try:
        for name in arguments.works or WORKS:
            print(f"bench: {name} …", flush=True)
            done = WORKS[name].measure(who, arguments.emulator, caches, sizes)
            compare(done)
            print(table(done), flush=True)
            rows += done
    finally:
        shutil.rmtree(caches)
    print(f"\nload before and after: {load[0]:.1f}, {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    if arguments.smoke:
        print("smoke: so small that the figures mean nothing")
    about = {
        "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "smoke": arguments.smoke,
        "processors": os.cpu_count(),
        "load": [load[0], os.getloadavg()[0]],
        "platform": platform.platform(),
        "rows": [row.as_json() for row in rows],
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    path = arguments.output / f"{about['at'].replace(':', '').replace('+0000', 'Z')}{'-smoke' * arguments.smoke}.json"
    path.write_text(json.dumps(about, indent=2) + "\n")
    print(f"written to {path}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emulator", type=Path, required=True, help="the jules-emulator binary")
    parser.add_argument("--rust", type=Path, required=True, help="the jules-bench binary")
    parser.add_argument("--place", type=Path, required=True, help="where the contestants are installed")
    parser.add_argument("--output", type=Path, required=True, help="the folder for the JSON")
    parser.add_argument("--smoke", action="store_true", help="seconds instead of minutes: only tries the scripts")
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"{', '.join(WORKS)}; default: all")
    arguments = parser.parse_args()
    if unknown := set(arguments.works) - WORKS.keys():
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    main()
