#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| descope_fuzz::answers::retry_after(data));
