//! The program `descope-emulator`, for other programs to have as a command of their own.

mod child;
mod options;
mod seed_file;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use options::{Options, Request};

use crate::{Emulator, Key, Status};

/// Runs the program with these arguments, which follow its name; its errors and its help call it
/// `name`. Returns when it is over, with the code to exit with:
///
/// - with a command (`-- COMMAND`), that of the command; 128 and its number after a signal, 126 where
///   it cannot be run, 127 where it is not found
/// - without, 0 when standard input has ended and `--until-stdin-closes` is given; else it does not
///   return
/// - 1 where it cannot start, 2 where the arguments are wrong
///
/// ```no_run
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     descope_emulator::program::run("my-tool emulator", std::env::args_os().skip(2))
/// }
/// ```
pub fn run(name: &str, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let options = match Options::parse(arguments.into_iter()) {
        Ok(Request::Run(options)) => options,
        Ok(Request::Help { has_sample }) => return print(&options::help(name, has_sample)),
        Ok(Request::Version) => {
            return print(concat!("descope-emulator ", env!("CARGO_PKG_VERSION")));
        }
        Err(error) => {
            tell(format_args!("{name}: {error}\nTry --help."));
            return ExitCode::from(2);
        }
    };
    serve(&options).unwrap_or_else(|error| {
        tell(format_args!("{name}: {error}"));
        ExitCode::FAILURE
    })
}

fn print(text: &str) -> ExitCode {
    // Whoever does not read it to its end has had enough.
    let _ = writeln!(io::stdout(), "{text}");
    ExitCode::SUCCESS
}

/// Tells a line on standard error. One that cannot be written changes nothing.
fn tell(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Serves until the command or standard input ends, where that was asked for.
fn serve(options: &Options) -> Result<ExitCode, String> {
    let emulator = options
        .builder()?
        .try_start()
        .map_err(|error| format!("port {} of {}: {error}", options.port, options.host))?;
    let settings = settings(&emulator, options);
    if let [program, arguments @ ..] = options.command.as_slice() {
        if child::is_interactive(program, arguments) {
            let url = emulator.base_url();
            tell(format_args!("Emulator at {url}; leave the shell to stop it."));
        }
        return Ok(child::run(program, arguments, &settings));
    }
    let end = match options.until_stdin_closes {
        true => "It stops when its standard input ends.",
        false => "Stop it with Ctrl-C.",
    };
    let lines = settings.iter().map(|(name, value)| format!("{name}={value}\n"));
    print(&format!("{}# {end}", lines.collect::<String>()));
    if options.until_stdin_closes {
        io::copy(&mut io::stdin().lock(), &mut io::sink())
            .map_err(|error| format!("standard input: {error}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        thread::park();
    }
}

/// What points an SDK at the emulator.
fn settings(emulator: &Emulator, options: &Options) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        ("DESCOPE_BASE_URL", emulator.base_url()),
        // The vendor's SDK for Python has another name for it.
        ("DESCOPE_BASE_URI", emulator.base_url()),
        ("DESCOPE_PROJECT_ID", emulator.project_id().to_owned()),
        ("DESCOPE_MANAGEMENT_KEY", emulator.management_key().to_owned()),
    ];
    let keys = emulator.keys();
    if let Some(key) = keys.iter().find(|key| key.status == Status::Active) {
        settings.push(("DESCOPE_ACCESS_KEY", Key::cleartext(key).to_owned()));
    }
    let host = options.host;
    if !host.is_loopback() && !host.is_unspecified() {
        settings.push(("DESCOPE_ALLOW_PLAIN_HTTP", host.to_string()));
    }
    settings
}
