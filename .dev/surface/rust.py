"""Tables for the Rust halves of the bindings: how options come in, and how errors go out; and core's own setters."""

from __future__ import annotations

from pathlib import Path

from core import BINDINGS, Item, chosen, error_fields, options, table, words
from core import acts as acts_of
from text import WIDTH, camel, doc, line_doc

TAKEN = {
    "python": {
        "bool": "value.extract()?",
        "Duration": "seconds(&value, &name)?",
        "usize": "count(&value, &name)?",
        "u32": "count(&value, &name)?",
        "u64": "count(&value, &name)?",
        "ActivityBudget": "activity_budget(&value, &name)?",
        "ApiKey": "ApiKey::from(value.extract::<String>()?)",
        "Cache": "cache(&value)?",
        "GitHubSource": "source(&value)?",
        "Headers": "headers(&value)?",
        "Proxy": "value.extract::<String>()?.into()",
        "RetryOn": "word(&value)?",
        "SlotWait": "slot_wait(&value, &name)?",
        "String": "value.extract()?",
        "SyncDepth": "word(&value)?",
        "Timestamp": "moment(&value, &name)?",
        "Until": "word(&value)?",
        "Vec<String>": "strings(&value)?",
        "i64": "value.extract()?",
    },
    "node": {
        "Duration": "millis({})",
        "usize": "{}.map(|n| n as usize)",
        "u64": "{}.map(u64::from)",
        "ActivityBudget": "{}.map(activity_budget)",
        "ApiKey": "{}.map(Into::into)",
        "Cache": "{}.map(cache)",
        "GitHubSource": "{}.map(Into::into)",
        "Headers": "{}.map(|headers| headers.into_iter().collect())",
        "Proxy": "{}.map(Into::into)",
        "SlotWait": "{}.and_then(slot_wait)",
        "RetryOn": "{}.map(|word| word.parse()).transpose()?",
        "SyncDepth": "{}.map(|word| word.parse()).transpose()?",
        "Timestamp": "{}.map(|time| time.parse()).transpose()?",
        "Until": "{}.map(|word| word.parse()).transpose()?",
    },
    "swift": {
        "Duration": "duration({})",
        "usize": "size({})",
        "ActivityBudget": "{}.map(Into::into)",
        "ApiKey": "{}.map(Into::into)",
        "Cache": "{}.map(Into::into)",
        "GitHubSource": "{}.map(Into::into)",
        "Headers": "{}.map(|headers| headers.into_iter().collect())",
        "Proxy": "{}.map(Into::into)",
        "SlotWait": "{}.map(Into::into)",
    },
}
RECORDED = {
    "node": {
        "Duration": "f64",
        "usize": "u32",
        "u64": "u32",
        "ActivityBudget": "Either<bool, u32>",
        "ApiKey": "String",
        "Cache": "Either<bool, String>",
        "GitHubSource": "NativeSource",
        "Headers": "HashMap<String, String>",
        "Proxy": "String",
        "RetryOn": "String",
        "RetryOptions": "NativeRetryOptions",
        "SlotWait": "Either<bool, f64>",
        "SyncDepth": "String",
        "Timestamp": "String",
        "Until": "String",
    },
    "swift": {
        "Duration": "u64",
        "usize": "u64",
        "ApiKey": "String",
        "Headers": "HashMap<String, String>",
        "Proxy": "String",
        "SyncDepth": "String",
    },
}
# What a name says beyond its type.
TAKEN_OF = {
    ("python", "ca"): "path_or_text(&value)?",
    ("node", "cache_limit"): "{}.and_then(|bytes| u64::try_from(bytes).ok())",
}
RECORDED_OF = {("node", "cache_limit"): "i64"}


def language(path: Path) -> str:
    return next(name for name in BINDINGS if f"bindings-{name}" in path.parts)


def native(item: Item, lang: str) -> str:
    return f"{item.name}_ms" if lang == "node" and item.inner == "Duration" else item.name


