//! A piece of a larger value that keeps the whole alive, so that reading `activity.artifacts[0]` copies nothing; and
//! the methods that all value classes have.

use std::sync::Arc;

trait Holds<T>: Send + Sync {
    fn get(&self) -> &T;
}

/// A value, or a part of one.
pub(crate) struct Shared<T: 'static>(Arc<dyn Holds<T>>);

struct Whole<T>(T);

struct Part<T: 'static, F> {
    owner: Shared<T>,
    find: F,
}

impl<T: Send + Sync> Holds<T> for Whole<T> {
    fn get(&self) -> &T {
        &self.0
    }
}

impl<T, U, F> Holds<U> for Part<T, F>
where
    F: for<'a> Fn(&'a T) -> &'a U + Send + Sync,
{
    fn get(&self) -> &U {
        (self.find)(self.owner.get())
    }
}

impl<T: Send + Sync + 'static> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(Whole(value)))
    }
}

impl<T: 'static> Shared<T> {
    pub(crate) fn get(&self) -> &T {
        self.0.get()
    }

    /// Each element of a list inside this value.
    pub(crate) fn each<U, F>(&self, list: F) -> impl ExactSizeIterator<Item = Shared<U>>
    where
        U: 'static,
        F: for<'a> Fn(&'a T) -> &'a [U] + Send + Sync + Copy + 'static,
    {
        (0..list(self.get()).len()).map(move |index| self.part(move |owner| &list(owner)[index]))
    }

    fn part<U, F>(&self, find: F) -> Shared<U>
    where
        U: 'static,
        F: for<'a> Fn(&'a T) -> &'a U + Send + Sync + 'static,
    {
        Shared(Arc::new(Part { owner: self.clone(), find }))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Implements [`ToPython`](crate::convert::ToPython) for core's type by a value class that is made from it.
macro_rules! to_python {
    ($data:ty => $class:ty) => {
        impl crate::convert::ToPython for $data {
            #[cfg(feature = "stubs")]
            const HINT: pyo3::inspect::PyStaticExpr = <$class as pyo3::PyTypeInfo>::TYPE_HINT;

            fn to_python(self, py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                <$class>::wrap(py, crate::values::shared::Shared::new(self)).map(|value| value.into_any().unbind())
            }
        }
    };
}

/// What all value classes have: `==`, `hash` (by the field that identifies the value), a `repr` of one line with the
/// named attributes, and `to_dict()`. The class must have `fn data(&self) -> &impl Serialize + PartialEq`.
macro_rules! value_methods {
    ($class:ident, key = |$data:ident| $key:expr, repr = [$($name:literal),*]) => {
        #[pyo3::pymethods]
        impl $class {
            fn __eq__(&self, other: pyo3::PyRef<'_, Self>) -> bool {
                crate::convert::same(self.data(), other.data())
            }

            fn __hash__(&self) -> u64 {
                use std::hash::{DefaultHasher, Hash, Hasher};
                let mut hasher = DefaultHasher::new();
                let $data = self.data();
                $key.hash(&mut hasher);
                hasher.finish()
            }

            fn __repr__(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<String> {
                crate::convert::repr(slf.as_any(), &[$($name),*])
            }

            /// This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
            /// is left out).
            fn to_dict<'py>(&self, py: pyo3::Python<'py>) -> pyo3::PyResult<crate::convert::Dict<'py>> {
                crate::convert::Dict::of(py, self.data())
            }
        }
    };
}

/// How notebooks show a value: by `jules._display`, which is only imported there.
macro_rules! shown_in_notebooks {
    ($($class:ident),+) => {$(
        #[pyo3::pymethods]
        impl $class {
            fn _repr_html_(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<Option<String>> {
                crate::convert::html(slf.as_any())
            }
        }
    )+};
}

/// A `__match_args__` whose type checkers see the names, not just strings.
macro_rules! match_args {
    ($class:ident, $($name:literal),+) => {
        const _: () = {
            struct MatchArgs;

            impl<'py> pyo3::IntoPyObject<'py> for MatchArgs {
                type Target = pyo3::types::PyTuple;
                type Output = pyo3::Bound<'py, Self::Target>;
                type Error = pyo3::PyErr;

                #[cfg(feature = "stubs")]
                const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = pyo3::type_hint_subscript!(
                    pyo3::type_hint_identifier!("builtins", "tuple"),
                    pyo3::inspect::PyStaticExpr::Tuple { elts: &[$(pyo3::type_hint_subscript!(
                        pyo3::type_hint_identifier!("typing", "Literal"),
                        pyo3::inspect::PyStaticExpr::Constant { value: pyo3::inspect::PyStaticConstant::Str($name) }
                    )),+] }
                );

                fn into_pyobject(self, py: pyo3::Python<'py>) -> pyo3::PyResult<Self::Output> {
                    pyo3::types::PyTuple::new(py, [$($name),+])
                }
            }

            #[pyo3::pymethods]
            impl $class {
                #[classattr]
                fn __match_args__() -> MatchArgs {
                    MatchArgs
                }
            }
        };
    };
}

pub(crate) use {match_args, value_methods};
pub(super) use {shown_in_notebooks, to_python};
