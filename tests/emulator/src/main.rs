//! The emulator as a program, for tests in every language and for trying things out.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    descope_emulator::program::run("descope-emulator", env::args_os().skip(1))
}