def record(path: Path, indent: str, struct: str, *how: str) -> list[str]:
    """The fields of a record that the language fills."""
    lang = language(path)
    lines = []
    for item in chosen(struct, lang, how):
        if lang == "swift" and item.inner == "RetryOptions":
            lines += [f"{indent}retry_{part.name}: Option<u64>," for part in options("RetryOptions", lang)]
            continue
        type = RECORDED_OF.get((lang, item.name)) or RECORDED[lang].get(item.inner, item.inner)
        type = type if item.type == "String" else f"Option<{type}>"
        lines.append(f"{indent}{'pub ' if lang == 'node' else ''}{native(item, lang)}: {type},")
    return lines


def take(path: Path, indent: str, struct: str, given: str, into: str, *how: str) -> list[str]:
    """Lays what was given into core's options; with `set` only where something was."""
    lang = language(path)
    lines = []
    for item in chosen(struct, lang, how):
        if lang == "python":
            lines += arms(item, indent, into)
            continue
        if item.type == "String":  # What is needed is there from the beginning.
            continue
        if item.inner == "RetryOptions":
            lines += retry(indent, lang, given, into)
            continue
        value = TAKEN_OF.get((lang, item.name)) or TAKEN[lang].get(item.inner, "{}")
        value = value.format(f"{given}.{native(item, lang)}")
        if not item.optional:
            if item.inner.startswith("Vec"):
                value += ".unwrap_or_default()"
            elif ".map(" in value and not value.endswith("?"):
                value = value.replace(".map(", f".map_or({into}.{item.name}, ")
            else:
                value += f".unwrap_or({into}.{item.name})"
        line = f"set(&mut {into}.{item.name}, {value});" if "set" in how else f"{into}.{item.name} = {value};"
        lines.append(indent + line)
    return lines


def arms(item: Item, indent: str, into: str) -> list[str]:
    """An option of Python: the arm that takes it."""
    if item.inner == "RetryOptions":
        return [f'{indent}"{item.name}" => change_retry({into}, &value)?,']
    value = TAKEN_OF.get(("python", item.name)) or TAKEN["python"][item.inner]
    whole = item.inner == "SlotWait" or not item.optional
    lines = [f'{indent}"{item.name}" => {into}.{item.inside}{item.name} = {value if whole else f"Some({value})"},']
    if item.inner == "GitHubSource":
        lines.append(f'{indent}"branch" => branch = Some(value.extract::<String>()?),')
    return lines


def retry(indent: str, lang: str, given: str, into: str) -> list[str]:
    parts = options("RetryOptions", lang)
    if lang == "swift":
        return [f"{indent}{into}.retry.{part.name} = duration({given}.retry_{part.name});" for part in parts]
    lines = [f"{indent}let retry = {given}.retry.unwrap_or_default();"]
    return lines + [f"{indent}set(&mut {into}.retry.{part.name}, millis(retry.{part.name}_ms));" for part in parts]


def show(path: Path, indent: str, struct: str) -> list[str]:
    """What a client uses, as Python shows it."""
    shown = {
        "Duration": "seconds(options.{})",
        "RetryOptions": "shown_retry(py, &options.{})?",
        "Cache": "shown_cache(py, options.{})?",
        "ActivityBudget": "shown_budget(py, options.{})?",
        "Proxy": "options.{}.as_ref().map(Proxy::reveal)",
        "Headers": "options.{}.as_ref().map(shown_headers)",
    }
    known = [item for item in options(struct, "python") if item.inner != "ApiKey"]
    values = [(item.name, shown.get(item.inner, "options.{}").format(item.name)) for item in known]
    return [f'{indent}dict.set_item("{name}", {value})?;' for name, value in values]


