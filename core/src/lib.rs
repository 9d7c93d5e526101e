//! The sans-IO core of a Rust SDK for Descope access keys. It builds requests, reads answers, and holds
//! every rule (what is retried and when, caching of signing keys, token validation, refresh) as state
//! machines that do no IO, read no clock, never sleep and start no thread.
//!
//! For a ready-made client see the crate `descope-blocking`. This crate is for programs that drive the
//! machines over their own transport: async programs, WebAssembly, other HTTP clients.
//!
//! # The loop
//!
//! An [`Endpoint`] describes one request and its answer. A [`Context`] holds the configuration and
//! what calls learn, and starts machines: [`Context::call`] for one endpoint, and flows of several
//! requests, such as `Context::exchange`, `Context::validate` and `TokenCache::obtain`. A machine says
//! what to do next, and takes the result:
//!
//! ```text
//!            context.call(endpoint, options, now)
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
//! twice. A complete driver:
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
//! # let _ = drive::<descope_core::Call<descope_core::LoadAccessKey>>
//! #     as fn(&Box<dyn Transport>, fn() -> Now, _) -> _;
//! ```
//!
//! # A walk through a call
//!
//! A key is loaded, and the service is busy at first:
//!
//! ```
//! use core::time::Duration;
//! use descope_core::{CallOptions, Config, Context, LoadAccessKey, Now, Step};
//! use http::Response;
//!
//! let config = Config::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ").management_key("secret").build()?;
//! let context = Context::new(config, [7; 32]);
//! // The driver's clocks: monotonic, and Unix time.
//! let at = |ms| Now::new(Duration::from_millis(ms), Duration::from_millis(1_800_000_000_000 + ms));
//!
//! let step = context.call(LoadAccessKey::new("K2key"), CallOptions::new(), at(0));
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
//! `Context::exchange` combines several calls in one machine. Without cached signing keys it takes two
//! requests:
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
//! Each of the two calls has its own attempts; both share one deadline. With cached signing keys the
//! exchange is one request. A token that was just issued may always cause one fetch of the signing keys.
//! Presented tokens with unknown `kid`s may cause two, and then one in 30 seconds, so that forged tokens
//! cost almost nothing.
//!
//! # What is retried
//!
//! That depends on how an attempt ended and on the operation's [`Class`]. The whole rule is one pure
//! function, `judge` in `call/retry.rs`. A create or a rotate is never retried once it may have been
//! carried out: the error then has an [`OutcomeUnknown`], and the cleartext if it arrived.
//!
//! # Secrets
//!
//! Keys, cleartexts and tokens are [`Secret`]s. No `Debug`, `Display` or error shows one, not even one
//! that the server echoes. Memory is not wiped: the buffers of headers and bodies belong to the
//! transport.
//!
//! # Architecture notes
//!
//! - The crate is `no_std`, so that the clock, threads, sockets and files cannot be named; one module
//!   re-exports the few parts of `std` that are used (locks, `SystemTime` as a value).
//! - [`Endpoint::parse`] takes the body alone: a 2xx is all it is called for, and nothing in its
//!   headers is part of any contract. [`Endpoint::parse_answer`] is for the one that reads the
//!   service's clock.
//! - The signing keys are cached by the [`Context`], of which there is one for each base URL and
//!   project.
//! - A failed fetch or exchange fails for all callers that waited for it, except those that can wait
//!   longer or allow more attempts than the caller that made it: they try again.
//! - A validation by the signing keys at hand (`ValidateToken::keys_at_hand`) never waits, and leaves
//!   fetching to a `SigningKeyKeeper`, whose machine runs until the keeper is dropped: in a thread of
//!   `descope-blocking`, or in a task elsewhere. A token with an unknown `kid` is refused once a fetch
//!   that was started for it has ended.
//! - The access keys that clients send are found by an HMAC under a secret of the process. Unknown keys
//!   have a separate rate limit, so that a flood of them cannot use up what the service allows the
//!   server's address.
//! - A token cache asks its `SecretSource` for a version at every call, under no lock, and exchanges a
//!   new secret while the token of the old one serves.
//! - Every `Rejection` is made in one place, so that no failure on the server's side becomes a 401.
//! - Later calls respect what the service told earlier ones. After a 429, or a 503 with `Retry-After`,
//!   no request of that [`RequestKind`] is sent until the time has passed, and then one call probes. A
//!   failed fetch is not tried again until a pause has passed ([`Error::is_remembered`]), and then with
//!   fewer attempts. Only failures that any patient caller would have met are remembered.
//! - Ages are measured by the clock that moved further ([`Now::since`]). Signing keys that are too old
//!   by the wall clock alone are still used while their refresh gets no answer, since that clock may be
//!   wrong. Tokens are not: they expire by it.
//! - No call fetches the signing keys twice: it decides by the result of its own fetch.
//! - Events go to the hooks of the configuration ([`Event`]), under no lock. A driver's log is one hook.
//! - Single flight, cooldowns and the caches of signing keys and failures are compiled against a model checker's locks by the
//!   repository's tests, so their files take little from the rest of the crate.
//! - The files stand in rooms, and a room takes only from rooms beneath it: `context`, `replacing`,
//!   `session`, `endpoints`, `call`, `config`, `error`, `jwt`, `json`, `base`. A test holds the arrows.
//!   The license tier's endpoint is in `call`, since it is calls that fetch it.
//! - A replacement takes ten requests or more and runs rarely, so its machine is an `async` function that
//!   reads from the first step to the last. The decisions are a pure function.
//! - An [`AccessKey`] is packed into few allocations and read by methods: the keys of a large search
//!   take a seventh of the memory of structs of strings and maps, and are parsed sooner.
//! - A configuration keeps the headers of a request ready, so that one takes five allocations: two
//!   for its address, two for its headers, and one for its body or id.
//!
//! # Features
//!
//! - `jwt` (default): exchange and validation, with `ring`. Without it the crate manages keys only.
//! - `aws-lc-rs`: signatures verified by aws-lc-rs instead of `ring`.
//!
//! # WebAssembly
//!
//! On `wasm32-unknown-unknown` the crate without `jwt` takes nothing of its host: no import. With `jwt`,
//! clang compiles the C of `ring`, and a source of random bytes must be named, though no validation
//! draws any; until then `getrandom` 0.2 does not compile. The program's manifest names it:
//!
//! - where there is JavaScript, `ring = { version = "0.17", features = ["wasm32_unknown_unknown_js"] }`
//! - elsewhere `getrandom = { version = "0.2", features = ["custom"] }`, with a function registered
//!   (`getrandom::register_custom_getrandom!`) that may always fail. Then nothing is imported.
//!
//! Clocks, random bytes for [`Context::new`] and the sending are the driver's there as everywhere. In
//! the repository `tests/wasm` is a program that makes a call and validates tokens in Node.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]

