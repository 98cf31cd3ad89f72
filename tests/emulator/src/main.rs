//! The binary `jules-emulator`: starts an emulator, says where it is, and waits to be ended.

mod arguments;

use std::io::{self, Write};
use std::process::ExitCode;

use arguments::{Arguments, HELP};
use jules_emulator::{Config, Emulator, EmulatorBuilder};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(lexopt::Parser::from_env()) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&format!("{error}\nTry --help.")),
    };
    let done = match (arguments.help, arguments.version) {
        (true, _) => print(HELP),
        (_, true) => print(concat!("jules-emulator ", env!("CARGO_PKG_VERSION"), "\n")),
        _ => run(arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error.to_string()),
    }
}

async fn run(arguments: Arguments) -> io::Result<()> {
    let exit_with_stdin = arguments.exit_with_stdin;
    let mut stop = Stop::listen()?;
    let emulator = builder(arguments)?.start().await?;
    let ready = json!({
        "url": emulator.url(),
        "control": format!("{}/_emulator/", emulator.origin()),
        "pid": std::process::id(),
    });
    print(&format!("{ready}\n"))?;
    tokio::select! {
        () = stop.asked_for() => {}
        () = stdin_closed(), if exit_with_stdin => {}
    }
    drop(emulator);
    // A read of standard input can't be cancelled: don't wait for its thread.
    std::process::exit(0)
}

fn builder(arguments: Arguments) -> io::Result<EmulatorBuilder> {
    let named = Config {
        speed: arguments.speed.unwrap_or(1.0),
        concurrent_sessions: arguments.concurrent,
        daily_sessions: arguments.daily,
        not_found_window_ms: arguments.not_found_window,
        clock_skew_ms: arguments.clock_skew,
        ..Config::default()
    };
    let config = named.with(Value::Object(arguments.settings)).map_err(io::Error::other)?;
    let mut builder = Emulator::builder().port(arguments.port).configure(|default| *default = config);
    for key in arguments.keys {
        builder = builder.key(key);
    }
    for account in arguments.accounts {
        builder = builder.account(account);
    }
    if let Some(seed) = arguments.seed {
        builder = builder.seed(seed);
    }
    for (index, path) in arguments.scenarios.iter().enumerate() {
        let (name, yaml) = if path.exists() {
            let yaml = std::fs::read_to_string(path)?;
            (jules_emulator::scenario_name(&yaml).map_err(io::Error::other)?, Some(yaml))
        } else {
            (path.to_string_lossy().into_owned(), None)
        };
        if let Some(yaml) = yaml {
            builder = builder.scenario(yaml);
        }
        if index == 0 {
            builder = builder.default_scenario(name);
        }
    }
    Ok(builder)
}

/// The signals that end the emulator, listened for before it says that it is ready.
#[cfg(unix)]
struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn asked_for(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Elsewhere only Ctrl-C is known.
#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn asked_for(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn stdin_closed() {
    let mut stdin = tokio::io::stdin();
    let mut ignored = [0; 1024];
    while matches!(stdin.read(&mut ignored).await, Ok(count) if count > 0) {}
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

fn refuse(why: &str) -> ExitCode {
    // If standard error is gone too, the exit code has to do.
    let _: io::Result<()> = writeln!(io::stderr(), "jules-emulator: {why}");
    ExitCode::from(2)
}
