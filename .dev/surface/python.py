"""Tables for Python: words, keywords and their documentation, what an error tells."""

from __future__ import annotations

import re
from pathlib import Path

from core import Item, chosen, error_fields, words
from core import acts as acts_of
from text import after_first, default, doc, fit, snake, without_default, wrapped

TYPES = {
    "bool": "bool",
    "Duration": "float",
    "usize": "int",
    "u16": "int",
    "u32": "int",
    "u64": "int",
    "i64": "int",
    "ApiKey": "str",
    "Cache": "bool | str | os.PathLike[str]",
    "ActivityBudget": "bool | int",
    "EndReason": "str",
    "GitHubSource": "SourceLike",
    "Headers": "Mapping[str, str]",
    "Limit": "str",
    "Proxy": "str",
    "RetryOn": 'Literal["service", "any"]',
    "RetryOptions": "Retry | Mapping[str, float | None]",
    "SlotWait": "bool | float",
    "String": "str",
    "SyncDepth": "Depth",
    "Timestamp": "datetime",
    "Until": 'Literal["ended", "created"]',
    "'static str": "str",
    "str": "str",
    "[Value]": "list[Any]",
    "[String]": "list[str]",
    "[ItemReport]": "list[ItemReport]",
}
TYPE_OF = {
    "ca": "str | os.PathLike[str]",
    "types": "ActivityType | Iterable[ActivityType]",
    "exclude_originator": "Originator | Iterable[Originator]",
}
SOURCES = ': `"owner/repo"`, `"owner/repo@branch"`, `jules.GitHub(…)` or a dict'


def type_of(item: Item) -> str:
    return TYPE_OF.get(item.name) or TYPES.get(item.inner, item.inner)


def literal(path: Path, indent: str, name: str, enum: str, *how: str) -> list[str]:
    """A type of words; `both` spellings where they differ, without those that are named with a minus."""
    spelt: list[str] = []
    for item in words(enum):
        if f"-{item.name}" not in how:
            spelt += [item.word] + [snake(item.word)] * ("both" in how and snake(item.word) != item.word)
    return fit(f"{name} = ", indent, "Literal[", [f'"{word}"' for word in spelt], "]")


def members(path: Path, indent: str, enum: str) -> list[str]:
    """The members of an enum of words."""
    lines = []
    for item in words(enum):
        lines += [f'{indent}{snake(item.word).upper()} = "{item.word}"', *docstring(doc(item, "python"), indent)]
    return lines


def activities(path: Path, indent: str) -> list[str]:
    """The union of all classes of activities."""
    names = ["UnknownActivity" if item.name == "Unknown" else item.name for item in words("Event")]
    return ["AnyActivity = Union[", *(f"    {name}," for name in names), "]"]


def docstring(text: str, indent: str) -> list[str]:
    short = f'{indent}"""{text}"""'
    if len(short) <= 120:
        return [short]
    summary, _, rest = text.partition(". ")
    if rest and len(summary) < 110:
        return [f'{indent}"""{summary}.', "", *wrapped(rest, indent), f'{indent}"""']
    return [*wrapped(f'"""{text}', indent), f'{indent}"""']


def keywords(path: Path, indent: str, struct: str, *how: str) -> list[str]:
    """The keywords of a call. What stands under `Args:` in its documentation is written by `documented`.

    `-NAME` leaves one out; `NAME:TYPE` and `NAME:TYPE=DEFAULT` say otherwise, for an overload.
    """
    said = dict(one.split(":", 1) for one in how if ":" in one)
    lines = []
    for item in chosen(struct, "python", how):
        if item.name in said:
            lines.append(f"{indent}{item.name}: {said[item.name].replace('=', ' = ').replace(',', ', ')},")
            continue
        needed = item.needed and "optional" not in how
        lines.append(f"{indent}{item.name}: {type_of(item)}{',' if needed else ' | None = None,'}")
        if item.inner == "GitHubSource":
            lines.append(f"{indent}branch: str | None = None,")
    return lines


def errors(path: Path, indent: str) -> list[str]:
    """What an exception tells."""
    lines = []
    for item in error_fields():
        value = " | None = None" if item.optional else " = False" if item.type == "bool" else ""
        lines += [f"{indent}{item.name}: {type_of(item)}{value}", *docstring(doc(item, "python") + spelt(item), indent)]
    return lines


