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
//! `descope-emulator` serves one emulator until it is stopped, for tests in other languages. It
//! prints the settings that point an SDK at it; `--seed FILE` fills it, and `--control` makes faults,
//! clock and tokens available over HTTP ([`Builder::control`]).
//!
//! # Where the service does not say
//!
//! The operations, their fields and the error codes are those that the vendor's SDKs use. What
//! those leave open is decided here, and may differ from the service:
//!
//! - An access key that does not exist is 404 with `E113001`; one that cannot be exchanged (unknown,
//!   inactive, expired, not permitted from there) is 401 with `E062803`; a wrong or missing management
//!   key is 401 with `E064001`; a tenant that is selected and not associated is 400 with `E011004`;
//!   a key that is not active cannot be rotated: 400 with `E011003`.
//! - A batch passes over ids that do not exist, and carries out the rest.
//! - Tenants, roles and user ids need not be declared. Once a user is, keys for others are refused.
//! - A key with tenants has no roles of the project: they are dropped when it is stored.
//! - A search combines its filters with "and"; `tenantIds` and lists in `customAttributes` match any
//!   of their values; `text` is looked for in either case in id, name, description, creator, user,
//!   client id and tenants; pages are counted from 0.
//! - Members of a request that are null count as left out. `editable` is stored, not enforced.
//! - `amr` is `["accesskey"]`; roles and permissions that are empty are left out of a token.

mod builder;
mod clock;
mod control;
mod emulator;
mod endpoints;
mod error;
mod fault;
mod key;
mod operation;
mod permitted;
mod random;
mod received;
mod server;
mod service;
mod signing;
mod store;
#[cfg(test)]
mod testing;
mod token;
mod transport;
mod user;

pub use builder::Builder;
pub use emulator::Emulator;
pub use fault::Fault;
pub use key::{Key, KeyTenant, Status};
pub use operation::Operation;
pub use received::Received;
pub use signing::Algorithm;
pub use token::Token;
pub use transport::InProcess;
pub use user::User;
