//! The build script as a program of its own: `OUT_DIR=/tmp cargo run -p build-script --bin
//! fetch-settings`.

use std::process::ExitCode;

#[path = "../../build/fetch.rs"]
mod fetch;

fn main() -> ExitCode {
    fetch::main()
}
