"""Core's documentation in the accent of each language: its names, its units, its way to break lines."""

from __future__ import annotations

import re
import textwrap
from functools import cache

from core import Item, exported, table

WIDTH = 120

# Where a text of core names something of Rust that has another name in a language.
NAMES = {
    "create_session": {"python": "session", "node": "session", "swift": "createSession"},
    "true": {"python": "True"},
    "false": {"python": "False"},
}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


@cache
def times() -> set[str]:
    """The options that are times: TypeScript says in their names that it counts in milliseconds."""
    structs = ("ClientOptions", "RetryOptions", "RunConfig", "AllOptions", "StreamOptions")
    return {"timeout", "retry_after"} | {
        item.name for name in structs for item in table(name).fields if item.inner == "Duration"
    }


# Swift's guidelines: acronyms are in one case, and what is true or false reads as an assertion.
ACRONYMS = {"http": "HTTP", "id": "ID", "ids": "IDs", "pr": "PR", "url": "URL"}
ASSERTIONS = {
    "allow_insecure_http": "allows_insecure_http",
    "archived": "is_archived",
    "binary": "is_binary",
    "paused": "is_paused",
    "require_plan_approval": "requires_plan_approval",
    "retryable": "is_retryable",
}


def swift(name: str) -> str:
    """A name by Swift's guidelines: `base_url` is `baseURL`."""
    first, *rest = ASSERTIONS.get(name, name).split("_")
    return first + "".join(ACRONYMS.get(part, part.capitalize()) for part in rest)


def option(name: str, language: str) -> str:
    """An option's name in a language."""
    if language == "python":
        return name
    if language == "swift":
        return swift(name)
    return camel(name) + ("Ms" if language == "node" and name in times() else "")


def doc(item: Item, language: str) -> str:
    """What there is to say of an item, for the readers of a language."""
    text = item.docs.get(language, item.doc)
    text = re.sub(r"\[(`[^`]*`)\](?:\((.*?)\))?", lambda match: link(*match.groups(), language), text)
    text = text.replace("number of seconds", "number of milliseconds") if language == "node" else text
    text = re.sub(r"`(\w+)`", lambda match: f"`{named(match[1], language)}`", text)
    if item.inner == "Duration":
        text = timed(text, language)
    elif item.inner == "Timestamp" and language != "swift" and "`datetime`" not in text and "RFC 3339" not in text:
        text = after_first(text, ", RFC 3339 in UTC" if language == "node" else ", in UTC")
    if item.inner == "bool" and language != "python":
        yes, no = ("`true`", "`false`") if language == "node" else ("true", "false")
        text = re.sub(r"Default: yes\b", f"Default: {yes}", re.sub(r"Default: no\b", f"Default: {no}", text))
    return text


def link(name: str, path: str | None, language: str) -> str:
    """What rustdoc would make a link."""
    kind = re.fullmatch(r"(?:crate::)?ErrorKind::(\w+)", path or name.strip("`"))
    if kind and kind[1] != "Cancelled":
        word = kind[1]
        swift = f"``JulesError/{word[0].lower()}{word[1:]}({SWIFT_CASES.get(word, '_:')})``"
        return {"python": f"`{word}Error`", "node": f"{{@link {word}Error}}", "swift": swift}[language]
    owner, _, last = name.strip("`").rpartition("::")
    enum = re.search(r"(\w+)::(\w+)$", path or "")
    if enum and exported().get(enum[1]) == "words":
        word = enum[2][0].lower() + enum[2][1:]
        return {"python": f'`"{word}"`', "node": f"`'{word}'`", "swift": f"`.{word}`"}[language]
    return f"`{last[0].lower() + last[1:] if owner else last}`"


# The cases of Swift's error that carry more than their context.
SWIFT_CASES = {"UnexpectedState": "_:info:", "SessionEnded": "_:_:"}


def named(name: str, language: str) -> str:
    if name in NAMES:
        return NAMES[name].get(language, name)
    written = re.fullmatch(r"[a-z]+(_[a-z]+)+", name) or (language == "swift" and name in ASSERTIONS)
    return option(name, language) if written else name


def timed(text: str, language: str) -> str:
    """A time is in milliseconds, in seconds, or has its unit with it."""
    unit = {"python": "seconds", "node": "milliseconds"}.get(language)
    if unit is None:
        return text
    counted = {"python": r"\1", "node": ""}[language]
    default = re.search(r"Default: ([\d.]+) s\b", text)
    if default:
        number = counted.replace(r"\1", default[1]) or f"{int(float(default[1]) * 1000):,}"
        text = text.replace(default[0], f"Default: {number}")
    if "for that long" in text:
        return text.replace("for that long", f"for this many {unit}")
    return after_first(text, f", in {unit}")


def after_first(text: str, words: str) -> str:
    """With these words at the end of the first clause."""
    match = re.search(r"[:;] |\.(?: |$)", text)
    at = match.start() if match else len(text)
    return text[:at] + words + text[at:]


def default(text: str) -> str:
    """What holds when nothing is said."""
    match = re.search(r"Default: (.*?)(?:\. |\.?$)", text)
    return match[1] if match else ""


def without_default(text: str) -> str:
    return re.sub(r"\s*Default: .*?(?:\.(?= |$)|$)", "", text).strip()


def wrapped(text: str, begin: str, go_on: str = "", width: int = WIDTH) -> list[str]:
    """Lines of at most this width; code in backticks stays in one piece."""
    whole = re.sub(r"`[^`]*`", lambda match: match[0].replace(" ", "\0"), text)
    lines = textwrap.wrap(
        whole,
        width,
        initial_indent=begin,
        subsequent_indent=go_on or begin,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in lines]


def line_doc(text: str, indent: str, mark: str = "///") -> list[str]:
    """A comment of Rust or Swift."""
    return wrapped(text, f"{indent}{mark} ")


def block_doc(text: str, indent: str, more: list[str] | None = None) -> list[str]:
    """A comment of TypeScript, with more paragraphs or list items below."""
    short = f"{indent}/** {text} */"
    if len(short) <= WIDTH and not more:
        return [short]
    lines = wrapped(text, f"{indent} * ")
    for line in more or []:
        lines += wrapped(line, f"{indent} * ", f"{indent} *   ") or [f"{indent} *"]
    return [f"{indent}/**", *lines, f"{indent} */"]


def fit(line: str, indent: str, open: str, items: list[str], close: str, comma: str = ",") -> list[str]:
    """A list on one line where it fits, else one a line."""
    short = f"{indent}{line}{open}{', '.join(items)}{close}"
    if len(short) <= WIDTH:
        return [short]
    return [f"{indent}{line}{open}", *(f"{indent}    {item}{comma}" for item in items), f"{indent}{close}"]
