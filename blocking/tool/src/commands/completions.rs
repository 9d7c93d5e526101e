//! `descope-keys completions`

use clap::{Args, Command};
use clap_complete::Shell;

use crate::app::App;
use crate::failure::Failure;

/// Print a shell's completion script
///
/// The script goes to standard output. Examples show where each shell looks for it.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys completions bash >> ~/.bash_completion
  descope-keys completions zsh > ~/.zfunc/_descope-keys
  descope-keys completions fish > ~/.config/fish/completions/descope-keys.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, app: &App, mut command_line: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command_line, "descope-keys", &mut script);
        // For a name with a hyphen clap's script for bash does not agree with itself, and completes
        // no option (https://github.com/clap-rs/clap/issues/6421).
        let script =
            String::from_utf8_lossy(&script).replace("descope__subcmd__keys", "descope__keys");
        app.out.data(&script, || script.clone())
    }
}
