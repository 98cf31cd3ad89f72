//! Writes the Swift and C side of the boundary from the metadata in the built library:
//! `generate-swift LIBRARY UNIFFI_TOML OUT_DIR`. A development tool; `.dev/run swift build` runs it.

use std::process::ExitCode;

use uniffi_bindgen::bindings::{SwiftBindingsOptions, generate_swift_bindings};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, config, out_dir] = arguments.as_slice() else {
        return fail("usage: generate-swift LIBRARY UNIFFI_TOML OUT_DIR");
    };
    let written = generate_swift_bindings(SwiftBindingsOptions {
        generate_swift_sources: true,
        generate_headers: true,
        source: library.into(),
        out_dir: out_dir.into(),
        config: Some(config.into()),
        ..SwiftBindingsOptions::default()
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}")),
    }
}

#[expect(clippy::print_stderr, reason = "a command-line tool says why it failed")]
fn fail(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}
