#![no_main]

// Cargo-fuzz sets `fuzzing`: with it core has a way in for what a server may say.
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jules::fuzzing::wire(data));
