//! A client and the emulated service it talks to: over HTTP on loopback, or with no socket between.

use descope_blocking::{Client, ClientBuilder};
use descope_emulator::{Builder, Emulator};

/// A service with a client that has its management key.
#[derive(Debug)]
pub struct Service {
    /// The service.
    pub emulator: Emulator,
    /// The client.
    pub client: Client,
    in_process: bool,
}

impl Service {
    /// Over HTTP, through the default transport.
    #[must_use]
    pub fn start() -> Self {
        Self::over_http(Emulator::builder())
    }

    /// The same with another service.
    #[must_use]
    pub fn over_http(builder: Builder) -> Self {
        Self::new(builder.start(), false)
    }

    /// Through the emulator's own transport.
    #[must_use]
    pub fn in_process(builder: Builder) -> Self {
        Self::new(builder.in_process(), true)
    }

    fn new(emulator: Emulator, in_process: bool) -> Self {
        let client = connect(&emulator, in_process, with_management_key(&emulator));
        Self { emulator, client, in_process }
    }

    /// Another client of the service: the same but for what is changed.
    #[must_use]
    pub fn client(&self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
        connect(&self.emulator, self.in_process, change(with_management_key(&self.emulator)))
    }

    /// A client without a credential.
    #[must_use]
    pub fn anonymous(&self) -> Client {
        connect(&self.emulator, self.in_process, Client::builder(self.emulator.project_id()))
    }
}

/// Runs a case both ways, each with a service of its own.
pub fn both_ways(builder: impl Fn() -> Builder, case: impl Fn(&Service)) {
    println!("over HTTP:");
    case(&Service::over_http(builder()));
    println!("in process:");
    case(&Service::in_process(builder()));
}

fn with_management_key(emulator: &Emulator) -> ClientBuilder {
    Client::builder(emulator.project_id()).management_key(emulator.management_key())
}

fn connect(emulator: &Emulator, in_process: bool, builder: ClientBuilder) -> Client {
    let builder = builder.base_url(emulator.base_url());
    let builder = if in_process { builder.transport(emulator.transport()) } else { builder };
    builder.build().expect("the configuration is whole")
}
