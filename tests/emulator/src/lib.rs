//! An in-process Descope for access keys: stateful, offline, faithful.
//!
//! Give it to the tests of a program that creates, rotates or exchanges access keys, or that
//! validates session tokens. It is a real HTTP server on loopback, so any client works against it;
//! the SDK can also use it with no socket at all ([`Emulator::transport`]).
//!
//! ```
//! use std::time::Duration;
//! use descope_emulator::{Emulator, Fault, Key, Operation};
//!
//! // It runs until it is dropped, beside any number of others.
//! let emulator = Emulator::builder()
//!     .key(Key::new("ci").with_cleartext("K2-of-the-test").tenant_roles("acme", ["deployer"]))
//!     .start();
//!
//! // Point the program under test at it …
//! let settings = (emulator.base_url(), emulator.project_id(), "K2-of-the-test");
//! # let _ = settings;
//!
//! // … let things go wrong …
//! emulator.inject(Fault::status(503).times(2).on(Operation::Exchange));
//! emulator.advance(Duration::from_secs(3600));
//!
//! // … present tokens of any kind …
//! let expired = emulator.token().expires_in(-60).mint();
//! # assert!(expired.starts_with("ey"));
//!
//! // … and look at what came.
//! assert_eq!(emulator.count(Operation::Exchange), 0);
//! assert_eq!(emulator.keys()[0].key_tenants[0].role_names, ["deployer"]);
//! ```
//!
//! # As a program
//!
//! `descope-emulator -- COMMAND` runs a command, such as the tests of a program in any language, with
//! the settings that point an SDK at an emulator in its environment. `--seed FILE` fills it, and
//! `--control` makes faults, clock and tokens available over HTTP ([`Builder::control`]). Another
//! program can have it as a command of its own ([`program::run`]).
//!
//! # For a transport of one's own
//!
//! With the feature `conformance`, the module of this name has a kit that tells what a transport gets
//! wrong.
//!
//! # Where the service does not say
//!
//! The operations, their fields, the error codes and texts are those that were recorded of the
//! service. What the emulator does where nobody has recorded anything is told in [`unrecorded`].

mod builder;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod control;
mod emulator;
mod endpoints;
mod error;
mod fault;
mod key;
mod limit;
mod operation;
mod page;
mod permitted;
pub mod program;
mod random;
mod received;
mod sample;
mod server;
mod service;
mod signing;
mod store;
mod strict;
#[cfg(test)]
mod testing;
mod token;
mod transport;
pub mod unrecorded;
mod user;

pub use builder::Builder;
pub use clock::Clock;
pub use emulator::Emulator;
pub use fault::Fault;
pub use key::{Key, KeyTenant, Status};
pub use limit::RateLimit;
pub use operation::Operation;
pub use page::Page;
pub use received::Received;
pub use sample::SAMPLE_ACCESS_KEY;
pub use signing::Algorithm;
pub use token::Token;
pub use transport::InProcess;
pub use user::User;