def setters(path: Path, indent: str, struct: str) -> list[str]:
    """Core's own: a method for each option."""
    into = {"ApiKey", "String", "ActivityBudget", "Proxy", "Headers", "RecorderHandle"}
    lines: list[str] = []
    for item in options(struct, "rust"):
        type = f"impl Into<{item.inner}>" if item.inner in into else item.inner
        value = f"{item.name}.into()" if item.inner in into else item.name
        lines += [
            "" if lines else None,
            f"{indent}/// See [`{struct}::{item.name}`].",
            f"{indent}pub fn {item.name}(mut self, {item.name}: {type}) -> Self {{",
            f"{indent}    self.options.{item.name} = {f'Some({value})' if item.optional else value};",
            f"{indent}    self",
            f"{indent}}}",
        ]  # type: ignore[list-item]
    return [line for line in lines if line is not None]


def getters(path: Path, indent: str, struct: str) -> list[str]:
    """The attributes of a value of Python's, as far as they are numbers, flags and times."""
    lines: list[str] = []
    for item in table(struct).fields:
        type, value = item.type, f"self.data().{item.name}"
        if item.inner == "Timestamp":
            type, value = ("Option<Time>", f"{value}.map(Time)") if item.optional else ("Time", f"Time({value})")
        lines += [
            *([""] if lines else []),
            *line_doc(doc(item, "python"), indent),
            f"{indent}#[getter]",
            f"{indent}fn {item.name}(&self) -> {type} {{",
            f"{indent}    {value}",
            f"{indent}}}",
        ]
    return lines


def errors(path: Path, indent: str) -> list[str]:
    """What an error tells, into the fields of Python's."""
    told = {
        "Duration": ".map(|wait| wait.as_secs_f64())",
        "Timestamp": ".map(Time)",
        "Limit": ".map(jules::Limit::as_str)",
        "EndReason": ".map(jules::EndReason::as_str)",
        "Activity": ".map(|value| value.clone().to_python(py)).transpose()?",
        "SessionInfo": ".map(|value| value.clone().to_python(py)).transpose()?",
        "Outcome": ".map(|value| value.clone().to_python(py)).transpose()?",
    }
    lines = []
    for item in error_fields():
        if item.name in ("index", "results"):  # Those of an `all` are added where it is driven.
            continue
        value = f"error.{item.name}(){told.get(item.inner, '')}"
        value = f"Json(&serde_json::Value::Array({value}.to_vec()))" if item.inner == "[Value]" else value
        lines.append(f'{indent}fields.set_item("{item.name}", {value})?;')
    return lines


def activities(path: Path, indent: str, what: str) -> list[str]:
    """The classes of activities for Python: the `names` of their kinds, how one is `told`, `wrapped`, and `classes`."""
    kinds = words("Event")
    if what == "names":
        return [f"{indent}{item.name}," for item in kinds]
    if what == "wrapped":
        made = "{indent}Kind::{kind} => Bound::new(py, base.add_subclass({of}))?.into_super(),"
        return [made.format(indent=indent, kind=item.name, of=class_of(item)) for item in kinds]
    if what == "told":
        told = [f"{indent}{pattern(item)} => Kind::{item.name}," for item in kinds[:-1]]
        return [*told, f"{indent}_ => Kind::{kinds[-1].name},"]
    lines: list[str] = []
    for item in kinds:
        shown = [field.name for field in item.fields if field.inner != "Value"]
        shown += ["description"] if item is kinds[-1] else []
        shown_text = ", ".join(f'"{name}"' for name in [*shown, "artifacts"])
        lines += [
            "activity_class!(",
            f"    /// {item.doc}",
            f"    {class_of(item)},",
            f"    repr = [{shown_text}]",
            ");",
        ]
    for item in kinds:
        if item.fields:
            matched = ", ".join(f'"{field.name}"' for field in item.fields)
            lines.append(f"match_args!({class_of(item)}, {matched});")
    for item in kinds:
        if item.fields:
            lines += ["", "#[pymethods]", f"impl {class_of(item)} {{"]
            for at, field in enumerate(item.fields):
                lines += ([""] if at else []) + getter(item, field)
            lines.append("}")
    return lines


def class_of(item: Item) -> str:
    return "UnknownActivity" if item.name == "Unknown" else item.name


