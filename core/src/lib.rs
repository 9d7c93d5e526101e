//! Sans-IO core of the Descope access-key SDK: it builds requests and reads answers, and holds every
//! rule (what is sent again and when, key-set caching, token validation, refresh) as state machines
//! that do no IO, read no clock, sleep never and start no thread.
//!
//! For a client that is ready to use see the crate `descope-blocking`. This crate is for those who
//! drive the machines with a transport of their own: async, WebAssembly, a program that is run.
//!
//! # The loop
//!
//! An [`Endpoint`] describes one request and its answer. A [`Context`] holds the configuration and
//! what calls learn, and makes machines: [`Context::call`] of one endpoint, and the flows of several
//! requests, `Context::exchange`, `Context::validate` and `TokenCache::obtain`. Each
//! machine says what is to be done next, and is told what came of it:
//!
//! ```text
//!                      start(now)
//!                          │
//!         ┌────────────────▼─────────────────┐
//!         │               Step               │
//!         └┬────────┬─────────┬─────────────┬┘
//!          │        │         │             │
//!        Send     Sleep     Wait          Done
//!     (Outgoing) (Duration) (Flight)     (Result)
//!          │        │         │
//!     send it,   let it    until it has
//!     take the   pass      landed, or the
//!     reply                time is over
//!          │        │         │
//!   reply(r, now) wake(now) wake(now)
//!          │        │         │
//!          └────────┴────┬────┘
//!                        ▼
//!                   the next Step
//! ```
//!
//! States are owned values: a reply without a request does not compile, and a machine cannot be used
//! twice. This is all that a driver is:
//!
//! ```
//! use descope_core::{Error, Machine, Now, Step, Transport};
//!
//! fn drive<M: Machine>(
//!     transport: &impl Transport,
//!     now: impl Fn() -> Now,
//!     mut step: Step<M>,
//! ) -> Result<M::Output, Error> {
//!     loop {
//!         step = match step {
//!             Step::Send(outgoing, sent) => sent.reply(transport.send(outgoing), now()),
//!             Step::Sleep(delay, asleep) => {
//!                 std::thread::sleep(delay);
//!                 asleep.wake(now())
//!             }
//!             Step::Wait(_flight, limit, waiting) => {
//!                 // An async driver awaits the flight within the limit, a thread parks on it.
//!                 std::thread::sleep(limit.min(std::time::Duration::from_millis(5)));
//!                 waiting.wake(now())
//!             }
//!             Step::Done(result) => return result,
//!         }
//!     }
//! }
//! # let _ = drive::<descope_core::Attempts<descope_core::LoadAccessKey>>
//! #     as fn(&fn(descope_core::Outgoing) -> descope_core::Reply, fn() -> Now, _) -> _;
//! ```
//!
//! # A walk through a call
//!
//! A key is loaded; the service is busy at first:
//!
//! ```
//! use core::time::Duration;
//! use descope_core::{Config, Context, LoadAccessKey, Now, Step};
//! use http::Response;
//!
//! let config = Config::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ").management_key("secret").build()?;
//! let context = Context::new(config, 7);
//! // The driver's clocks: monotonic, and Unix time.
//! let at = |ms| Now::new(Duration::from_millis(ms), Duration::from_millis(1_800_000_000_000 + ms));
//!
//! let step = context.call(LoadAccessKey::new("K2key")).start(at(0));
//! let Step::Send(outgoing, sent) = step else { panic!() };
//! assert_eq!(outgoing.request.uri(), "https://api.descope.com/v1/mgmt/accesskey?id=K2key");
//! assert_eq!(outgoing.timeout, Duration::from_secs(10)); // the deadline of the whole call
//!
//! let busy = Response::builder().status(503).body(Vec::new())?;
//! let Step::Sleep(delay, asleep) = sent.reply(Ok(busy), at(20)) else { panic!() };
//! assert!(delay <= Duration::from_millis(100)); // full jitter
//!
//! let Step::Send(outgoing, sent) = asleep.wake(at(120)) else { panic!() };
//! assert_eq!((outgoing.attempt, outgoing.timeout), (2, Duration::from_millis(9_880)));
//!
//! let answer = br#"{"key": {"id": "K2key", "name": "ci"}}"#;
//! let Step::Done(Ok(key)) = sent.reply(Ok(Response::new(answer.to_vec())), at(140)) else { panic!() };
//! assert_eq!(key.name(), "ci");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A walk through an exchange
//!
//! `Context::exchange` makes one machine of several calls. With no keys cached it takes two requests:
//!
//! ```text
//!   start ─▶ Send POST …/accesskey/exchange ─reply─▶ the token's `kid` is not cached
//!                                                      │
//!        ┌───── nobody fetches the keys ───────────────┴── somebody does ──┐
//!        ▼                                                                 ▼
//!   Send GET /v2/keys/<project>  ─reply─▶ keys cached, flight landed ─▶ Wait(flight)
//!        │                                                                 │
//!        └──────────────▶ signature, issuer, audience, times ◀─────────────┘
//!                                        │
//!                            Done(Ok(Session)), or the check that failed
//! ```
//!
//! Each of the two calls has its own attempts, and both share one deadline. With the keys cached the
//! exchange is one request. A token just issued may always cause one fetch of the keys; a token that
//! is presented with an unknown `kid` may do so twice, and then once in 30 seconds, so that forged
//! ones cost next to nothing.
//!
//! # What is sent again
//!
//! [`retry::judge`] is the whole rule, a pure function of how an attempt ended and the operation's
//! [`Class`]. A create or a rotate is never sent again once it may have been carried out; the error
//! then has an [`OutcomeUnknown`] that says so, and the cleartext where it did arrive.
//!
//! # Secrets
//!
//! Keys, cleartexts and tokens are [`Secret`]s. No `Debug`, `Display` or error shows one, not even one
//! that the server echoes. Redaction is promised, wiping is not: the buffers of headers and bodies
//! belong to the transport.
//!
//! # Architecture notes
//!
//! - The crate is `no_std`, so that the clock, threads, sockets and files cannot be named; one module
//!   re-exports the few parts of `std` that are used (locks, `SystemTime` as a value).
//! - [`Endpoint::parse`] takes the body alone: a 2xx is all it is called for, and nothing in its
//!   headers is part of any contract. [`Endpoint::parse_answer`] is for the one that reads the
//!   service's clock.
//! - The key set is cached by the [`Context`], of which there is one for each base URL and project.
//! - The failure of a fetch or an exchange is that of all who waited for it, but for those who can
//!   wait longer, or would have it sent more often, than the one who made it: they try anew.
//! - Single flight and the key cache are compiled against a model checker's locks by the repository's
//!   tests, so their files take little from the rest of the crate.
//! - An [`AccessKey`] is packed into few allocations and read by methods: the keys of a large search
//!   take a seventh of the memory of structs of strings and maps, and are parsed sooner.
//! - A configuration keeps the headers of a request ready, so that one takes five allocations: two
//!   for its address, two for its headers, and one for its body or id.
//!
//! # Features
//!
//! - `jwt` (default): exchange and validation, with `ring`. Without it the crate manages keys only.
//! - `aws-lc-rs`: signatures verified by aws-lc-rs in place of `ring`.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]

