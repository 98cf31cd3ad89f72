//! The languages and how each one's driver is started.

use std::fmt;
use std::path::Path;

/// A language with a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// The core itself; its driver is in this crate.
    Rust,
    /// `bindings-python`.
    Python,
    /// `bindings-node`.
    Node,
    /// `bindings-swift`.
    Swift,
}

impl Language {
    /// All of them, in the report's order.
    pub const ALL: [Self; 4] = [Self::Rust, Self::Python, Self::Node, Self::Swift];

    /// Its name in options and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Node => "node",
            Self::Swift => "swift",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }

    /// What an error of this kind must be in the language: its class in Python and Node, its case in Swift. A
    /// cancellation is the language's own.
    #[must_use]
    pub fn error_class(self, kind: &str) -> Option<String> {
        match (self, kind) {
            (_, "Cancelled") => None,
            (Self::Rust, _) => Some(format!("ErrorKind::{kind}")),
            (Self::Python | Self::Node, _) => Some(format!("{kind}Error")),
            (Self::Swift, "MissingApiKey") => Some("JulesError.config".to_owned()),
            (Self::Swift, _) => {
                let (first, rest) = kind.split_at(kind.len().min(1));
                Some(format!("JulesError.{}{rest}", first.to_lowercase()))
            }
        }
    }

    /// The variable that has its driver's command; Rust needs none.
    fn variable(self) -> Option<&'static str> {
        match self {
            Self::Rust => None,
            Self::Python => Some("JULES_DRIVER_PYTHON"),
            Self::Node => Some("JULES_DRIVER_NODE"),
            Self::Swift => Some("JULES_DRIVER_SWIFT"),
        }
    }

    /// The shell command that starts its driver; the plan's path is appended to it.
    ///
    /// # Errors
    /// Why there is none.
    pub fn command(self, own_program: &Path) -> Result<String, String> {
        let Some(variable) = self.variable() else {
            return Ok(format!("'{}' drive", own_program.display()));
        };
        match std::env::var(variable) {
            Ok(command) if !command.trim().is_empty() => Ok(command),
            _ => Err(format!("{variable} is not set")),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