def pattern(item: Item) -> str:
    return f"Event::{item.name}" + (" { .. }" if item.fields else "")


def getter(item: Item, field: Item) -> list[str]:
    """An attribute that is read from the event."""
    rest = ", .." if len(item.fields) > 1 else ""
    known = f"Event::{item.name} {{ {field.name}{rest} }}"
    head = [*line_doc(field.doc, "    "), "    #[getter]"]
    if field.type == "Plan":
        return [
            *head,
            f"    fn {field.name}<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Plan>> {{",
            f"        let {field.name} = match slf.as_super().get().event() {{",
            f"            {known} => {field.name}.clone(),",
            "            _ => jules::Plan::default(),",
            "        };",
            f"        Plan::wrap(slf.py(), Shared::new({field.name}))",
            "    }",
        ]
    type, found, none = ("&'a str", field.name, '""')
    if field.type == "Value":
        type, found, none = ("Json<'a, serde_json::Value>", f"Json({field.name})", "Json(&serde_json::Value::Null)")
    return [
        *head,
        f"    fn {field.name}<'a>(slf: &'a Bound<'_, Self>) -> {type} {{",
        "        match slf.as_super().get().event() {",
        f"            {known} => {found},",
        f"            _ => {none},",
        "        }",
        "    }",
    ]


def acts(path: Path, indent: str, type: str, *by_hand: str) -> list[str]:
    """Calls that answer nothing, across the boundary of a language; or what a conformance case calls them, and does."""
    lines: list[str] = []
    for item in acts_of(type):
        taken = [one.name for one in item.fields]
        if path.name == "case.rs":
            names = ", ".join(f'"{camel(one)}"' for one in taken)
            lines.append(f'{indent}("{camel(item.name)}", &[{names}]),')
        elif "driver" in path.parts:
            read = ", ".join(f'options::string(with, "{camel(one)}")' for one in taken)
            lines.append(f'{indent}"{camel(item.name)}" => Ok(session.{item.name}({read}).await.map(nothing)?),')
        elif f"-{item.name}" not in by_hand:
            lines += [*([""] if lines else []), *ACTS[language(path)](type, item, taken, indent)]
    return lines


def act_of_python(type: str, item: Item, taken: list[str], indent: str) -> list[str]:
    texts = "".join(f"{one}: String, " for one in taken)
    make = f"|session| session.{item.name}({', '.join(taken)})" if taken else f"jules::{type}::{item.name}"
    return [
        f"{indent}#[pyo3(signature = ({', '.join([*taken, 'timeout'])}))]",
        f"{indent}fn {item.name}(&self, py: Python<'_>, {texts}timeout: Option<f64>) -> PyResult<Pending<()>> {{",
        f"{indent}    self.call(py, timeout, {make})",
        f"{indent}}}",
    ]


def act_of_node(type: str, item: Item, taken: list[str], indent: str) -> list[str]:
    written = f"{item.name}({', '.join(taken)})" if taken else item.name
    return [
        f"{indent}effect! {{",
        *line_doc(doc(item, "node"), f"{indent}    "),
        f"{indent}    {written}",
        f"{indent}}}",
    ]


def act_of_swift(type: str, item: Item, taken: list[str], indent: str) -> list[str]:
    parts = ["&self", *(f"{one}: String" for one in taken), "timeout: Option<u64>", "cancel: Arc<CancelToken>"]
    head, tail = f"{indent}pub(crate) async fn {item.name}(", ") -> Result<(), Failure> {"
    short = f"{head}{', '.join(parts)}{tail}"
    split = [head, *(f"{indent}    {part}," for part in parts), f"{indent}{tail}"]
    call = f"self.session.{item.name}({', '.join(taken)}).timeout_opt(duration(timeout))"
    return [*([short] if len(short) <= WIDTH else split), f"{indent}    call(cancel, {call}).await", f"{indent}}}"]


ACTS = {"python": act_of_python, "node": act_of_node, "swift": act_of_swift}
