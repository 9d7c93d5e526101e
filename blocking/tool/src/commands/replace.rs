//! `descope-keys replace`

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use clap::Args;
use descope_blocking::{DeployError, ReplaceAccessKey, Secret};
use os_pipe::PipeReader;
use serde_json::json;

use crate::app::App;
use crate::expiry_args::ExpiryArgs;
use crate::failure::Failure;
use crate::{key_view, value_parsers};

/// Replace an access key without an outage: create its twin, deploy the twin's secret, retire it
///
/// The twin has the old key's name, roles, tenants, user, claims, description, permitted addresses,
/// attributes and, unless another is given, its expiry. The command after -- deploys its secret,
/// which comes on its standard input, or in a variable; both keys work meanwhile. When the command
/// does not read the secret, the twin is deleted again, and the old key is as it was. When it fails
/// otherwise (any exit code but 0), the secret may be deployed: both keys stay, and the next run goes
/// on from there. In the end the old key is deactivated. The secret is not printed.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys replace K2abc -- vault kv put -mount=secret ci key=-
  descope-keys replace K2abc --env NEW_KEY -- ./deploy.sh")]
pub(crate) struct Replace {
    /// The id of the key to replace; only an active one
    #[arg(value_parser = value_parsers::id)]
    id: String,
    #[command(flatten)]
    expiry: ExpiryArgs,
    /// Delete the old key in the end, so that there is no way back
    #[arg(long)]
    delete_old: bool,
    /// Hand the secret to the command in this variable, and not on its standard input
    #[arg(long, value_name = "NAME", value_parser = value_parsers::variable)]
    env: Option<String>,
    /// The command that deploys the secret; what it prints goes to standard error
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Replace {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let mut replace = ReplaceAccessKey::new(&self.id);
        if let Some(expiry) = self.expiry.expiry() {
            replace = replace.expiry(expiry);
        }
        if self.delete_old {
            replace = replace.delete_old();
        }
        let replaced = client.access_keys().replace(replace, |twin| {
            app.out.note(format_args!("Created {}; deploying its secret.", twin.key.id()));
            self.deploy(&twin.cleartext)
        })?;
        let retired = if self.delete_old { "deleted" } else { "deactivated" };
        app.out.note(format_args!("Deployed; the old key {} is {retired}.", self.id));
        let (key, now) = (replaced.key, client.now());
        let value = json!({"key": key, "oldId": self.id, "old": retired});
        app.out.data(&value, || key_view::details(&key, now))
    }

    /// Runs the command with the secret. One that did not read it has not deployed it.
    fn deploy(&self, secret: &Secret) -> Result<(), DeployError> {
        let (program, arguments) = self.command.split_first().expect("the command is required");
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{program}: {error}"));
        let not_deployed = |error| DeployError::not_deployed(named(error));
        let mut command = Command::new(program);
        command.args(arguments).stdout(io::stderr());
        let unread = match &self.env {
            Some(name) => {
                command.env(name, secret.expose()).stdin(Stdio::null());
                None
            }
            None => Some(pipe_with(secret, &mut command).map_err(not_deployed)?),
        };
        let status = command.spawn().map_err(not_deployed)?.wait().map_err(named)?;
        // Its end of the pipe must be closed before ours tells what was left in it.
        drop(command);
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
