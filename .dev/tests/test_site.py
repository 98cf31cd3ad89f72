"""The site's pages: what the repository's Markdown becomes, and that what is wrong with a built site is seen."""

import tempfile
import unittest
from pathlib import Path

import own_place  # noqa: F401, before the tools
from tasks import site_check, site_pages
from tasks.places import REPO

HEAD = '<body data-md-color-scheme="slate">'


PAGES = {path: site_pages.address(path) for path in ("docs/errors.md", "core/QUERY.md", "bindings-node/README.md")}


class Pages(unittest.TestCase):
    def rendered(self, text: str) -> str:
        return site_pages.rendered(text, "docs/errors.md", PAGES)

    def test_files_have_addresses(self) -> None:
        self.assertEqual([*PAGES.values()], ["errors.md", "core/query.md", "node/index.md"])

    def test_a_link_leads_to_a_page_or_to_the_repository(self) -> None:
        ours = site_pages.ADDRESS
        for link, there in {
            "../core/QUERY.md#how-it-runs": "core/query.md#how-it-runs",
            "../bindings-node": "node/index.md",
            f"{ours}bindings-node/README.md#errors": "node/index.md#errors",
            "https://github.com/jules-sdk/jules/tree/main/examples": f"{ours}examples",
            "../examples/python/batch.py": f"{ours}examples/python/batch.py",
            "../no/such.md": "../no/such.md",
            "#part": "#part",
            "https://jules.google": "https://jules.google",
        }.items():
            self.assertEqual(self.rendered(f"[text]({link})"), f"[text]({there})")
        program = "```js\nconst x = a[0](b);\n```"
        self.assertEqual(self.rendered(program), program)

    def test_programs_in_several_languages_become_tabs_in_one_order(self) -> None:
        text = self.rendered("```js\none\n\ntwo\n```\n\n```rust,no_run\n# fn main() {\nthree\n# }\n```\n\nThe end.\n")
        rust, node = (
            '=== "Rust"\n\n    ```rust\n    three\n    ```\n',
            '=== "Node"\n\n    ```js\n    one\n\n    two\n    ```\n',
        )
        self.assertEqual(text, f"{rust}\n{node}\nThe end.\n")

    def test_other_programs_stay_as_they_are(self) -> None:
        for text in (
            "```js\none\n```\n\n```js\ntwo\n```\n",
            "```js\none\n```\n\nAnd then\n\n```rust\ntwo\n```\n",
            "```sh\none\n```\n\n```js\ntwo\n```\n",
        ):
            self.assertEqual(self.rendered(text), text)

    def test_the_five_lines_are_the_readmes(self) -> None:
        readme = "".join(f"```{name}\n{name} 1\n```\n\n```{name}\n{name} 2\n```\n" for name in site_pages.LANGUAGES)
        lines = site_pages.five_lines(readme)
        self.assertEqual(lines, "\n".join(f"```{name}\n{name} 1\n```\n" for name in site_pages.LANGUAGES))
        self.assertEqual(self.rendered(site_pages.FIVE_LINES).count('=== "'), 4)

    def test_a_section_of_the_readme_is_put_in_with_its_links(self) -> None:
        readme = "# T\n\n## One\n\n[a](core/QUERY.md), [b](https://x.y/z)\n\n## Two\n\ntwo\n"
        self.assertEqual(site_pages.section(readme, "Two"), "two")
        text = site_pages.relinked(site_pages.section(readme, "One"), "README.md", "docs/errors.md")
        self.assertEqual(text, "[a](../core/QUERY.md), [b](https://x.y/z)")
        for page in (REPO / "docs").glob("*.md"):
            for heading in site_pages.SECTION.findall(page.read_text()):
                self.assertTrue(site_pages.section((REPO / "README.md").read_text(), heading))

    def test_marks_for_programs_are_left_out(self) -> None:
        self.assertEqual(self.rendered("<!-- surface: x -->\n| a |\n<!-- surface: end -->\n"), "\n| a |\n\n")


class Programs(unittest.TestCase):
    def test_every_guide_with_programs_in_rust_is_compiled(self) -> None:
        compiled = (REPO / "core/src/lib.rs").read_text()
        for page in (REPO / "docs").glob("*.md"):
            if "```rust" in page.read_text():
                self.assertIn(f'include_str!("../../docs/{page.name}")', compiled)


