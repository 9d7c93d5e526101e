//! An access key that a command writes to its standard output.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use descope_core::{Error, Secret};

/// How long it may take.
pub(super) const LIMIT: Duration = Duration::from_secs(10);
/// More than any key has.
const LONGEST: u64 = 64 << 10;

#[derive(Clone)]
pub(super) struct CommandRun {
    program: OsString,
    arguments: Vec<OsString>,
    limit: Duration,
}

impl CommandRun {
    pub(super) fn new(program: &OsStr, arguments: Vec<OsString>, limit: Duration) -> Self {
        Self { program: program.into(), arguments, limit }
    }

    /// Runs it to its end. The error names the program and not its arguments, which may be secrets.
    pub(super) fn run(&self) -> Result<Secret, Error> {
        self.output().map(Secret::new).map_err(|what| {
            let program = self.program.to_string_lossy();
            Error::invalid_argument("access key command", format!("{program} {what}"))
        })
    }

    fn output(&self) -> Result<String, String> {
        let began = Instant::now();
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot be run: {error}"))?;
        let output = read_within(&mut child, self.limit);
        let ended =
            output.is_some() && ends_within(&mut child, self.limit.saturating_sub(began.elapsed()));
        if !ended {
            // It may have ended in this moment.
            let _ = child.kill();
        }
        let status = child.wait().map_err(|error| format!("cannot be waited for: {error}"))?;
        match output {
            Some(output) if ended && status.success() => {
                String::from_utf8(output).map_err(|_| "wrote what is no text".to_owned())
            }
            _ if ended => Err(format!("failed with {status}")),
            _ => Err(format!("did not end within {:?}", self.limit)),
        }
    }
}

/// What the child writes until it closes its standard output. The thread that reads outlives a child
/// that was killed only where another process has the output open still.
fn read_within(child: &mut Child, limit: Duration) -> Option<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    let stdout = child.stdout.take()?;
    let read = move || {
        let mut output = Vec::new();
        if stdout.take(LONGEST).read_to_end(&mut output).is_ok() {
            // Nobody may wait any more.
            let _ = sender.send(output);
        }
    };
    thread::Builder::new().name("descope-key-output".into()).spawn(read).ok()?;
    receiver.recv_timeout(limit).ok()
}

fn ends_within(child: &mut Child, limit: Duration) -> bool {
    let began = Instant::now();
    while matches!(child.try_wait(), Ok(None)) {
        if began.elapsed() >= limit {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(script: &str, limit: Duration) -> Result<Secret, Error> {
        let arguments = vec!["-c".into(), script.into()];
        CommandRun::new(OsStr::new("sh"), arguments, limit).run()
    }

    #[test]
    fn what_it_writes_is_the_key() {
        let key = run("echo warning >/dev/null; printf K2; printf key", LIMIT).unwrap();
        assert_eq!(key.expose(), "K2key");
    }

    #[test]
    fn one_that_hangs_is_killed() {
        let began = Instant::now();
        for hangs in ["exec sleep 60", "printf K2key; exec sleep 60", "exec 1>&-; exec sleep 60"] {
            let text = run(hangs, Duration::from_millis(100)).unwrap_err().to_string();
            assert!(text.contains("did not end within 100ms"), "{text}");
        }
        assert!(began.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn one_that_fails_has_no_key() {
        let text = run("printf K2key; exit 3", LIMIT).unwrap_err().to_string();
        assert!(text.contains("failed with") && !text.contains("K2key"), "{text}");
        let long = run("head -c 1000000 /dev/zero | tr '\\0' x", LIMIT);
        assert!(long.is_err() || long.unwrap().expose().len() <= LONGEST as usize);
    }
}
