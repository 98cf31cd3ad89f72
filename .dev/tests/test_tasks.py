"""The tools where they can go wrong: a step that fails, a part that ran nothing, counting, stamps, ends."""

import ast
import contextlib
import functools
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from unittest import mock

import own_place  # noqa: F401, before the tools
from tasks import (
    bench,
    cli,
    everything,
    node,
    postgres,
    process,
    python,
    readme,
    registry,
    rust,
    site,
    stamp,
    swift,
    tally,
)
from tasks.lanes import side_by_side
from tasks.tally import Part, Tally, part

PASSED = '{"passed": 1, "failed": []}'
JUNIT = """\
<testsuites><testsuite tests="9" failures="9"><testcase name="a"/><testsuite><testcase name="b"/></testsuite>
<testcase name="c"><failure/></testcase><testcase name="d"><error/></testcase>
<testcase name="e"><skipped message="no fork here"/></testcase></testsuite></testsuites>
"""


def shell(script: str) -> tuple[str, str, str]:
    """A step as a shell would have it."""
    return ("sh", "-c", script)


def quietly(task: tally.Tests, *arguments: str, ci: bool = False) -> tuple[Part, str]:
    """A part, and what it printed."""
    with contextlib.redirect_stderr(io.StringIO()) as said:
        return part("part", task, *arguments, ci=ci), said.getvalue()


def reporting(report: str, code: int = 0) -> tally.Tests:
    """A part whose one step writes this report."""
    return lambda tally: tally.run("report.json", *shell(f"printf %s '{report}' > {{report}}; exit {code}"))


