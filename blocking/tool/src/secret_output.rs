//! Where a new access key's secret goes: standard output, or a file of its own.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use descope_blocking::descope_core::Now;
use descope_blocking::{CreatedAccessKey, Error, Secret};
use serde_json::json;

use crate::app::App;
use crate::failure::Failure;
use crate::key_view::details;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct SecretArgs {
    /// Print the secret and nothing else, not even on standard error
    #[arg(long, conflicts_with_all = ["json", "secret_file"])]
    secret_only: bool,
    /// Write the secret to this new file, which only you can read, and do not print it
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl SecretArgs {
    /// Makes sure of the file before there is a secret that would be lost.
    pub(crate) fn open(self) -> Result<SecretOutput, Failure> {
        let file = self.secret_file.map(SecretFile::create).transpose()?;
        Ok(SecretOutput { only: self.secret_only, file })
    }
}

pub(crate) struct SecretOutput {
    only: bool,
    file: Option<SecretFile>,
}

impl SecretOutput {
    /// Hands out the secret of a key that was `done` ("Created"), or of one whose answer could
    /// otherwise not be used.
    pub(crate) fn deliver(
        self,
        app: &App,
        done: &str,
        created: Result<CreatedAccessKey, Error>,
        now: Now,
    ) -> Result<(), Failure> {
        let CreatedAccessKey { cleartext, key, .. } = match (created, self.file) {
            (Ok(created), Some(file)) => {
                let path = file.write(&created.cleartext, &lost(created.key.id()))?;
                app.out.note(format_args!("{done} {}", details(&created.key, now).trim_end()));
                let path = path.display().to_string();
                app.out.note(format_args!("Its secret, delivered only this once, is in {path}."));
                return app.out.data(&json!({"key": created.key, "secretFile": path}), String::new);
            }
            (Ok(created), None) => created,
            (Err(error), file) => {
                return Err(match (error.cleartext(), file) {
                    (Some(secret), Some(file)) => {
                        Failure::Kept(file.write(secret, "the secret that did arrive")?, error)
                    }
                    _ => Failure::Call(error),
                });
            }
        };
        if !self.only {
            app.out.note(format_args!("{done} {}", details(&key, now).trim_end()));
            app.out.note("Its secret, delivered only this once:");
        }
        let value = json!({"cleartext": cleartext.expose(), "key": key});
        app.out.secret(&cleartext, &value, lost(key.id()))
    }
}

/// A file that is removed again unless a secret is written to it.
struct SecretFile {
    path: PathBuf,
    file: File,
    written: bool,
}

impl SecretFile {
    fn create(path: PathBuf) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => Ok(Self { path, file, written: false }),
            Err(error) => Err(Failure::Usage(format!("{}: {error}", path.display()))),
        }
    }

    /// `what` is told when it is lost.
    fn write(mut self, secret: &Secret, what: &str) -> Result<PathBuf, Failure> {
        let text = format!("{}\n", secret.expose());
        let wrote = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        if let Err(error) = wrote {
            let what = format!("{what} could not be written to {}", self.path.display());
            return Err(Failure::Local(what, error));
        }
        self.written = true;
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

fn lost(id: &str) -> String {
    format!("the secret of {id} is lost (`descope-keys rotate {id}` gives a new one): it")
}
