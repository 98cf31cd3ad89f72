#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jules_fuzz::patch(data));
