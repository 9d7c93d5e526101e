//! The service, and the one time that passes.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use descope_core::{Config, ConfigBuilder, Now, Outgoing, Reply, Transport};
use descope_emulator::{Algorithm, Builder, Emulator};

/// When it begins: 2027-01-15 08:00:00 UTC.
const UNIX_START: u64 = 1_800_000_000;

/// An emulated service at a virtual time, which only [`pass`](Self::pass) moves.
#[derive(Debug)]
pub struct World {
    /// The service. Its state can be looked at and changed at every point, behind everyone's back.
    pub emulator: Emulator,
    elapsed: Cell<Duration>,
}

impl World {
    /// A service that is set up by `build`. It signs with Ed25519, which is fast to make and verify.
    pub fn new(build: impl FnOnce(Builder) -> Builder) -> Self {
        let builder = Emulator::builder().algorithm(Algorithm::EdDsa).keep_requests(0);
        let emulator = build(builder).time(UNIX_START).in_process();
        Self { emulator, elapsed: Cell::default() }
    }

    /// The configuration of a client of this service.
    pub fn config(&self) -> ConfigBuilder {
        Config::builder(self.emulator.project_id())
            .base_url(self.emulator.base_url())
            .management_key(self.emulator.management_key())
    }

    /// How much time has passed since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed.get()
    }

    /// The clocks of a machine that never slept, booted some time before the beginning.
    #[must_use]
    pub fn now(&self) -> Now {
        let elapsed = self.elapsed.get();
        Now::new(Duration::from_secs(5_000) + elapsed, Duration::from_secs(UNIX_START) + elapsed)
    }

    /// Lets time pass, for the service too.
    pub fn pass(&self, time: Duration) {
        self.elapsed.set(self.elapsed.get() + time);
        self.emulator.advance(time);
    }

    /// Hands a request to the service, which deals with it now. Faults that take time would take
    /// real time: let it [`pass`](Self::pass) instead.
    pub fn serve(&self, outgoing: Outgoing) -> Reply {
        self.serve_from(IpAddr::V4(Ipv4Addr::LOCALHOST), outgoing)
    }

    /// The same for a request that comes from this address.
    pub fn serve_from(&self, peer: IpAddr, outgoing: Outgoing) -> Reply {
        self.emulator.transport().from_peer(peer).send(outgoing)
    }
}
