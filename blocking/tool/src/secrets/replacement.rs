//! A replacement: a command deploys the secret of the new key.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use clap::Args;
use descope_blocking::descope_core::Now;
use descope_blocking::{
    AccessKey, Client, CreateAccessKey, CreatedAccessKey, DeployError, ReplaceAccessKey, Replaced,
    Secret,
};
use os_pipe::PipeReader;

use crate::app::App;
use crate::arguments::expiry_args::ExpiryArgs;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::failure::advice;
use crate::keys::hardly_meant::ask_if_meant;
use crate::keys::key_view;
use crate::processes::child::Child;
use crate::processes::interrupts::{Interrupts, OnInterrupt};
use crate::text::time;

/// The options that `replace` and `leaked --replace` take alike.
#[derive(Debug, Args)]
pub(crate) struct ReplacementArgs {
    #[command(flatten)]
    expiry: ExpiryArgs,
    #[command(flatten)]
    course: CourseArgs,
}

/// How it goes, and what becomes of the old key. A struct of its own, as clap knows the options of one
/// that holds another as no group.
#[derive(Debug, Args)]
pub(crate) struct CourseArgs {
    /// Pass the secret in this environment variable, and not on standard input
    #[arg(long, value_name = "NAME", value_parser = value_parsers::variable)]
    env: Option<String>,
    /// Keep the old key active for this time, such as 24h; when it is over, `descope-keys retire-due`
    /// deactivates the key [default: none, the old key is deactivated at the end]
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    #[arg(conflicts_with = "delete_old")]
    grace: Option<Duration>,
    /// Delete the old key at the end, for good, instead of deactivating it
    #[arg(long)]
    delete_old: bool,
    /// Delete the new key whenever COMMAND fails: for a command that deploys completely or not at all
    #[arg(long)]
    roll_back: bool,
    /// Take over from a run that began in the last hour, and that you know has ended
    #[arg(long)]
    resume: bool,
    /// A shell command that prints the deployed secret, which must be the same in every place; after a
    /// failed run it shows whether COMMAND has to run again
    #[arg(long, value_name = "COMMAND", value_parser = value_parsers::non_empty)]
    read_back: Option<String>,
}

/// What becomes of the old key of a replacement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EndOfOld {
    Deactivated,
    Deleted,
    InGrace,
}

impl EndOfOld {
    /// Its text in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deactivated => "deactivated",
            Self::Deleted => "deleted",
            Self::InGrace => "in_grace",
        }
    }
}

impl ReplacementArgs {
    /// What becomes of the old key.
    pub(crate) fn end_of_old(&self) -> EndOfOld {
        match (self.course.delete_old, self.course.grace) {
            (true, _) => EndOfOld::Deleted,
            (_, Some(_)) => EndOfOld::InGrace,
            _ => EndOfOld::Deactivated,
        }
    }

    /// Replaces this key by running the command.
    pub(crate) fn replace(
        &self,
        app: &App,
        client: &Client,
        id: &str,
        command: &[OsString],
    ) -> Result<Replaced, Failure> {
        if let Some(expiry) = self.expiry.expiry() {
            ask_if_meant(app, client, &CreateAccessKey::new(id, expiry))?;
        }
        let interrupted = id.to_owned();
        let interrupts = Interrupts::watch(
            app.out,
            OnInterrupt::ends(move || {
                Failure::Interrupted(advice::interrupted_replacement(&interrupted, None))
            }),
        );
        let deploy = |new: &CreatedAccessKey| {
            app.out.note(format_args!("Created {}; deploying its secret.", new.key.id()));
            let result = self.deploy(&new.cleartext, command, &interrupts);
            let (old, new) = (id.to_owned(), new.key.id().to_owned());
            interrupts.set(OnInterrupt::ends(move || {
                Failure::Interrupted(advice::interrupted_replacement(&old, Some(&new)))
            }));
            result
        };
        let replaced = client
            .access_keys()
            .replace(self.request(app, id), deploy)
            .map_err(|error| Failure::Replace { id: id.to_owned(), error })?;
        if self.expiry.expiry().is_none() {
            warn_of_inherited_expiry(app, &replaced.key, client.now());
        }
        Ok(replaced)
    }

