//! Signals that whoever started this program lets it ignore: SIGHUP under `nohup`, SIGINT in a job
//! that a script put in the background. They stay ignored.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

/// Whether this signal is ignored since before `main`. std does not tell, and nothing that does is
/// safe code.
pub(super) fn is_ignored(signal: i32) -> bool {
    in_proc(signal).unwrap_or_else(|| by_a_child(signal))
}

/// What Linux tells of this process.
fn in_proc(signal: i32) -> Option<bool> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    Some(u64::from_str_radix(ignored.trim(), 16).ok()? >> (signal - 1) & 1 == 1)
}

/// A child ignores what its parent does: one that sends itself the signal ends by it, or not. Where
/// none can be started, the signal is left alone.
fn by_a_child(signal: i32) -> bool {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("kill -{signal} $$")]);
    let status = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.map_or(true, |status| status.signal().is_none())
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGHUP, SIGPIPE, SIGTERM};

    use super::*;

    /// Rust's own start makes SIGPIPE an ignored one, for this process alone.
    #[test]
    fn what_is_ignored_is_known() {
        assert!(in_proc(SIGPIPE).unwrap_or(true));
        for signal in [SIGHUP, SIGTERM] {
            assert_eq!(by_a_child(signal), in_proc(signal).unwrap_or(by_a_child(signal)));
        }
    }
}