extern crate alloc;

mod base;
mod call;
mod config;
mod context;
mod endpoints;
mod error;
mod json;
#[cfg(feature = "jwt")]
pub mod jwt;
mod replacing;
#[cfg(feature = "jwt")]
mod session;

pub use base::{Class, Clock, Now, Operation, Outcome, RequestKind, Secret, Target};
#[doc(hidden)] // For the repository's tests of each rule: no part of the interface.
pub use call::retry;
pub use call::{
    Asleep, Auth, Call, Endpoint, Failure, FailureKind, FetchLicense, Flight, Look, Machine,
    Outgoing, Proof, Reply, Salvaged, Sent, Step, Transport, TransportFn, Waiting, transport_fn,
};
pub use config::{Cache, CallOptions, Config, ConfigBuilder, Event, Limits};
#[cfg(feature = "jwt")]
pub use config::{ExchangeCacheLimits, PauseLimits, SigningKeyLimits, TokenLimits};
pub use context::Context;
pub use endpoints::access_key::{
    AccessKey, ActOnAccessKey, ActOnAccessKeys, CreateAccessKey, CreatedAccessKey, Expiry,
    FindUnconfirmed, FoundAccessKeys, KeyPolicy, KeyRule, KeyTenant, LoadAccessKey,
    RotateAccessKey, SearchAccessKeys, SearchReadableAccessKeys, SortField, Status, TenantGrant,
    UnreadableAccessKey, UpdateAccessKey,
};
#[cfg(feature = "jwt")]
pub use endpoints::{ExchangeAccessKey, FetchSigningKeys, UnvalidatedToken};
pub use error::{Error, ErrorKind, OutcomeUnknown};
/// The types of requests and answers that [`Endpoint`] and [`Transport`] speak of.
pub use http;
pub use json::body::Members;
pub use replacing::{
    Deploy, DeployError, DueLeft, ReadBack, ReplaceAccessKey, ReplaceError, ReplaceFlow, Replaced,
    Replacing, RetireDue, RetireDueFlow, RetiredDue, Unfinished, unfinished,
};
#[cfg(feature = "jwt")]
pub use session::{
    AuthenticateFlow, Authenticator, Caller, ExchangeCache, ExchangeFlow, KeepSigningKeys,
    PresentedKeyFlow, Rejection, RejectionKind, SecretSource, Session, SigningKeyKeeper,
    TokenCache, TokenFlow, ValidateFlow, ValidateToken,
};
