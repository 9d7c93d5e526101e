//! What every command has at hand.

pub(crate) mod connection;
pub(crate) mod input;
pub(crate) mod output;

use std::cell::OnceCell;

use descope_blocking::Client;
use descope_emulator::Emulator;

use self::connection::{ConnectionArgs, Settings};
use self::input::Input;
use self::output::Output;
use crate::failure::Failure;

pub(crate) struct App {
    pub(crate) out: Output,
    pub(crate) input: Input,
    connection: ConnectionArgs,
    /// Runs until the command is done.
    emulator: Option<Emulator>,
    settings: OnceCell<Settings>,
}

impl App {
    pub(crate) fn new(connection: ConnectionArgs, out: Output) -> Result<Self, Failure> {
        let started = connection.emulator.then(|| Emulator::builder().sample().try_start());
        let local = |error| Failure::Local("the emulator".to_owned(), error);
        let emulator = started.transpose().map_err(local)?;
        if let Some(emulator) = &emulator {
            let url = emulator.base_url();
            out.note(format_args!("Against an emulator at {url}, gone after this command."));
        }
        let (input, settings) = (Input::default(), OnceCell::new());
        Ok(Self { out, input, connection, emulator, settings })
    }

    pub(crate) fn settings(&self) -> Result<&Settings, Failure> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = match &self.emulator {
            Some(emulator) => Settings::of(emulator),
            None => self.connection.settings(&self.input)?,
        };
        Ok(self.settings.get_or_init(|| settings))
    }

    pub(crate) fn is_emulated(&self) -> bool {
        self.emulator.is_some()
    }

    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.connection.client(self.settings()?)
    }
}
