//! The binary's command line.

use std::path::PathBuf;

use jules_emulator::{Account, Plan};
use lexopt::{Arg, Parser, ValueExt};
use serde_json::{Map, Value};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
A Jules server for tests, demos and CI.

Usage: jules-emulator [OPTIONS]

When it is ready it prints one line of JSON, {\"url\": \"http://127.0.0.1:PORT/v1alpha\", ...}, on
standard output. It ends on SIGTERM and SIGINT. Any API key is accepted, but for wrong-key and
those that start with invalid.

Options:
      --port PORT            Port on 127.0.0.1 [default: 0, any free one]
      --speed N              Divide scripted delays by N [default: 1]
      --scenario FILE        Add a scenario (YAML); the first one becomes the default. Repeatable.
                             A name without a file behind it picks a shipped one.
      --key KEY              Accept only this key. Repeatable.
      --account NAME:PLAN:KEY[,KEY...]
                             Add an account with a plan and keys of its own. PLAN is free (3 slots, 15 a
                             day), pro (15, 100), ultra (60, 300) or SLOTS/PERDAY. Repeatable.
      --seed N               Same ids, decimals and fault probabilities every time
      --concurrent N         Most active sessions at a time
      --daily N              Most sessions created in 24 hours
      --limit-answer WORD    How a create beyond these is refused: bare, genericQuota,
                             resourceExhausted or failedPrecondition
      --set NAME=VALUE       Any setting of the configuration, its value as JSON or a plain word. Repeatable.
      --not-found-window MS  Activities answer 404 for so long after a create [default: 0]
      --clock-skew MS        The emulator's clock is ahead (or, negative, behind) [default: 0]
      --exit-with-stdin      End when standard input closes: dies with the process that started it
  -h, --help                 Print this
  -V, --version              Print the version
";

/// A command line that was read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) help: bool,
    pub(crate) version: bool,
    pub(crate) port: u16,
    pub(crate) speed: Option<f64>,
    pub(crate) scenarios: Vec<PathBuf>,
    pub(crate) keys: Vec<String>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) seed: Option<u64>,
    pub(crate) concurrent: Option<usize>,
    pub(crate) daily: Option<usize>,
    /// Settings of the configuration by name.
    pub(crate) settings: Map<String, Value>,
    pub(crate) not_found_window: u64,
    pub(crate) clock_skew: i64,
    pub(crate) exit_with_stdin: bool,
}

impl Arguments {
    /// Reads a command line; the error is a line for the user.
    pub(crate) fn parse(mut parser: Parser) -> Result<Self, lexopt::Error> {
        let mut arguments = Self::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Short('h') | Arg::Long("help") => arguments.help = true,
                Arg::Short('V') | Arg::Long("version") => arguments.version = true,
                Arg::Long("port") => arguments.port = parser.value()?.parse()?,
                Arg::Long("speed") => arguments.speed = Some(parser.value()?.parse()?),
                Arg::Long("scenario") => arguments.scenarios.push(parser.value()?.into()),
                Arg::Long("key") => arguments.keys.push(parser.value()?.string()?),
                Arg::Long("account") => arguments.accounts.push(parser.value()?.parse_with(account)?),
                Arg::Long("seed") => arguments.seed = Some(parser.value()?.parse()?),
                Arg::Long("concurrent") => arguments.concurrent = Some(parser.value()?.parse()?),
                Arg::Long("daily") => arguments.daily = Some(parser.value()?.parse()?),
                Arg::Long("limit-answer") => {
                    let word = parser.value()?.string()?;
                    arguments.settings.insert("limitAnswer".to_owned(), Value::String(word));
                }
                Arg::Long("set") => {
                    let (name, value) = parser.value()?.parse_with(setting)?;
                    arguments.settings.insert(name, value);
                }
                Arg::Long("not-found-window") => arguments.not_found_window = parser.value()?.parse()?,
                Arg::Long("clock-skew") => arguments.clock_skew = parser.value()?.parse()?,
                Arg::Long("exit-with-stdin") => arguments.exit_with_stdin = true,
                other => return Err(other.unexpected()),
            }
        }
        Ok(arguments)
    }
}

/// `NAME:PLAN:KEY[,KEY...]`.
fn account(text: &str) -> Result<Account, String> {
    let mut parts = text.splitn(3, ':');
    let (Some(name), Some(plan), Some(keys)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(format!("'{text}' isn't NAME:PLAN:KEY"));
    };
    let account = keys.split(',').filter(|key| !key.is_empty()).fold(Account::new(name), Account::key);
    let number = |text: &str| text.parse::<usize>().ok();
    Ok(match (plan, plan.split_once('/').map(|(slots, day)| (number(slots), number(day)))) {
        ("free", _) => account.plan(Plan::Free),
        ("pro", _) => account.plan(Plan::Pro),
        ("ultra", _) => account.plan(Plan::Ultra),
        (_, Some((Some(slots), Some(day)))) => account.slots(slots).per_day(day),
        _ => return Err(format!("'{plan}' isn't a plan: free, pro, ultra or SLOTS/PERDAY")),
    })
}

/// `NAME=VALUE`; a value that isn't JSON is a word.
fn setting(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("'{text}' isn't NAME=VALUE"))?;
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&str]) -> Result<Arguments, String> {
        let words = line.iter().map(std::ffi::OsString::from);
        Arguments::parse(Parser::from_args(words)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_read_in_both_spellings() {
        let expected = Arguments { port: 8080, speed: Some(10.0), ..Arguments::default() };
        assert_eq!(parse(&["--port", "8080", "--speed=10"]), Ok(expected));
    }

    #[test]
    fn settings_are_json_or_words() {
        let line = ["--set", "minuteMs=500", "--set", "updateTime=now", "--set", r#"perMinute={"sessions.list":3}"#];
        let settings = parse(&line).unwrap().settings;
        let expected = serde_json::json!({ "minuteMs": 500, "updateTime": "now", "perMinute": { "sessions.list": 3 } });
        assert_eq!(Value::Object(settings), expected);
        assert!(parse(&["--set", "gzip"]).unwrap_err().contains("NAME=VALUE"));
    }

    #[test]
    fn accounts_have_a_plan_or_figures_and_several_keys() {
        let line = ["--account", "team:pro:one,two", "--account", "tight:2/10:three"];
        let team = Account::new("team").plan(Plan::Pro).key("one").key("two");
        let tight = Account::new("tight").slots(2).per_day(10).key("three");
        assert_eq!(parse(&line).unwrap().accounts, [team, tight]);
        assert!(parse(&["--account", "team"]).unwrap_err().contains("NAME:PLAN:KEY"));
        assert!(parse(&["--account", "team:gold:one"]).unwrap_err().contains("gold"));
    }

    #[test]
    fn an_unknown_option_is_named_in_the_error() {
        assert!(parse(&["--sped", "3"]).unwrap_err().contains("--sped"));
    }

    #[test]
    fn the_help_names_every_option() {
        for option in [
            "port",
            "speed",
            "scenario",
            "key",
            "account",
            "seed",
            "concurrent",
            "daily",
            "limit-answer",
            "set",
            "not-found-window",
            "clock-skew",
            "exit-with-stdin",
        ] {
            assert!(HELP.contains(&format!("--{option}")), "{option}");
        }
    }
}
