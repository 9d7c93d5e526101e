//! Fetches the settings that the program is built with; see `build/fetch.rs`.

use std::process::ExitCode;

#[path = "build/fetch.rs"]
mod fetch;

fn main() -> ExitCode {
    fetch::main()
}
