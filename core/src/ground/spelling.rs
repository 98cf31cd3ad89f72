//! How the options that an error names are written in the program that reads it: each binding says once what its language is.

use std::sync::OnceLock;

/// The language of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Also where nobody says anything.
    #[default]
    Rust,
    /// `retry_failed=3`
    Python,
    /// `retryFailed: 3`
    TypeScript,
    /// `retryFailed: 3`
    Swift,
}

static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// Names options in the way of this language from here on, in the whole process. The first one counts.
pub fn speak(language: Language) {
    LANGUAGE.set(language).ok();
}

/// An option's name.
pub(crate) fn option(name: &str) -> String {
    language().name(name)
}

/// An option with a value.
pub(crate) fn passed(name: &str, value: &str) -> String {
    language().passed(name, value)
}

fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or_default()
}

impl Language {
    fn name(self, name: &str) -> String {
        match (self, name) {
            (Self::Rust | Self::Python, _) => name.to_owned(),
            (Self::Swift, "allow_insecure_http") => "allowsInsecureHTTP".to_owned(),
            (Self::Swift, "base_url") => "baseURL".to_owned(),
            // It counts in milliseconds.
            (Self::TypeScript, "connect_timeout" | "polling_interval" | "request_timeout" | "stall_timeout") => {
                format!("{}Ms", camel(name))
            }
            _ => camel(name),
        }
    }

    fn passed(self, name: &str, value: &str) -> String {
        let option = self.name(name);
        match self {
            Self::Rust => format!("{option}({value})"),
            Self::Python => {
                let value = match value {
                    "true" => "True",
                    "false" => "False",
                    other => other,
                };
                format!("{option}={value}")
            }
            Self::TypeScript | Self::Swift => format!("{option}: {value}"),
        }
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut whole, word| {
        let mut letters = word.chars();
        whole.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        whole.push_str(letters.as_str());
        whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_own_way() {
        let ways = [
            (Language::Rust, "max_attempts", "allow_insecure_http(true)"),
            (Language::Python, "max_attempts", "allow_insecure_http=True"),
            (Language::TypeScript, "maxAttempts", "allowInsecureHttp: true"),
            (Language::Swift, "maxAttempts", "allowsInsecureHTTP: true"),
        ];
        for (language, name, passed) in ways {
            assert_eq!(language.name("max_attempts"), name);
            assert_eq!(language.passed("allow_insecure_http", "true"), passed);
        }
        assert_eq!(Language::TypeScript.name("stall_timeout"), "stallTimeoutMs");
        assert_eq!(Language::Swift.name("polling_interval"), "pollingInterval");
        assert_eq!(Language::Python.passed("api_key", "..."), "api_key=...");
    }
}