def spelt(item: Item) -> str:
    """The words that a text may be."""
    if item.inner not in ("EndReason", "Limit"):
        return ""
    *most, last = (f'`"{word.word}"`' for word in words(item.inner))
    return f" It is {', '.join(most)} or {last}."


def documented(text: str) -> str:
    """Writes the keywords of the tables into the documentation of the functions that have them."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        region = re.fullmatch(r" *# surface: keywords (\w+) ?(.*)", lines[at])
        at += 1
        if not region:
            continue
        end = next(i for i in range(at, len(lines)) if re.match(r" *\)(?: ->.*)?:", lines[i]))
        if lines[end].endswith("..."):
            continue
        quotes = [i for i in range(end, len(lines)) if '"""' in lines[i]][:2]
        args = next((i for i in range(end, quotes[-1]) if lines[i].strip() == "Args:"), None)
        if args is not None:
            rewrite(lines, args, region[1], region[2].split())
    return "\n".join(lines)


def rewrite(lines: list[str], args: int, struct: str, how: list[str]) -> None:
    """The entries below `Args:`: ours anew, and those of other arguments as they are."""
    indent = re.match(" *", lines[args])[0] + "    "  # type: ignore[index]
    end = next(i for i in range(args + 1, len(lines)) if not lines[i].startswith(indent))
    entries: list[list[str]] = []
    for line in lines[args + 1 : end]:
        if line.startswith(indent + " "):
            entries[-1].append(line)
        else:
            entries.append([line])
    ours = {item.name for item in chosen(struct, "python", tuple(how))} | {"branch"}
    mine = [entry[0].strip().split(":")[0] in ours for entry in entries]
    first = mine.index(True) if True in mine else 1
    before = entries[:first]
    others = [*before, *(entry for entry, own in zip(entries[first:], mine[first:], strict=True) if not own)]
    new: list[list[str]] = []
    for item in chosen(struct, "python", tuple(how)):
        new.append(wrapped(f"{item.name}: {said(item, how)}", indent, indent + "    "))
        if item.inner == "GitHubSource":
            branch = (
                "As for `run`."
                if "session" in how
                else "The branch to start from. Default: the repository's default branch."
            )
            new.append(wrapped(f"branch: {branch}", indent, indent + "    "))
    lines[args + 1 : end] = [line for entry in (*before, *new, *others[len(before) :]) for line in entry]


def said(item: Item, how: list[str]) -> str:
    """What there is to say where this operation has a default of its own, or is like another."""
    text = doc(item, "python").removesuffix(" Required.")
    if item.inner == "GitHubSource":
        text = after_first(text, SOURCES)
    by_operation = dict(re.findall(r"`(run|session)` (yes|no)", default(text)))
    if by_operation:
        return f"{without_default(text)} Default: {by_operation['session' if 'session' in how else 'run']}."
    if "session" not in how or item.name == "prompt":
        return text
    return "Has no effect here: it is for `run` and `all`." if text.startswith("For `run`") else "As for `run`."


def acts(path: Path, indent: str, type: str, *by_hand: str) -> list[str]:
    """Calls that answer nothing, in one of the two forms, or as the conformance driver makes them."""
    lines: list[str] = []
    blocking = "_blocking" in path.parts
    for item in acts_of(type):
        taken = [one.name for one in item.fields]
        if path.name.startswith("conformance"):
            lines.append(f'{indent}"{item.name}": simple({", ".join(map(quoted, [item.name, *taken]))}),')
        elif f"-{item.name}" not in by_hand:
            call = f"self._native.{item.name}({', '.join([*taken, 'timeout'])})"
            texts = "".join(f"{name}: str, " for name in taken)
            head = f"def {item.name}(self, {texts}*, timeout: float | None = None) -> None:"
            lines += [
                f"{indent}{'' if blocking else 'async '}{head}",
                *docstring(doc(item, "python"), f"{indent}    "),
                f"{indent}    {f'{call}.wait()' if blocking else f'await finish({call})'}",
                "",
            ]
    return lines


def quoted(text: str) -> str:
    return f'"{text}"'