extern crate alloc;

#[path = "endpoints/access_key/mod.rs"]
pub mod access_key;
#[path = "error/refusal.rs"]
mod answer;
#[path = "call/attempts.rs"]
mod call;
mod config;
mod context;
#[path = "call/endpoint.rs"]
mod endpoint;
#[path = "error/mod.rs"]
mod error;
#[cfg(feature = "jwt")]
#[path = "endpoints/exchange.rs"]
mod exchange;
#[path = "call/flight.rs"]
mod flight;
#[cfg(feature = "jwt")]
#[path = "session/mod.rs"]
mod flow;
#[path = "json/body.rs"]
mod json;
#[cfg(feature = "jwt")]
pub mod jwt;
#[cfg(feature = "jwt")]
#[path = "endpoints/signing_keys.rs"]
mod key_set;
#[cfg(feature = "jwt")]
#[path = "session/signing_key_cache.rs"]
mod keys;
#[path = "call/license.rs"]
mod license;
#[path = "config/call_options.rs"]
mod options;
#[path = "error/outcome_unknown.rs"]
mod outcome_unknown;
#[cfg(feature = "jwt")]
#[path = "call/patience.rs"]
mod patience;
#[path = "call/outgoing.rs"]
mod prepare;
#[path = "call/request.rs"]
mod request;
#[path = "call/retry.rs"]
pub mod retry;
#[path = "error/redact.rs"]
mod scrub;
#[path = "base/secret.rs"]
mod secret;
#[cfg(feature = "jwt")]
#[path = "session/session.rs"]
mod session;
#[path = "base/std_parts.rs"]
mod std_parts;
#[path = "call/step.rs"]
mod step;
#[cfg(feature = "jwt")]
#[path = "session/token_cache.rs"]
mod token_cache;
#[path = "call/transport.rs"]
mod transport;
#[path = "error/wording.rs"]
mod wording;

pub use access_key::{
    AccessKey, ActivateAccessKey, ActivateAccessKeys, CreateAccessKey, CreatedAccessKey,
    DeactivateAccessKey, DeactivateAccessKeys, DeleteAccessKey, DeleteAccessKeys, Expiry,
    FindUnconfirmed, KeyTenant, LoadAccessKey, RotateAccessKey, SearchAccessKeys, SortField,
    Status, TenantGrant, UpdateAccessKey,
};
pub use call::{Attempts, Call};
pub use config::{Config, ConfigBuilder, Limits};
pub use context::Context;
pub use endpoint::{Auth, Class, Endpoint, Operation, Target};
pub use error::{Error, ErrorKind, Outcome};
#[cfg(feature = "jwt")]
pub use exchange::{ExchangeAccessKey, ExchangedToken};
pub use flight::Flight;
#[cfg(feature = "jwt")]
pub use flow::{Exchange, Exchanging, Validate, Validating};
pub use json::Members;
#[cfg(feature = "jwt")]
pub use key_set::FetchKeySet;
#[cfg(feature = "jwt")]
pub use keys::KeyCacheLimits;
pub use license::FetchLicense;
pub use options::CallOptions;
pub use outcome_unknown::OutcomeUnknown;
pub use secret::Secret;
#[cfg(feature = "jwt")]
pub use session::Session;
pub use step::{Asleep, Machine, Sent, Step, Waiting};
#[cfg(feature = "jwt")]
pub use token_cache::{Obtaining, TokenCache, TokenLimits};
pub use transport::{Failure, FailureKind, Now, Outgoing, Reply, Transport};
