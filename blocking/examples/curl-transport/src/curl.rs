//! Runs one `curl` for each request.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};

use descope_blocking::Transport;
use descope_blocking::descope_core::{Failure, FailureKind, Outgoing, Reply};

use crate::{answer, config, exit_code};

/// A transport that runs the `curl` program, 7.63 or later, found by this name or path.
///
/// What is to be sent, credentials included, goes to curl through a pipe: nothing of it is in the
/// process list, the environment or a file. Nobody's `.curlrc` is read. Proxies are those that curl
/// finds in the environment, except for loopback. Every request has a connection of its own.
/// A body is one line of its configuration, of which curl 7.88 takes 100 KiB.
#[derive(Debug, Clone)]
pub(crate) struct Curl {
    program: OsString,
}

/// The most bytes that are kept of what curl says of itself.
const MAX_MESSAGE: u64 = 4 << 10;

impl Curl {
    pub(crate) fn new(program: impl Into<OsString>) -> Self {
        Self { program: program.into() }
    }

    fn run(&self, outgoing: &Outgoing) -> io::Result<Finished> {
        let mut child = Command::new(&self.program)
            // `--disable` must come first.
            .args(["--disable", "--config", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let result = communicate(&mut child, outgoing);
        if result.is_err() {
            // It is stopped for what it sends is too much, or else has stopped by itself.
            let _ = child.kill();
        }
        let status = child.wait()?;
        result.map(|(output, message)| Finished { status, output, message })
    }
}

struct Finished {
    status: ExitStatus,
    output: Vec<u8>,
    message: String,
}

fn communicate(child: &mut Child, outgoing: &Outgoing) -> io::Result<(Vec<u8>, String)> {
    if let Some(mut stdin) = child.stdin.take() {
        // Where curl ends before it has read all, its exit code says why.
        let _ = stdin.write_all(&config::of(outgoing));
    }
    let (mut output, mut message) = (Vec::new(), Vec::new());
    let bound = outgoing.max_header.saturating_add(outgoing.max_body).saturating_add(1);
    if let Some(stdout) = child.stdout.take() {
        stdout.take(bound as u64).read_to_end(&mut output)?;
    }
    if output.len() < bound {
        if let Some(stderr) = child.stderr.take() {
            stderr.take(MAX_MESSAGE).read_to_end(&mut message)?;
        }
    }
    Ok((output, String::from_utf8_lossy(&message).into_owned()))
}

impl Transport for Curl {
    fn send(&self, outgoing: Outgoing) -> Reply {
        let finished = match self.run(&outgoing) {
            Ok(finished) => finished,
            // It never ran, or it is not known what became of it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let what = format!("{:?} is not installed", self.program);
                return Err(Failure::not_sent(FailureKind::Connect).with_source(what));
            }
            Err(error) => return Err(Failure::new(FailureKind::Closed).with_source(error)),
        };
        let mut answer = answer::parse(&finished.output, &outgoing);
        if let (Ok(Some(response)), Some(size)) =
            (&mut answer, exit_code::told(&finished.message, "body="))
        {
            // What follows are trailers.
            response.body_mut().truncate(size);
        }
        if finished.output.len() > outgoing.max_header.saturating_add(outgoing.max_body) {
            // The pipe was closed on it, so that its exit code tells nothing.
            return match answer {
                Ok(Some(_)) | Err(_) => answer::bounded(answer, &outgoing),
                Ok(None) => Err(answer::headers_too_large()),
            };
        }
        if finished.status.success() {
            return answer::bounded(answer, &outgoing);
        }
        let https = outgoing.request.uri().scheme_str() == Some("https");
        let failure = exit_code::failure(finished.status.code(), &finished.message, https);
        match answer {
            Ok(Some(response)) if response.body().len() > outgoing.max_body => {
                answer::bounded(Ok(Some(response)), &outgoing)
            }
            Ok(Some(partial)) => Err(failure.with_partial(partial)),
            _ => Err(failure),
        }
    }
}
