//! The command that is run against the emulator.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, IsTerminal};
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};
use std::{env, iter};

/// Settings of an SDK that would contradict the emulator's, were the command to inherit them.
const OTHERS: [&str; 5] = [
    "DESCOPE_ACCESS_KEY",
    "DESCOPE_ALLOW_PLAIN_HTTP",
    "DESCOPE_AUTH_MANAGEMENT_KEY",
    "DESCOPE_BASE_URI",
    "DESCOPE_PUBLIC_KEY",
];

const SHELLS: [&str; 12] =
    ["sh", "bash", "zsh", "fish", "dash", "ksh", "csh", "tcsh", "nu", "pwsh", "powershell", "cmd"];

/// Whether it is a shell that somebody is about to type in.
pub(super) fn is_interactive(program: &OsStr, arguments: &[OsString]) -> bool {
    let name = Path::new(program).file_stem().and_then(OsStr::to_str);
    name.is_some_and(|name| SHELLS.contains(&name))
        && arguments.is_empty()
        && io::stdin().is_terminal()
        && io::stderr().is_terminal()
}

/// Runs a command with these settings in its environment, and none of another project.
pub(super) fn run(
    program: &OsStr,
    arguments: &[OsString],
    settings: &[(&'static str, String)],
) -> ExitCode {
    let mut command = Command::new(program);
    command.args(arguments);
    for name in OTHERS {
        command.env_remove(name);
    }
    command.envs(settings.iter().map(|(name, value)| (name, value))).envs(path_with_this_program());
    match command.status() {
        Ok(status) => exit_code(status),
        Err(error) => {
            super::tell(format_args!("{}: {error}", Path::new(program).display()));
            ExitCode::from(if error.kind() == ErrorKind::NotFound { 127 } else { 126 })
        }
    }
}

/// A search path on which the command finds this program, wherever it was started from.
fn path_with_this_program() -> Option<(&'static str, OsString)> {
    let this = env::current_exe().ok()?;
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = iter::once(this.parent()?.to_owned()).chain(env::split_paths(&path));
    Some(("PATH", env::join_paths(folders).ok()?))
}

/// The command's exit code; after a signal, what a shell makes of it.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    ExitCode::from(status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1)))
}
