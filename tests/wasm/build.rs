//! Mints what the program validates.

use std::{env, fs};

use descope_emulator::Emulator;

fn main() {
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let emulator = Emulator::builder().project_id("P2wasm").time(1_800_000_000).in_process();
    let token =
        emulator.token().claim("tenants", serde_json::json!({"acme": {"roles": ["deployer"]}}));
    let write = |name: &str, text: String| {
        fs::write(format!("{out}/{name}"), text).expect("the directory can be written to");
    };
    write("token", token.mint());
    write("forged", emulator.token().forged().mint());
    write("keys.json", emulator.key_set().to_string());
}
