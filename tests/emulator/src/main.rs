//! The emulator as a program, for tests in other languages and for trying things out.

mod options;

use std::io::{self, Read};
use std::process::ExitCode;
use std::thread;

use options::{Options, Request};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Request::Run(options)) => options,
        Ok(Request::Print(text)) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("descope-emulator: {error}\nTry --help.");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("descope-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until standard input ends, where that was asked for, or else until it is killed.
fn run(options: &Options) -> Result<(), String> {
    let emulator = options
        .builder()?
        .try_start()
        .map_err(|error| format!("port {} of 127.0.0.1: {error}", options.port))?;
    println!("DESCOPE_BASE_URL={}", emulator.base_url());
    println!("DESCOPE_PROJECT_ID={}", emulator.project_id());
    println!("DESCOPE_MANAGEMENT_KEY={}", emulator.management_key());
    if options.until_stdin_closes {
        println!("# It stops when its standard input ends.");
        let ended = io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink());
        return ended.map(drop).map_err(|error| format!("standard input: {error}"));
    }
    println!("# Stop it with Ctrl-C.");
    loop {
        thread::park();
    }
}
