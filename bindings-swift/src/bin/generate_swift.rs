//! Writes the Swift and C side of the boundary from the metadata in the built library:
//! `generate-swift LIBRARY UNIFFI_TOML OUT_DIR`. A development tool; `.dev/run swift build` runs it.

use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

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
    match written.and_then(|()| Ok(lighten(&Path::new(out_dir).join("JulesGlue.swift"))?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}")),
    }
}

/// Lets the generated code do with a part of Foundation on Linux, where all of it makes a static tool larger by 40 MB.
fn lighten(file: &Path) -> io::Result<()> {
    const WHOLE: &str = "\nimport Foundation\n";
    const PART: &str =
        "\n#if canImport(FoundationEssentials)\nimport FoundationEssentials\n#else\nimport Foundation\n#endif\n";
    let text = fs::read_to_string(file)?;
    if text.matches(WHOLE).count() != 1 {
        return Err(io::Error::other("the generated code no longer has one `import Foundation`"));
    }
    // The lock is ours, beside it.
    fs::write(file, text.replace(WHOLE, PART).replace("NSLock", "Lock"))
}

#[expect(clippy::print_stderr, reason = "a command-line tool says why it failed")]
fn fail(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}
