//! `descope-keys emulator`

use std::ffi::OsString;
use std::process::{Command, ExitStatus};
use std::{iter, thread};

use clap::Args;
use serde_json::{Map, Value};

use crate::app::App;
use crate::failure::Failure;
use crate::sample_emulator;

/// Start an emulator with a few sample keys, for more than one command
///
/// It prints the settings that point this tool, or a program that uses the SDK, at it, and serves
/// them until it is stopped. With a command it runs that with these settings in its environment,
/// and ends with it, and with its exit code. Nothing outlives the emulator.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys emulator -- bash
  descope-keys emulator -- sh -c 'descope-keys token | descope-keys validate'")]
pub(crate) struct Emulator {
    /// The port of 127.0.0.1 to listen on [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// The command to run
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Emulator {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let emulator = sample_emulator::on_port(self.port)
            .map_err(|error| Failure::Local(format!("port {} of 127.0.0.1", self.port), error))?;
        let base_url = emulator.base_url();
        let settings = [
            ("DESCOPE_BASE_URL", base_url.as_str()),
            ("DESCOPE_PROJECT_ID", emulator.project_id()),
            ("DESCOPE_MANAGEMENT_KEY", emulator.management_key()),
            ("DESCOPE_ACCESS_KEY", sample_emulator::ACCESS_KEY),
        ];
        if let [program, arguments @ ..] = self.command.as_slice() {
            app.out.note(format_args!("An emulator at {base_url}, until {program} ends."));
            let mut command = Command::new(program);
            command.args(arguments).envs(settings).envs(path_with_this_tool());
            return ended(program, command.status());
        }
        let object = settings.map(|(name, value)| (name.to_owned(), value.into()));
        app.out.data(&Map::<String, Value>::from_iter(object), || {
            settings.map(|(name, value)| format!("export {name}={value}\n")).concat()
        })?;
        app.out.note("Stop it with Ctrl-C.");
        loop {
            thread::park();
        }
    }
}

/// A search path on which the command finds this tool, wherever it was started from.
fn path_with_this_tool() -> Option<(&'static str, OsString)> {
    let tool = std::env::current_exe().ok()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = iter::once(tool.parent()?.to_owned()).chain(std::env::split_paths(&path));
    Some(("PATH", std::env::join_paths(folders).ok()?))
}

fn ended(program: &str, status: std::io::Result<ExitStatus>) -> Result<(), Failure> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Child(status)),
        Err(error) => Err(Failure::Local(program.to_owned(), error)),
    }
}
