"""What guards the hot paths, and what the benchmarks' page is made of."""

import itertools
import json
import unittest
from unittest import mock
from xml.etree import ElementTree

import own_place  # noqa: F401, before the tools
from tasks import charts, guards, process, site_bench

CALLGRIND = """\
fn=(1) jules::guards::guarded
0x10 12 40
cfn=(2) malloc
calls=99999 0x100
0x14 12 5000
fn=(2)
0x104 0 840
0x100 0 700
0x100 3 100
cfn=(3) memcpy@@GLIBC_2.14
calls=9 0x90
0x108 1 9
fn=(3)
0x90 0 77
fn=(5) realloc'2
0x200 0 40
0x204 0 20
summary: 400000
"""


class Guards(unittest.TestCase):
    def test_instructions_and_allocations_are_read_from_what_callgrind_wrote(self) -> None:
        self.assertEqual(guards.read(CALLGRIND), guards.Cost(400_000 // guards.COUNT, 840 / guards.COUNT))

    def test_what_counted_nothing_is_a_failure(self) -> None:
        for text in ("", "summary: 0\n"):
            with self.assertRaises(process.Failed):
                guards.read(text)

    def test_growth_beyond_five_in_a_hundred_is_wrong_and_less_is_not(self) -> None:
        known = {"parse": guards.Cost(10_000, 20.0)}
        for now, wrong in {
            guards.Cost(10_500, 21.0): 0,
            guards.Cost(10_501, 20.0): 1,
            guards.Cost(10_000, 21.1): 1,
            guards.Cost(20_000, 40.0): 2,
            guards.Cost(1, 0.0): 0,
        }.items():
            self.assertEqual(len(guards.compared(known, {"parse": now})[1]), wrong, now)

    def test_a_path_on_one_side_only_is_wrong(self) -> None:
        cost = guards.Cost(1, 1.0)
        _, wrong = guards.compared({"old": cost}, {"new": cost})
        self.assertEqual(wrong, ["new is a guard and not in the file", "old is in the file and no guard"])

    def test_counts_of_another_toolchain_are_not_compared(self) -> None:
        here = {"rustc": "9.9", "target": "t", "libc": "l", "valgrind": "v", "processor": ""}
        theirs = json.dumps({"madeWith": {**here, "rustc": "1.0"}, "guards": {}})
        other = self.assertRaisesRegex(process.Unavailable, r"rustc 1\.0 \(here 9\.9\)")
        with (
            mock.patch.object(guards, "made_with", return_value=here),
            mock.patch.object(guards, "FILE") as file,
            other,
        ):
            file.read_text.return_value = theirs
            file.relative_to.return_value = "guards.json"
            guards.check()


ROWS = [
    {"work": "w", "contestant": name, "value": value, "unit": "ms", "beside": "a|b", "target": 5.0, "reached": True}
    for name, value in (("ours <1>", 2.0), ("peer", 200.0), ("none", None))
]


class Page(unittest.TestCase):
    def test_charts_are_well_formed_and_say_what_they_show(self) -> None:
        bars = charts.bars("a & b", [("ours <x>", 1.0, True), ("peer", 90.0, False)], "MiB", 50)
        lines = charts.lines("c", {"ours": [(1, 0.5), (1000, 7)], "what no client": [(1, 1)]}, "n", "ms")
        for svg, title in ((bars, "a & b"), (lines, "c")):
            self.assertEqual(ElementTree.fromstring(svg).attrib["aria-label"], title)
        self.assertIn("ours &lt;x&gt;", bars)
        self.assertEqual((lines.count("<circle"), lines.count('class="least"')), (3, 3))

    def test_names_at_the_ends_of_lines_do_not_cover_each_other(self) -> None:
        lines = charts.lines("c", {name: [(1, 1), (10, 1)] for name in "abcd"}, "n", "ms")
        found = ElementTree.fromstring(lines).iter("{http://www.w3.org/2000/svg}text")
        places = sorted(float(text.attrib["y"]) for text in found if text.attrib.get("class", "").startswith("line"))
        self.assertTrue(all(b - a >= 14 for a, b in itertools.pairwise(places)), places)

    def test_a_part_becomes_charts_and_tables(self) -> None:
        results = {
            "machine": {"Processor": "p"},
            "parts": {"s": {"at": "2026-01-02T03:04:05", "load": [1, 2], "rows": [{**row, "x": None} for row in ROWS]}},
        }
        with mock.patch.object(site_bench, "RESULTS") as file:
            file.exists.return_value = True
            file.read_text.return_value = json.dumps(results)
            text = site_bench.filled(
                "<!-- the benchmark: s -->\n\n<!-- the benchmark: other -->\n<!-- the benchmark: machine -->"
            )
        self.assertEqual(text.count("<svg"), 1)
        self.assertIn("| ours <1> | 2 ms | ≤ 5 | reached | a/b |", text)
        self.assertIn("| none | – |", text)
        self.assertIn(site_bench.MISSING, text)
        self.assertIn("| s 2026-01-02 03:04 |", text)

    def test_a_site_needs_no_figures(self) -> None:
        with mock.patch.object(site_bench, "RESULTS") as file:
            file.exists.return_value = False
            self.assertEqual(site_bench.filled("<!-- the benchmark: stream -->"), site_bench.MISSING)
            self.assertEqual(site_bench.filled("<!-- the benchmark: machine -->"), site_bench.MISSING)
            self.assertEqual(site_bench.filled("plain"), "plain")


if __name__ == "__main__":
    unittest.main()