    fn request<'a>(&'a self, app: &'a App, id: &str) -> ReplaceAccessKey<'a> {
        let mut replace = ReplaceAccessKey::new(id);
        if let Some(expiry) = self.expiry.expiry() {
            replace = replace.expiry(expiry);
        }
        if let Some(grace) = self.course.grace {
            replace = replace.grace(grace);
        }
        if self.course.delete_old {
            replace = replace.delete_old();
        }
        if self.course.roll_back {
            replace = replace.roll_back();
        }
        if self.course.resume {
            replace = replace.resume();
        }
        match &self.course.read_back {
            Some(line) => replace.read_back(move || read_back(app, line)),
            None => replace,
        }
    }

    /// Runs the command with the secret. One that did not read it has not deployed it.
    fn deploy(
        &self,
        secret: &Secret,
        command: &[OsString],
        interrupts: &Interrupts,
    ) -> Result<(), DeployError> {
        let mut child = Child::new(command);
        let program = child.program.clone();
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{program}: {error}"));
        let not_deployed = |error| DeployError::not_deployed(named(error));
        child.command.stdout(io::stderr());
        let unread = match &self.course.env {
            Some(name) => {
                child.command.env(name, secret.expose()).stdin(Stdio::null());
                None
            }
            None => Some(pipe_with(secret, &mut child.command).map_err(not_deployed)?),
        };
        let mut running = interrupts.spawn(&mut child.command).map_err(not_deployed)?;
        let status = running.wait().map_err(named)?;
        // Its end of the pipe must be closed before ours tells what was left in it.
        drop(child);
        let is_unread = unread.map(is_read).transpose().map_err(named)? == Some(false);
        match (status.success(), is_unread) {
            (true, false) => Ok(()),
            (true, true) => {
                Err(DeployError::not_deployed(format!("{program}: it did not read the secret")))
            }
            (false, true) => Err(DeployError::not_deployed(format!("{program}: {status}"))),
            (false, false) => Err(DeployError::from(format!("{program}: {status}"))),
        }
    }
}

/// Whoever replaces a key that is about to expire mostly wants another expiry.
fn warn_of_inherited_expiry(app: &App, key: &AccessKey, now: Now) {
    if key_view::expires_soon(key, now) {
        let when = time::relative(key.expire_time(), now.unix_seconds());
        app.out.warn(format_args!(
            "{} expires {when}, as the old key does: replace it with --expires-in DURATION for a \
             later expiry",
            key.id()
        ));
    }
}

/// Makes the secret the command's standard input. The pipe that is returned has what it leaves.
fn pipe_with(secret: &Secret, command: &mut Command) -> io::Result<PipeReader> {
    let (reader, mut writer) = os_pipe::pipe()?;
    command.stdin(reader.try_clone()?);
    let line = format!("{}\n", secret.expose());
    // It may be longer than the pipe, and nobody may read it.
    thread::Builder::new().spawn(move || drop(writer.write_all(line.as_bytes())))?;
    Ok(reader)
}

/// Whether all but the end of the line was read, by a command that has ended.
fn is_read(mut pipe: PipeReader) -> io::Result<bool> {
    let mut left = Vec::new();
    pipe.read_to_end(&mut left)?;
    Ok(matches!(left.as_slice(), b"" | b"\n"))
}

/// What a shell command prints. What it prints on standard error is told.
fn read_back(app: &App, line: &str) -> Option<Secret> {
    let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut command = Command::new(shell);
    command.args([option, line]).stdin(Stdio::null()).stderr(Stdio::inherit());
    let why = match command.output() {
        Ok(output) if output.status.success() => match String::from_utf8(output.stdout) {
            Ok(text) if !text.trim().is_empty() => return Some(Secret::new(text)),
            Ok(_) => "it printed nothing".to_owned(),
            Err(_) => "what it printed is not UTF-8".to_owned(),
        },
        Ok(output) => output.status.to_string(),
        Err(error) => error.to_string(),
    };
    app.out.warn(format_args!("what is deployed is not known: --read-back: {why}"));
    None
}
