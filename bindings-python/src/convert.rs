//! How Rust's values become Python's: results of calls, times, tuples, states, JSON, and one-line reprs.

#[cfg(feature = "stubs")]
use crate::hints::*;
use jules::Timestamp;
use pyo3::PyClass;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDateTime, PyDict, PyIterator, PyMapping, PyString, PyTuple, PyTzInfo};
use serde::Serialize;

/// What a call can give.
pub(crate) trait ToPython: Send + 'static {
    /// Its type, for the stubs.
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr;

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>>;
}

impl ToPython for () {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = PyStaticExpr::Constant { value: PyStaticConstant::None };

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.None())
    }
}

impl ToPython for bool {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = type_hint_identifier!("builtins", "bool");

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.to_owned().into_any().unbind())
    }
}

impl ToPython for u64 {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = type_hint_identifier!("builtins", "int");

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.into_any().unbind())
    }
}

impl<T: ToPython> ToPython for Option<T> {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = type_hint_union!(T::HINT, <()>::HINT);

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.map_or_else(|| Ok(py.None()), |value| value.to_python(py))
    }
}

/// A moment as a `datetime` in UTC; what is finer than a microsecond is in the `…_ns` attribute.
pub(crate) struct Time(pub(crate) Timestamp);

impl<'py> IntoPyObject<'py> for Time {
    type Target = PyDateTime;
    type Output = Bound<'py, PyDateTime>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: PyStaticExpr = PyDateTime::TYPE_HINT;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let time = jiff::Timestamp::from_nanosecond(self.0.as_nanosecond())
            .map_err(|cause| PyValueError::new_err(cause.to_string()))?;
        let civil = jiff::tz::Offset::UTC.to_datetime(time);
        PyDateTime::new(
            py,
            i32::from(civil.year()),
            civil.month().unsigned_abs(),
            civil.day().unsigned_abs(),
            civil.hour().unsigned_abs(),
            civil.minute().unsigned_abs(),
            civil.second().unsigned_abs(),
            civil.subsec_nanosecond().unsigned_abs() / 1000,
            Some(&utc(py)?),
        )
    }
}

fn utc(py: Python<'_>) -> PyResult<Bound<'_, PyTzInfo>> {
    static UTC: PyOnceLock<Py<PyTzInfo>> = PyOnceLock::new();
    let utc = UTC.get_or_try_init(py, || PyTzInfo::utc(py).map(|utc| utc.to_owned().unbind()))?;
    Ok(utc.bind(py).clone())
}

/// Value objects as a tuple.
pub(crate) struct Tuple<'py, T>(pub(crate) Vec<Bound<'py, T>>);

impl<'py, T: PyClass> IntoPyObject<'py> for Tuple<'py, T> {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "tuple"),
        T::TYPE_HINT,
        PyStaticExpr::Constant { value: PyStaticConstant::Ellipsis }
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        if self.0.is_empty() { Ok(PyTuple::empty(py)) } else { PyTuple::new(py, self.0) }
    }
}

/// An iterator over value objects.
pub(crate) struct Each<'py, T>(pub(crate) Tuple<'py, T>);

impl<'py, T: PyClass> IntoPyObject<'py> for Each<'py, T> {
    type Target = PyIterator;
    type Output = Bound<'py, PyIterator>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("collections.abc", "Iterator"), T::TYPE_HINT);

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        self.0.into_pyobject(py)?.try_iter()
    }
}

/// Strings as a tuple.
pub(crate) struct Words<'a>(pub(crate) &'a [String]);

impl<'py> IntoPyObject<'py> for Words<'_> {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "tuple"),
        PyString::TYPE_HINT,
        PyStaticExpr::Constant { value: PyStaticConstant::Ellipsis }
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        PyTuple::new(py, self.0)
    }
}

