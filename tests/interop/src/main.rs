//! The Rust side of the interop script (`tests/interop/run`).
//!
//! - `tokens` prints tokens, with what this SDK says of each, for the other clients to judge.
//! - `report TOKENS README RESULTS…` compares what they said, and ends with `N passed, N failed`.

mod report;
mod table;
mod tokens;

use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["tokens"] => print_tokens().map(|()| true),
        ["report", tokens, readme, results @ ..] => report::run(tokens, readme, results),
        _ => Err("usage: descope-interop tokens | report TOKENS README RESULTS…".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("descope-interop: {error}");
            ExitCode::from(2)
        }
    }
}

fn print_tokens() -> Result<(), Box<dyn Error>> {
    println!("{}", serde_json::to_string_pretty(&tokens::judged()?)?);
    Ok(())
}