@contextlib.contextmanager
def started(*words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The tools' own Python with this code, in a process of its own."""
    code = "from tasks import process\nprocess.interruptible()\n" + "\n".join(words)
    environment |= {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        yield child


def wait_for(files: Callable[[], Iterable[Path]], count: int) -> list[Path]:
    """So many files, when they are there; those that are there after ten seconds."""
    for _ in range(1000):
        if len(found := list(files())) >= count:
            break
        time.sleep(0.01)
    return found


def ends(pid: int) -> bool:
    """Whether this process ends within ten seconds."""
    for _ in range(1000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        # A zombie waits for an init that looks after it.
        if (status := Path(f"/proc/{pid}/stat")).exists() and ") Z " in status.read_text():
            return True
        time.sleep(0.01)
    return False


class Steps(unittest.TestCase):
    def test_a_failing_step_stops_its_task_and_says_which_how_and_where(self) -> None:
        with process.logged("task", quiet=True) as log, self.assertRaises(process.StepFailed) as failure:
            process.run(*shell("echo why; exit 3"))
            self.fail("it went on")
        expected = f"failed with exit code 3: sh -c 'echo why; exit 3'\nits output is in {log}"
        self.assertEqual(str(failure.exception), expected)
        self.assertIn("why", log.read_text())

    def test_a_killed_step_failed_too(self) -> None:
        with process.logged("task", quiet=True), self.assertRaisesRegex(process.StepFailed, "SIGKILL"):
            process.run(*shell("kill -9 $$"))

    def test_output_has_no_errors_in_it(self) -> None:
        with process.logged("task") as log:
            self.assertEqual(process.output(*shell("echo wanted; echo other >&2")), "wanted")
        self.assertIn("other", log.read_text())

    def test_what_a_step_leaves_behind_is_ended(self) -> None:
        with process.logged("task", quiet=True):
            pid = int(process.run(*shell("sleep 600 & echo $!")))
        self.assertTrue(ends(pid))

    def test_what_left_the_group_of_its_step_is_ended_too(self) -> None:
        with process.logged("task", quiet=True):
            # With job control each job has a process group of its own.
            left = int(process.output("bash", "-mc", "sleep 600 >/dev/null 2>&1 & echo $!"))
        self.assertTrue(ends(left))

    def test_a_server_ends_with_its_block(self) -> None:
        with process.background(*shell("echo $$; exec cat")) as pid:
            os.kill(int(pid), 0)
        self.assertTrue(ends(int(pid)))

    def test_a_server_that_says_nothing_is_a_failure(self) -> None:
        with self.assertRaisesRegex(process.Failed, "did not start"), process.background("true"):
            self.fail("it went on")

    def test_a_signal_ends_everything(self) -> None:
        begin = "echo $$ $! > $PLACE/new.$$; mv $PLACE/new.$$ $PLACE/begun.$$"
        step = f"process.run('sh', '-c', 'sleep 600 & {begin}; wait')"
        alone = ("with process.logged('task'):", f"    {step}")
        parts = ", ".join(f"'{name}': lambda _: {step}" for name in "abc")
        lanes = ("from tasks.lanes import side_by_side", f"side_by_side({{{parts}}}, 2)")
        for number, words, steps in ((signal.SIGINT, alone, 1), (signal.SIGTERM, alone, 1), (signal.SIGINT, lanes, 2)):
            with tempfile.TemporaryDirectory() as place, started(*words, PLACE=place) as child:
                begun = wait_for(functools.partial(Path(place).glob, "begun.*"), steps)
                pids = [int(pid) for file in begun for pid in file.read_text().split()]
                child.send_signal(number)
                self.assertNotEqual(child.wait(20), 0)
            self.assertEqual(len(pids), 2 * steps)
            self.assertTrue(all(map(ends, pids)), number)


class Lanes(unittest.TestCase):
    def test_parts_run_beside_each_other_and_are_told_of_in_their_order(self) -> None:
        with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()) as said:

            def meets(mine: str, other: str) -> tally.Tests:
                wait = f"touch {place}/{mine}; until [ -e {place}/{other} ]; do sleep 0.01; done"
                report = f'{{"passed": {len(mine)}, "failed": []}}'
                # Both write a report of the same name.
                return lambda tally: tally.run(
                    "same.json", *shell(f"{wait}; echo {mine} met {other}; echo '{report}' > {{report}}")
                )

            done = side_by_side({"first": meets("a", "bb"), "second": meets("bb", "a")}, 2)
        self.assertEqual([(each.name, each.tally.passed) for each in done], [("first", 1), ("second", 2)])
        self.assertIn("bb met a\n", said.getvalue())

    def test_the_first_ones_begin_first_and_one_that_fails_stops_no_other(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            done = side_by_side({name: reporting(PASSED, code) for code, name in enumerate("abc")}, 1)
        self.assertEqual([each.good for each in done], [True, False, False])
        begun = [line for line in said.getvalue().splitlines() if line.startswith("begun")]
        self.assertEqual(begun, [f"begun: {name}" for name in "abc"])


class Counting(unittest.TestCase):
    def test_junit_counts_cases_and_not_what_suites_say_of_themselves(self) -> None:
        self.assertEqual(tally.junit(JUNIT), Tally(2, ["c", "d"], ["e: no fork here"]))

    def test_swift_counts_functions_that_ended(self) -> None:
        def test(kind: str, name: str) -> dict[str, object]:
            return {"kind": "test", "payload": {"kind": kind, "id": name}}

        def event(kind: str, name: str | None, symbol: str) -> dict[str, object]:
            said = [{"symbol": symbol, "text": f"{name} {symbol}"}]
            return {"kind": "event", "payload": {"kind": kind, "testID": name, "messages": said}}

        records = [test("suite", "S"), *(test("function", name) for name in "abc")]
        records += [event("testEnded", "a", "pass"), event("testEnded", "b", "fail"), event("testSkipped", "c", "skip")]
        records += [event("testEnded", "S", "fail"), event("runEnded", None, "fail")]
        stream = "\n".join(map(json.dumps, records))
        self.assertEqual(tally.events(stream), Tally(1, ["b"], ["c skip"]))

    def test_a_torn_report_of_a_step_that_failed_does_no_harm(self) -> None:
        done, said = quietly(lambda tally: tally.run("torn.events", *shell("echo '{' > {report}; exit 139")))
        self.assertEqual((done.good, len(done.tally.failed)), (False, 1))
        self.assertIn("exit code 139", said)

    def test_rust_counts_every_test_program(self) -> None:
        said = "test result: ok. 3 passed; 0 failed; 4 ignored; 0 measured; 0 filtered out; finished in 1.0s\n"
        bad = said.replace("ok. 3 passed; 0", "FAILED. 1 passed; 2")
        names = "test a::b ... FAILED\ntest a::c ... ok\ntest src/lib.rs - d (line 3) ... FAILED\n"
        names += "e::f --- FAILED\n.. 2/9\n"
        failed = ["a::b", "src/lib.rs - d (line 3)", "e::f"]
        self.assertEqual(tally.libtest(f"running 3 tests\n{said}{names}{bad}"), Tally(4, failed))

    def test_a_failed_rust_test_says_why(self) -> None:
        said = "a::b --- FAILED\n\nfailures:\n\n---- a::b stdout ----\na line of its log\n\n"
        said += "thread 'a::b' (7) panicked at core/src/a.rs:3:5:\nassertion `left == right` failed\n  left: 1\n"
        said += " right: 2\nnote: run with `RUST_BACKTRACE=1`\n\n\nfailures:\n    a::b\n\n"
        (failed,) = tally.libtest(said).failed
        self.assertEqual(failed.splitlines()[:3], [
            "a::b",
            "    panicked at core/src/a.rs:3:5:",
            "    assertion `left == right` failed",
        ])  # fmt: skip
        self.assertNotIn("failures:", failed)

    def test_a_rust_program_that_was_ended_says_how(self) -> None:
        overflow = "thread 'a::b' (7) has overflowed its stack"
        signal = "process didn't exit successfully: `/target/a --quiet` (signal: 6, SIGABRT: process abort signal)"
        said = f".....\n{overflow}\nfatal runtime error: stack overflow, aborting\n\nCaused by:\n  {signal}\n"
        self.assertEqual(tally.libtest(said), Tally(0, [overflow, signal]))

    def test_what_a_rust_test_says_it_skipped_has_not_passed(self) -> None:
        said = "..\nskipped: disk::a: it takes root\n.\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 x\n"
        self.assertEqual(tally.libtest(said), Tally(2, [], ["disk::a: it takes root"]))

    def test_a_part_has_what_its_steps_counted(self) -> None:
        done, _ = quietly(reporting('{"passed": 2, "failed": [], "skipped": ["swift: not here"]}'))
        self.assertTrue(done.good)
        self.assertEqual(str(done), "part: 2 passed, 0 failed, 1 skipped (0 s)")

    def test_a_part_that_ran_nothing_fails(self) -> None:
        for task in (lambda tally: None, reporting('{"passed": 0, "failed": []}')):
            done, said = quietly(task)
            self.assertEqual((done.good, len(done.tally.failed)), (False, 1))
            self.assertIn("no test ran", said)

    def test_a_step_without_tests_fails_beside_one_with_some(self) -> None:
        def task(tally: Tally) -> None:
            reporting(PASSED)(tally)
            reporting('{"passed": 0, "failed": []}')(tally)

        self.assertFalse(quietly(task)[0].good)

    def test_a_step_that_wrote_no_report_fails(self) -> None:
        done, said = quietly(lambda tally: tally.run("none.json", "true"))
        self.assertFalse(done.good)
        self.assertIn("no test ran: true", said)

    def test_an_old_report_does_not_count(self) -> None:
        quietly(lambda tally: tally.run("same.json", *shell(f"echo '{PASSED}' > {{report}}")))
        self.assertFalse(quietly(lambda tally: tally.run("same.json", "true"))[0].good)

    def test_a_step_that_failed_after_passing_everything_fails(self) -> None:
        done, said = quietly(reporting(PASSED, code=7))
        self.assertEqual((done.good, done.tally.passed, len(done.tally.failed)), (False, 1, 1))
        self.assertIn("exit code 7", said)

    def test_a_step_that_failed_has_its_failures_named(self) -> None:
        self.assertEqual(quietly(reporting('{"passed": 1, "failed": ["a", "b"]}', code=1))[0].tally.failed, ["a", "b"])

    def test_nothing_runs_behind_a_step_that_failed(self) -> None:
        def task(tally: Tally) -> None:
            reporting(PASSED, code=1)(tally)
            reporting(PASSED)(tally)

        self.assertEqual(quietly(task)[0].tally.passed, 1)

    def test_under_ci_nothing_may_be_skipped(self) -> None:
        report = '{"passed": 1, "failed": [], "skipped": ["a test: no browser"]}'
        self.assertTrue(quietly(reporting(report))[0].good)
        done, said = quietly(reporting(report), ci=True)
        self.assertFalse(done.good)
        self.assertIn("skipped: a test: no browser", said)

    def test_the_summary_has_all_parts_and_what_failed(self) -> None:
        good = quietly(reporting(PASSED))[0]
        bad = quietly(reporting('{"passed": 1, "failed": ["a case\\n    why"]}', code=1))[0]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertFalse(tally.summary([good, bad], {"swift": "no root rights"}))
        how_it_ended, lines = said.getvalue().split("\n\n── summary ──\n")
        self.assertIn("exit code 1", how_it_ended)
        # What failed is told last: of a machine far away a screenful is seen.
        self.assertEqual(lines.splitlines(), [
            "part: 1 passed, 0 failed, 0 skipped (0 s)",
            "part: 1 passed, 1 failed, 0 skipped (0 s)",
            "swift was skipped: no root rights",
            f"failed: part; its output is in {bad.log}",
            "  a case",
            "    why",
            "total: 2 passed, 1 failed, 0 skipped",
        ])  # fmt: skip


class Stamps(unittest.TestCase):
    def test_it_is_done_again_when_an_input_or_what_was_made_has_changed(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            source, made = Path(place, "source"), Path(place, "made")
            source.write_text("one")

            def done(word: str = "") -> bool:
                return stamp.when_changed("test", [source, word], made.touch, made)

            self.assertEqual([done(), done()], [True, False])
            source.write_text("two")
            self.assertEqual([done(), done(), done("word"), done("word")], [True, False, True, False])
            made.unlink()
            self.assertEqual([done("word"), done("word")], [True, False])

    def test_what_failed_is_done_again(self) -> None:
        self.assertTrue(stamp.when_changed("failing", ["one"], lambda: None))
        with self.assertRaises(process.Failed):
            stamp.when_changed("failing", ["two"], mock.Mock(side_effect=process.Failed()))
        self.assertTrue(stamp.when_changed("failing", ["one"], lambda: None))


class Commands(unittest.TestCase):
    def test_what_is_documented_is_there(self) -> None:
        known = registry.COMMANDS
        self.assertEqual(known["postgres test"].task, postgres.test)
        self.assertEqual(known["bench"].task, bench.bench)
        self.assertEqual(known["bench lint"].task, bench.lint)
        self.assertEqual(known["test-postgres"].task, everything.test_postgres)
        self.assertEqual(known["swift setup"].task, known["swift-root setup"].task)
        verbs = "setup build lint test demo runtimes packages docs faithful pack emulator"
        self.assertEqual(
            {words for words in known if words.startswith("node ")}, {f"node {verb}" for verb in verbs.split()}
        )
        whole = "demo test test-postgres test-packages lint docs bench readme conformance faults fuzz"
        whole += " checksums release-check"
        self.assertEqual({words for words in known if " " not in words}, {*whole.split()})

    def test_the_help_has_every_command(self) -> None:
        for words in registry.COMMANDS:
            with self.subTest(words):
                self.assertRegex(cli.usage(""), f"(?m)^{words}\\b")
                self.assertRegex(cli.usage(words.split()[0]), f"(?m)^{words}\\b")
        self.assertLessEqual(max(len(line) for line in cli.usage("").splitlines()), cli.WIDTH)
        self.assertNotIn("python build", cli.usage("node"))

    def test_two_functions_are_not_one_command(self) -> None:
        with self.assertRaises(AssertionError):
            registry.command("node build", "another")(len)

    def test_documentation_does_without_swift_but_not_under_ci(self) -> None:
        with contextlib.ExitStack() as patched:
            for language in (node, python, rust):
                patched.enter_context(mock.patch.object(language, "docs", return_value=Path("docs")))
            patched.enter_context(mock.patch.object(swift, "docs", side_effect=process.Unavailable("no swift here")))
            whole = patched.enter_context(mock.patch.object(site, "whole"))
            said = patched.enter_context(contextlib.redirect_stderr(io.StringIO()))
            with mock.patch.object(site, "CI", False):
                self.assertEqual(cli.main(["docs"]), 0)
            self.assertIn("skipped: no swift here", said.getvalue())
            self.assertEqual([*whole.call_args.args[0]], ["rust", "python", "node"])
            with mock.patch.object(site, "CI", True):
                self.assertEqual(cli.main(["docs"]), 1)

    def test_an_old_python_is_told_in_one_line(self) -> None:
        run = Path(__file__).resolve().parents[1] / "run"
        # As an older interpreter has it: the same program, which says that it is one.
        code = f"import runpy, sys; sys.version_info = (3, 9, 2); sys.version = '3.9.2'; runpy.run_path({str(run)!r})"
        done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^\S+ needs Python 3.11 or newer, and this is 3.9.2\n$")
        # It gets that far: it has no syntax that such a one doesn't know.
        ast.parse(run.read_text(), feature_version=(3, 4))

    def test_a_failed_build_is_not_packed(self) -> None:
        failing = mock.patch.object(node, "build", side_effect=process.Failed("the build"))
        with failing, mock.patch.object(node, "run") as packing, contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(cli.main(["node", "pack", "here"]), 1)
        packing.assert_not_called()
        self.assertIn("pack-node: the build", said.getvalue())

    def test_what_there_is_not_is_refused(self) -> None:
        for words in (
            [],
            ["nod"],
            ["("],
            ["node", "("],
            ["surface"],
            ["surface", "look"],
            ["node"],
            ["node", "bild"],
            ["node", "pack"],
            ["rust", "build", "more"],
            ["lint", "x"],
        ):
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(cli.main(words), 2, words)


class Pages(unittest.TestCase):
    def test_an_example_must_be_the_pages_block(self) -> None:
        page = "# Title\n\n```js\none\ntwo\n```\n\n```js\nthree\n```\n"
        self.assertTrue(readme.is_quoted(page, "js", "// A word.\n\none\ntwo\n"))
        for other in ("// A word.\n\none\nTWO\n", "// A word.\n\nthree\n", "one\ntwo\n"):
            self.assertFalse(readme.is_quoted(page, "js", other))
        self.assertFalse(readme.is_quoted(page, "rust", "// A word.\n\none\ntwo\n"))

    def test_a_link_to_no_file_is_found(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            ours = "https://github.com/jules-sdk/jules/blob/main"
            links = ("page.md#part", "gone.md", "https://else.where/x", f"{ours}/page.md", f"{ours}/no.md", "#x")
            Path(place, "page.md").write_text(" ".join(f"[text]({link})" for link in links))
            found = list(readme.dead_links(Path(place), ["page.md"]))
            self.assertEqual(found, ["page.md links to gone.md", f"page.md links to {ours}/no.md"])


if __name__ == "__main__":
    unittest.main()