/// A word as a member of one of the `str` enums in `jules._words`; a word that is not known becomes a member too.
macro_rules! enum_word {
    ($wrapper:ident, $data:ty, $class:literal) => {
        pub(crate) struct $wrapper<'a>(pub(crate) &'a $data);

        impl<'py> IntoPyObject<'py> for $wrapper<'_> {
            type Target = PyAny;
            type Output = Bound<'py, PyAny>;
            type Error = PyErr;

            #[cfg(feature = "stubs")]
            const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("jules._words", $class);

            fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
                static OF: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
                let of = OF.get_or_try_init(py, || {
                    py.import("jules._words")?.getattr($class)?.getattr("_of").map(Bound::unbind)
                })?;
                of.bind(py).call1((self.0.as_str(),))
            }
        }
    };
}
enum_word!(State, jules::SessionState, "SessionState");
enum_word!(Change, jules::ChangeType, "ChangeType");
enum_word!(TaskWord, jules::TaskState, "TaskState");

/// The type of an activity: text, and type checkers know the words.
pub(crate) struct ActivityType(pub(crate) &'static str);

impl<'py> IntoPyObject<'py> for ActivityType {
    type Target = PyString;
    type Output = Bound<'py, PyString>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("jules._words", "ActivityType");

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Ok(PyString::new(py, self.0))
    }
}

/// Anything as the Python data that its JSON stands for.
pub(crate) struct Json<'a, T>(pub(crate) &'a T);

impl<'py, T: Serialize> IntoPyObject<'py> for Json<'_, T> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("typing", "Any");

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let text = serde_json::to_string(self.0).map_err(|cause| PyValueError::new_err(cause.to_string()))?;
        LOADS.import(py, "json", "loads")?.call1((text,))
    }
}

/// The JSON that is shown for a value.
pub(crate) fn shape(data: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(data).unwrap_or_default()
}

/// Two values are the same when what is shown of them is.
pub(crate) fn same<T: PartialEq + Serialize>(one: &T, other: &T) -> bool {
    one == other || shape(one) == shape(other)
}

/// The value as a piece of HTML; nothing where a picture says it.
pub(crate) fn html(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    static HTML: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    HTML.import(value.py(), "jules._display", "html")?.call1((value,))?.extract()
}

/// The value by MIME type, as pictures.
pub(crate) fn pictures<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static PICTURES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    PICTURES.import(value.py(), "jules._display", "pictures")?.call1((value,))
}

/// A mapping as a `dict` of its own.
pub(crate) fn dict<'py>(mapping: &Bound<'py, PyMapping>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(mapping.py());
    dict.update(mapping)?;
    Ok(dict)
}

/// A JSON object as a `dict`.
pub(crate) struct Dict<'py>(Bound<'py, PyDict>);

impl<'py> Dict<'py> {
    pub(crate) fn of(py: Python<'py>, data: &impl Serialize) -> PyResult<Self> {
        Ok(Self(Json(data).into_pyobject(py)?.cast_into()?))
    }
}

impl<'py> IntoPyObject<'py> for Dict<'py> {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "dict"),
        PyString::TYPE_HINT,
        type_hint_identifier!("typing", "Any")
    );

    fn into_pyobject(self, _py: Python<'py>) -> PyResult<Self::Output> {
        Ok(self.0)
    }
}

const LONGEST_TEXT: usize = 60;

/// `Class(name='value', …)` on one line, with what is long cut short and what is absent left out.
pub(crate) fn repr(object: &Bound<'_, PyAny>, names: &[&str]) -> PyResult<String> {
    let mut fields = Vec::with_capacity(names.len());
    for name in names {
        let value = object.getattr(*name)?;
        if !value.is_none() {
            fields.push(format!("{name}={}", brief(&value)?));
        }
    }
    Ok(format!("{}({})", object.get_type().name()?, fields.join(", ")))
}

fn brief(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(items) = value.cast::<PyTuple>() {
        return Ok(match items.len() {
            0 => "()".to_owned(),
            1 => "(1 item)".to_owned(),
            count => format!("({count} items)"),
        });
    }
    if let Ok(time) = value.cast::<PyDateTime>() {
        return Ok(time.str()?.to_string());
    }
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_cow()?;
        let mut start: String = text.chars().take(LONGEST_TEXT + 1).collect();
        if start.chars().count() > LONGEST_TEXT {
            start.pop();
            start.push('…');
        }
        return Ok(PyString::new(value.py(), &start).repr()?.to_string());
    }
    let text = value.repr()?.to_string();
    if text.chars().count() <= LONGEST_TEXT { Ok(text) } else { Ok(format!("{}(…)", value.get_type().name()?)) }
}
