//! `keys completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::app::App;
use crate::cli::Cli;
use crate::failure::Failure;

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  keys completions bash > ~/.local/share/bash-completion/completions/keys
  keys completions zsh > ~/.zfunc/_keys
  keys completions fish > ~/.config/fish/completions/keys.fish")]
pub(crate) struct Completions {
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "keys", &mut script);
        let script = String::from_utf8_lossy(&script);
        app.out.data(&script, || script.to_string())
    }
}
