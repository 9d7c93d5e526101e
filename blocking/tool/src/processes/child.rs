//! Commands that are run.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

use crate::app::output::Output;
use crate::failure::Failure;
use crate::processes::interrupts::{Interrupts, OnInterrupt};

pub(crate) struct Child {
    pub(crate) program: String,
    pub(crate) command: Command,
}

impl Child {
    /// A program and its arguments, of which there is at least the first.
    pub(crate) fn new(command_line: &[OsString]) -> Self {
        let (program, arguments) = command_line.split_first().expect("a command is required");
        let mut command = Command::new(program);
        command.args(arguments);
        Self { program: Path::new(program).display().to_string(), command }
    }

    /// Runs it in place of this program.
    #[cfg(unix)]
    pub(crate) fn take_over(mut self, _: Output) -> Result<(), Failure> {
        let error = std::os::unix::process::CommandExt::exec(&mut self.command);
        Err(Failure::NotRun(self.program, error))
    }

    /// Runs it, and ends as it does.
    #[cfg(not(unix))]
    pub(crate) fn take_over(self, out: Output) -> Result<(), Failure> {
        self.run(out)
    }

    /// Runs it, and ends as it does.
    pub(crate) fn run(mut self, out: Output) -> Result<(), Failure> {
        let interrupts = Interrupts::watch(out, OnInterrupt::Waits);
        match self.end(&interrupts) {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::Child(status)),
            Err(error) => Err(Failure::NotRun(self.program, error)),
        }
    }

    /// Runs it to its end; interrupts go to it.
    pub(crate) fn end(&mut self, interrupts: &Interrupts) -> io::Result<ExitStatus> {
        interrupts.spawn(&mut self.command)?.wait()
    }
}
