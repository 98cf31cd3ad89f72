"""Bytes of any kind: libFuzzer makes them up, and nothing may panic, hang, grow without bound or leave its place.

JULES_FUZZ_SECONDS is the time of each target. What is found is in target/fuzz/found; as a file in tests/fuzz/seeds it
is tested from then on, without a fuzzer. What leads to new code is kept in target/fuzz, and gone on from the next time.
"""

import os

from tasks.places import REPO, TARGET
from tasks.process import Failed, StepFailed, output, run, say
from tasks.registry import command
from tasks.rust import tool

FUZZER = "0.13.2"
SEEDS = REPO / "tests/fuzz/seeds"
# A minute for an input, and a gigabyte for all of them, is far beyond what any should take.
LIMITS = "-timeout=60 -rss_limit_mb=2048 -max_len=65536"


@command("fuzz", "all targets, or some: one for each folder of tests/fuzz/seeds", "[TARGET …]")
def fuzz(*names: str) -> None:
    known = sorted(path.name for path in SEEDS.iterdir())
    if unknown := set(names) - {*known}:
        raise Failed(f"no target is called {', '.join(unknown)}; there are {', '.join(known)}")
    # For its sanitizers. A newer one than is here would build everything again.
    if not any(each.startswith("nightly") for each in output("rustup toolchain list").splitlines()):
        run("rustup toolchain install nightly --profile minimal")
    fuzzer = tool("cargo-fuzz", FUZZER)
    bad = []
    for name in names or known:
        corpus, found = TARGET / "fuzz" / name, TARGET / "fuzz/found" / name
        for folder in (corpus, found):
            folder.mkdir(parents=True, exist_ok=True)
        say(f"-- {name}")
        seconds = os.environ.get("JULES_FUZZ_SECONDS", "900")
        try:
            run(
                *(fuzzer, "run", "--fuzz-dir", "tests/fuzz", "--features", "targets", name, corpus, SEEDS / name),
                *f"-- -max_total_time={seconds} -artifact_prefix={found}/ -print_final_stats=1 {LIMITS}".split(),
                # Linked as a whole, the instrumented crates take minutes longer and run no faster.
                env={"CARGO_PROFILE_RELEASE_LTO": "off", "RUSTUP_TOOLCHAIN": "nightly"},
            )
        except StepFailed as failure:
            say(f"{name}: {failure}")
            bad.append(f"{name}: see {found}")
    if bad:
        raise Failed("\n".join(bad))
