#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| descope_fuzz::entries::jwk_set(data));
