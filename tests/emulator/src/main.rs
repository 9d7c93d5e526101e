//! The emulator as a program, for tests in other languages and for trying things out.

mod options;

use std::io::{self, Write};
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
    let end = match options.until_stdin_closes {
        true => "It stops when its standard input ends.",
        false => "Stop it with Ctrl-C.",
    };
    let settings = format!(
        "DESCOPE_BASE_URL={}\nDESCOPE_PROJECT_ID={}\nDESCOPE_MANAGEMENT_KEY={}\n# {end}\n",
        emulator.base_url(),
        emulator.project_id(),
        emulator.management_key(),
    );
    // In one piece; whoever does not read it to its end has had enough.
    let _ = io::stdout().write_all(settings.as_bytes());
    if options.until_stdin_closes {
        let ended = io::copy(&mut io::stdin().lock(), &mut io::sink());
        return ended.map(drop).map_err(|error| format!("standard input: {error}"));
    }
    loop {
        thread::park();
    }
}
