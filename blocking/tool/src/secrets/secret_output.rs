//! Where a new access key's secret goes: standard output, or a file of its own. It goes there before
//! anything is told, and whatever else fails.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use descope_blocking::descope_core::Now;
use descope_blocking::{AccessKey, AccessKeys, Client, CreatedAccessKey, Error, Secret};
use serde_json::{Value, json};

use crate::app::App;
use crate::failure::{Failure, Interrupted, LostSecret};
use crate::keys::key_view::details;
use crate::processes::interrupts::{Interrupts, OnInterrupt};
use crate::text::standard_streams::{Stdout, kept_stdout};

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct SecretArgs {
    /// Print the secret alone; standard error has only warnings and errors
    #[arg(long, conflicts_with_all = ["json", "secret_file"])]
    secret_only: bool,
    /// Write the secret to this file instead of printing it; the file must not exist yet, and only you
    /// can read it
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl SecretArgs {
    /// Makes sure, before there is a secret, of the place that is to take it.
    /// Otherwise nothing is done, as `undone` ("no key was created") says.
    pub(crate) fn open(self, undone: &str) -> Result<SecretOutput, Failure> {
        let place = match self.secret_file {
            Some(path) => SecretFile::create(path, undone).map(Place::File)?,
            None => kept_stdout().map(Place::Stdout).map_err(|error| {
                let why = format!("{error}, so the secret would be lost. Use --secret-file FILE.");
                Failure::Local(undone.to_owned(), io::Error::new(error.kind(), why))
            })?,
        };
        Ok(SecretOutput { only: self.secret_only, place })
    }
}

pub(crate) struct SecretOutput {
    only: bool,
    place: Place,
}

enum Place {
    Stdout(Stdout),
    File(SecretFile),
}

impl SecretOutput {
    /// Asks for a new secret, and hands it out. An interrupt ends the program as `interrupted` says, but
    /// not once there is a secret.
    pub(crate) fn fill(
        self,
        app: &App,
        done: &str,
        client: &Client,
        interrupted: impl Fn(Now) -> Interrupted + Send + 'static,
        ask: impl FnOnce(AccessKeys<'_>) -> Result<CreatedAccessKey, Error>,
    ) -> Result<(), Failure> {
        let (of_clock, reserved) = (client.clone(), self.reserved());
        let ends = OnInterrupt::ends(move || {
            if let Some(path) = &reserved {
                let _ = std::fs::remove_file(path);
            }
            Failure::Interrupted(interrupted(of_clock.now()))
        });
        let interrupts = Interrupts::watch(app.out, ends);
        let created = ask(client.access_keys());
        interrupts.set(OnInterrupt::Waits);
        self.deliver(app, done, created, client.now())
    }

    /// The file that waits for the secret.
    fn reserved(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Stdout(_) => None,
            Place::File(file) => Some(file.path.clone()),
        }
    }

    /// Hands out the secret of a key that was `done` ("Created"), or of one whose answer could
    /// otherwise not be used.
    fn deliver(
        self,
        app: &App,
        done: &str,
        created: Result<CreatedAccessKey, Error>,
        now: Now,
    ) -> Result<(), Failure> {
        match created {
            Ok(CreatedAccessKey { cleartext, key, .. }) => {
                let value = json!({"cleartext": cleartext.expose(), "key": key});
                let told = !self.only;
                let lost = |place, cause| LostSecret::of_key(key.id(), place, cause);
                let file = self.put(app, &cleartext, &value, lost)?;
                if told {
                    tell(app, done, &key, file.as_deref(), now);
                }
                match file {
                    Some(path) => {
                        app.out.data(&json!({"key": key, "secretFile": path}), String::new)
                    }
                    None => Ok(()),
                }
            }
            Err(error) => {
                let Some(secret) = error.cleartext().cloned() else {
                    return Err(Failure::Call(error));
                };
                let value = Failure::Call(error.clone()).to_json();
                let lost = |place, cause| LostSecret::of_call(error.clone(), place, cause);
                Err(match self.put(app, &secret, &value, lost)? {
                    Some(path) => Failure::Kept(path, error),
                    None => Failure::Reported(error),
                })
            }
        }
    }

    /// The file that has it, where it is not on standard output.
    fn put(
        self,
        app: &App,
        secret: &Secret,
        value: &Value,
        lost: impl FnOnce(String, io::Error) -> LostSecret,
    ) -> Result<Option<PathBuf>, Failure> {
        match self.place {
            Place::Stdout(mut out) => {
                let text = app.out.secret_text(secret, value);
                out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| {
                    Failure::SecretLost(lost("standard output".to_owned(), error))
                })?;
                Ok(None)
            }
            Place::File(file) => {
                let place = file.path.display().to_string();
                let path = file
                    .write(app, secret)
                    .map_err(|error| Failure::SecretLost(lost(place, error)))?;
                Ok(Some(path))
            }
        }
    }
}

/// With a capital letter.
fn sentence(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_uppercase() + rest
}

fn tell(app: &App, done: &str, key: &AccessKey, file: Option<&Path>, now: Now) {
    app.out.note(format_args!("{done} {}", details(key, now).trim_end()));
    let place = file
        .map_or("went to standard output".to_owned(), |path| format!("is in {}", path.display()));
    app.out.note(format_args!("Its secret, delivered only this once, {place}."));
}

/// A file that is removed again unless a secret is written to it.
struct SecretFile {
    path: PathBuf,
    file: File,
    written: bool,
}

impl SecretFile {
    /// It has room for a secret: a disk that is full is noticed in time.
    fn create(path: PathBuf, undone: &str) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let named = |error: io::Error| {
            let (path, undone) = (path.display(), sentence(undone));
            Failure::Usage(match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    format!("{path} exists and is not overwritten: name another file. {undone}.")
                }
                _ => format!("{path}: {error}. {undone}."),
            })
        };
        let file = options.open(&path).map_err(named)?;
        let mut new = Self { path, file, written: false };
        let room = new.file.write_all(&[0; 4096]).and_then(|()| new.file.sync_all());
        match room {
            Ok(()) => Ok(new),
            Err(error) => Err(Failure::Local(new.path.display().to_string(), error)),
        }
    }

    fn write(mut self, app: &App, secret: &Secret) -> io::Result<PathBuf> {
        let text = format!("{}\n", secret.expose());
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())?;
        self.file.set_len(text.len() as u64)?;
        self.written = true;
        if let Err(error) = self.file.sync_all() {
            app.out.warn(format_args!("{}: {error}", self.path.display()));
        }
        Ok(std::mem::take(&mut self.path))
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        if !self.written {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
