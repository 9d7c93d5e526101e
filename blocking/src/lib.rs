//! A blocking SDK for Descope access keys: manage machine-to-machine keys, turn a key into a validated
//! session token, and validate the tokens that others present. No async runtime anywhere.
//!
//! ```no_run
//! use descope_blocking::{Client, CreateAccessKey, Expiry};
//!
//! let client = Client::from_env()?; // DESCOPE_PROJECT_ID, DESCOPE_MANAGEMENT_KEY
//! let created = client.access_keys().create(
//!     &CreateAccessKey::new("ci-deployer", Expiry::days(30))
//!         .tenant_roles("acme", ["deployer"])
//!         .permitted_ip("10.0.0.0/8"),
//! )?;
//! let session = client.exchange(&created.cleartext)?; // validated before it is returned
//! if session.claims().tenant("acme").has_role("deployer") {
//!     println!("{} may deploy", session.key_id());
//! }
//! # Ok::<(), descope_blocking::Error>(())
//! ```
//!
//! Everything except the sending is in [`descope_core`]: its documentation describes what is retried,
//! how tokens are validated, and how to plug in another transport.
//!
//! | to | use |
//! |---|---|
//! | create, search, change and replace keys | [`Client::access_keys`] |
//! | exchange a key for one session | `Client::exchange` |
//! | call other services with a token that stays fresh | `Client::token_source` |
//! | validate one token | `Client::validate`, which may fetch signing keys and block |
//! | authenticate the requests of a server | `Client::validator`, then its `authenticator` |
//!
//! # Guides
//!
//! - [Rotating keys without an outage](guides::rotating_keys)
//! - [When the program dies](guides::when_the_program_dies) while it replaces a key
//! - [Validating session tokens on a server](guides::validating_on_a_server)
//! - [Testing offline](guides::testing_offline)
//! - [Writing a transport](guides::writing_a_transport), blocking or async
//! - [What to do with `OutcomeUnknown`](guides::outcome_unknown)
//!
//! # Logs
//!
//! With the feature `log`, each request is logged through the crate `log` at level *debug*, with the
//! target `descope_blocking`: operation, method, path, attempt, status or failure, time taken, request
//! id, and why it is retried. Headers (except the request id), queries and bodies are never logged.
//! At level *warn* it reports, once per change, that the service asks to wait, that tokens or signing
//! keys cannot be renewed, and that these are over. For metrics and alerts use
//! [`ClientBuilder::on_event`].
//!
//! # Features
//!
//! - `jwt` (default): exchange and validation.
//! - `log` (default): see above.
//! - `gzip`: answers compressed on the wire, for searches that return megabytes.
//! - `aws-lc-rs`: tokens verified by aws-lc-rs instead of ring; faster, but longer to build.
//! - `platform-verifier`: certificates verified by the platform, against its own store.
//! - `socks-proxy`: proxies that speak SOCKS.
#![cfg_attr(docsrs, feature(doc_cfg))]

// What each of these adds to `Client` stands in its documentation in this order.
mod client_builder;

mod access_keys;
#[cfg(feature = "jwt")]
mod sessions;
#[cfg(feature = "jwt")]
mod token_source;
#[cfg(feature = "jwt")]
mod validator;

#[cfg(feature = "jwt")]
mod access_key_cache;
#[cfg(feature = "jwt")]
mod authenticator;

mod client;
mod license;

#[cfg(feature = "jwt")]
mod access_key_source;
mod drive;
mod entropy;
#[cfg(doc)]
pub mod guides;
#[cfg(feature = "log")]
mod logging;
#[cfg(not(feature = "log"))]
#[path = "no_logging.rs"]
mod logging;
mod per_process;
mod replace;
mod ureq_transport;
mod variables;

#[cfg(feature = "jwt")]
pub use access_key_cache::AccessKeyCache;
#[cfg(feature = "jwt")]
pub use access_key_source::AccessKeySource;
pub use access_keys::AccessKeys;
#[cfg(feature = "jwt")]
pub use authenticator::Authenticator;
pub use client::Client;
pub use client_builder::ClientBuilder;
pub use descope_core;
pub use descope_core::http;
pub use descope_core::{
    AccessKey, Cache, CallOptions, Clock, CreateAccessKey, CreatedAccessKey, DeployError, DueLeft,
    Error, ErrorKind, Event, Expiry, FoundAccessKeys, KeyPolicy, KeyRule, KeyTenant, Limits,
    Outcome, OutcomeUnknown, ReplaceError, Replaced, RequestKind, RetireDue, RetiredDue,
    SearchAccessKeys, Secret, SortField, Status, TenantGrant, Transport, Unfinished,
    UnreadableAccessKey, UpdateAccessKey, transport_fn,
};
#[cfg(feature = "jwt")]
pub use descope_core::{Caller, ExchangeCacheLimits, Rejection, RejectionKind, TokenLimits};
#[cfg(feature = "jwt")]
pub use descope_core::{ExchangeAccessKey, Session, ValidateToken, jwt};
pub use replace::ReplaceAccessKey;
#[cfg(feature = "jwt")]
pub use token_source::TokenSource;
/// For [`UreqTransport::from_agent`].
pub use ureq;
pub use ureq_transport::{UreqTransport, UreqTransportBuilder};
#[cfg(feature = "jwt")]
pub use validator::Validator;
#[cfg(feature = "jwt")]
pub use variables::access_key_from_env;