class Checks(unittest.TestCase):
    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.site = Path(place.name)
        self.write("index.html", '<a href="a/b.html">b</a> <a href="a/">a</a> <a href="a/b.html#part">part</a>')
        self.write(
            "a/b.html", '<h2 id="part">x</h2> <a href="../index.html">up</a> <a href="https://else.where/x">x</a>'
        )
        self.write("a/index.html", '<link rel="stylesheet" href="../s.css"> <img src="data:image/png;base64,x">')
        (self.site / "s.css").write_text("a { background: url(data:x) } b { background: url('x.png') }")

    def write(self, name: str, text: str) -> None:
        (self.site / name).parent.mkdir(exist_ok=True)
        (self.site / name).write_text(HEAD + text)

    def wrong(self) -> list[str]:
        pages = site_check.read(self.site)
        listed = site_check.unlisted(pages, ["a/b.html"])
        dead, foreign = site_check.dead(self.site, pages), site_check.foreign(self.site, pages)
        return [*dead, *foreign, *listed, *site_check.bright(pages)]

    def test_a_good_site_has_nothing_wrong(self) -> None:
        self.assertEqual(self.wrong(), [])

    def test_what_is_wrong_is_seen(self) -> None:
        for text in (
            '<a href="gone.html">x</a>',
            '<a href="b.html#gone">x</a>',
            '<a href="#gone">x</a>',
            '<script src="https://else.where/x.js"></script>',
            '<script src="//else.where/x.js"></script>',
            '<link rel="preconnect" href="https://else.where">',
            '<img srcset="https://else.where/x.png 2x">',
            '<p style="background: url(https://else.where/x.png)">',
            '<style>@import "https://else.where/x.css";</style>',
            '<pre class="mermaid">x</pre>',
            '<a data-md-component="source">x</a>',
        ):
            with self.subTest(text):
                self.write("a/index.html", text)
                self.assertEqual(len(self.wrong()), 1, self.wrong())

    def test_a_style_from_elsewhere_is_seen(self) -> None:
        for rule in ("@import 'https://else.where/x.css';", 'a { src: url("//else.where/x.woff") }'):
            (self.site / "s.css").write_text(rule)
            self.assertEqual(len(self.wrong()), 1, rule)

    def test_what_a_reference_fetches_from_elsewhere_is_seen(self) -> None:
        (place := self.site / "reference/rust").mkdir(parents=True)
        # Its links are its own tool's to look at.
        (place / "index.html").write_text('<a href="gone.html">x</a> <script src="x.js"></script>')
        self.assertEqual(self.wrong(), [])
        (place / "index.html").write_text('<script src="https://else.where/x.js"></script>')
        self.assertEqual(self.wrong(), ["reference/rust/index.html fetches https://else.where/x.js"])
        (place / "index.html").write_text("<style>a { src: url(https://else.where/x.woff) }</style>")
        self.assertEqual(self.wrong(), ["reference/rust/index.html fetches https://else.where/x.woff"])
        (place / "index.html").unlink()
        (place / "x.css").write_text("@import 'https://else.where/x.css';")
        self.assertEqual(self.wrong(), ["reference/rust/x.css fetches https://else.where/x.css"])

    def test_a_page_that_is_not_there_not_found_or_not_dark_is_seen(self) -> None:
        self.write("index.html", "")
        self.assertEqual(self.wrong(), ["a/b.html is not in the navigation"])
        (self.site / "a/b.html").unlink()
        self.assertEqual(self.wrong(), ["a/b.html was not built"])
        (self.site / "a/index.html").write_text("x")
        self.assertEqual(len(self.wrong()), 2)

    def test_a_reference_that_was_not_made_is_not_missed(self) -> None:
        self.write("a/index.html", '<a href="../reference/rust/index.html">x</a>')
        self.assertEqual(self.wrong(), [])
        (self.site / "reference/rust").mkdir(parents=True)
        self.assertEqual(len(self.wrong()), 1)


if __name__ == "__main__":
    unittest.main()
