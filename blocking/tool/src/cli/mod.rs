//! The command line: what is common to all commands, and the list of them.

pub(crate) mod parse_arguments;
mod tips;

use clap::{CommandFactory, Parser, Subcommand};

use crate::app::App;
use crate::app::connection::ConnectionArgs;
use crate::app::output::OutputArgs;
use crate::commands as c;
use crate::failure::Failure;

/// Manage Descope access keys, and turn them into session tokens
#[derive(Debug, Parser)]
#[command(
    name = "descope-keys",
    version,
    max_term_width = 100,
    after_long_help = ENVIRONMENT_AND_EXIT_CODES,
    after_help = "Try it with no account: descope-keys emulator -- bash",
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

const ENVIRONMENT_AND_EXIT_CODES: &str = "\
Environment:
  DESCOPE_PROJECT_ID           the project's id; required
  DESCOPE_MANAGEMENT_KEY       for all commands that manage keys
  DESCOPE_ACCESS_KEY           for exchange, token, exec and whoami
  DESCOPE_AUTH_MANAGEMENT_KEY  for projects that require one for exchanges
  DESCOPE_BASE_URL             a custom domain or a gateway
  DESCOPE_PUBLIC_KEY           signing keys, to validate tokens offline
  DESCOPE_CA_FILE              PEM file of the only authorities to trust
  HTTPS_PROXY, ALL_PROXY       the proxy, with its user name and password
  NO_PROXY                     hosts to reach without the proxy
  NO_COLOR                     no colour, not even on a terminal

Exit codes:
  0  done
  1  refused: by the service, by a check, or by this machine (a full disk)
  2  usage: an argument or a setting is wrong; nothing was changed
  3  not found
  4  unauthorized: the credential is missing, wrong, or lacks the permission
  5  rate limited
  6  outcome unknown: the change may or may not have been made, or a
     replacement is unfinished; the message says what to do
  7  unreachable: no connection, no answer in time, or none that can be used
  8  secret lost: the key exists, but its secret could not be written; the
     message names the key
exec and emulator exit with the code of the command that they run.

Results go to standard output, everything else to standard error. Secrets are
never taken from the command line, where other users could see them.

Try it with no account: descope-keys emulator -- bash";

/// Examples before options: they answer most questions.
const TEMPLATE: &str = "\
{about-with-newline}
{before-help}{usage-heading} {usage}

{all-args}{after-help}
";

/// The command line, as it is read and as it explains itself.
pub(crate) fn command() -> clap::Command {
    Cli::command().mut_subcommands(|command| {
        let own = command.get_after_help().map(ToString::to_string);
        let codes = match own {
            Some(own) => format!("{own}\nThe others: descope-keys --help"),
            None => "Exit codes: descope-keys --help".to_owned(),
        };
        command.help_template(TEMPLATE).after_help(codes)
    })
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Create(c::create::Create),
    #[command(visible_alias = "show")]
    Load(c::load::Load),
    #[command(visible_alias = "list")]
    Search(c::search::Search),
    Update(c::update::Update),
    Activate(c::activate::Activate),
    Deactivate(c::deactivate::Deactivate),
    #[command(visible_alias = "rm")]
    Delete(c::delete::Delete),
    Rotate(c::rotate::Rotate),
    Replace(c::replace::Replace),
    RetireDue(c::retire_due::RetireDue),
    Unfinished(c::unfinished::Unfinished),
    Leaked(c::leaked::Leaked),
    Check(c::check::Check),
    FindUnconfirmed(c::find_unconfirmed::FindUnconfirmed),
    Exchange(c::exchange::Exchange),
    Token(c::token::Token),
    Exec(c::exec::Exec),
    Validate(c::validate::Validate),
    Whoami(c::whoami::Whoami),
    Emulator(c::emulator::Emulator),
    Completions(c::completions::Completions),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            // A program of its own, with an exit code of its own.
            Self::Emulator(_) => Ok(()),
            Self::Create(command) => command.run(app),
            Self::Load(command) => command.run(app),
            Self::Search(command) => command.run(app),
            Self::Update(command) => command.run(app),
            Self::Activate(command) => command.run(app),
            Self::Deactivate(command) => command.run(app),
            Self::Delete(command) => command.run(app),
            Self::Rotate(command) => command.run(app),
            Self::Replace(command) => command.run(app),
            Self::RetireDue(command) => command.run(app),
            Self::Unfinished(command) => command.run(app),
            Self::Leaked(command) => command.run(app),
            Self::Check(command) => command.run(app),
            Self::FindUnconfirmed(command) => command.run(app),
            Self::Exchange(command) => command.run(app),
            Self::Token(command) => command.run(app),
            Self::Exec(command) => command.run(app),
            Self::Validate(command) => command.run(app),
            Self::Whoami(command) => command.run(app),
            Self::Completions(command) => command.run(app, self::command()),
        }
    }
}
