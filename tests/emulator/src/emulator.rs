//! The handle of a running emulator.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use serde_json::{Value, json};

use crate::control;
use crate::fault::Delivery;
use crate::key::seconds_of;
use crate::server::Server;
use crate::service::Service;
use crate::{Builder, Clock, Fault, InProcess, Key, Operation, RateLimit, Received, Token};

/// What the handle, the server and the in-process transport share.
pub(crate) struct Instance {
    pub(crate) service: Service,
    pub(crate) clock: Clock,
    /// Where requests that come over no socket come from.
    pub(crate) peer: IpAddr,
}

impl Instance {
    pub(crate) fn reset(&self) {
        self.service.reset();
        self.clock.reset();
    }

    /// Answers a request that has just come in, and says how the answer is to be delivered.
    pub(crate) fn serve(
        self: &Arc<Self>,
        request: &Request<Vec<u8>>,
        peer: IpAddr,
    ) -> (Response<Vec<u8>>, Delivery) {
        let now = self.clock.unix();
        if self.service.settings.control {
            if let Some(mut answer) = control::answer(self, request) {
                self.service.complete(&mut answer, now);
                return (answer, Delivery::Whole);
            }
        }
        self.service.serve(request, peer, now)
    }
}

/// An emulated Descope project. Dropping it stops its server, closes every connection and ends every
/// thread; its state is gone.
///
/// `Debug` shows no secret.
pub struct Emulator {
    pub(crate) instance: Arc<Instance>,
    pub(crate) server: Option<Server>,
}

impl Emulator {
    /// Starts an emulator with an HTTP server on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When no port can be listened on; see [`Builder::try_start`].
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// An emulator with other settings or with keys in it.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The base URL to give to a client on this machine, such as `http://127.0.0.1:49152`. Without a server it is
    /// one that nothing listens at, for a client that is given [`transport`](Self::transport).
    #[must_use]
    pub fn base_url(&self) -> String {
        match &self.server {
            Some(server) => format!("http://{}", server.address),
            None => "http://127.0.0.1:1".to_owned(),
        }
    }

    /// A transport for the SDK that needs no socket. It works beside the server, and without one
    /// (see [`Builder::in_process`]).
    #[must_use]
    pub fn transport(&self) -> InProcess {
        InProcess { instance: Arc::clone(&self.instance), peer: self.instance.peer }
    }

    /// The project's id.
    #[must_use]
    pub fn project_id(&self) -> &str {
        &self.instance.service.settings.project_id
    }

    /// The management key that it takes.
    #[must_use]
    pub fn management_key(&self) -> &str {
        &self.instance.service.settings.management_key
    }

    /// The `iss` of its tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.instance.service.settings.issuer
    }

    /// Answers one request as if it came from `peer` at `now` (time since 1970-01-01 00:00 UTC),
    /// without a socket or a clock. It meets no injected fault.
    #[must_use]
    pub fn handle(
        &self,
        request: &Request<Vec<u8>>,
        peer: IpAddr,
        now: Duration,
    ) -> Response<Vec<u8>> {
        self.instance.service.handle(request, peer, now)
    }

    /// Adds a key; what it leaves open (id, cleartext, times) is made up and returned. A key with
    /// the same id is replaced.
    ///
    /// # Panics
    ///
    /// When another key has the same cleartext.
    pub fn seed(&self, key: Key) -> Key {
        self.instance.service.seed(key, self.instance.clock.unix())
    }

    /// All keys, in the order of their creation, as they are now.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        let now = self.instance.clock.unix();
        self.instance.service.state().store.all(now).cloned().collect()
    }

    /// A key as it is now.
    #[must_use]
    pub fn key(&self, id: &str) -> Option<Key> {
        let now = self.instance.clock.unix();
        self.instance.service.state().store.get(id, now).cloned()
    }

    /// Deactivates a key behind the caller's back; says whether it exists. Tokens that were
    /// exchanged for it stay valid until they expire, as the service's do.
    pub fn deactivate(&self, id: &str) -> bool {
        let now = self.instance.clock.unix();
        self.instance.service.state().store.set_active(id, false, now)
    }

    /// Deletes a key behind the caller's back; says whether it existed.
    pub fn delete(&self, id: &str) -> bool {
        let now = self.instance.clock.unix();
        self.instance.service.state().store.remove(id, now)
    }

    /// A session token to be built: any claims, any times, any header, any signature.
    pub fn token(&self) -> Token {
        Token::new(&self.instance)
    }

    /// A validly signed session token with these claims, beside `iss`, `sub`, `drn`, `iat` and
    /// `exp`, each of which they may replace.
    ///
    /// ```
    /// # use descope_emulator::Emulator;
    /// # let emulator = Emulator::start();
    /// let token = emulator.mint(serde_json::json!({
    ///     "sub": "K2-of-a-test",
    ///     "tenants": {"acme": {"roles": ["deployer"]}},
    /// }));
    /// ```
    #[must_use]
    pub fn mint(&self, claims: Value) -> String {
        self.token().claims(claims).mint()
    }

    /// Signs with a new key from now on. The old ones stay in the key set, as after a rotation in
    /// good order.
    pub fn rotate_signing_key(&self) {
        self.instance.service.rotate_signing_key();
    }

    /// Drops every signing key but the current one from the key set.
    pub fn retire_signing_keys(&self) {
        self.instance.service.retire_signing_keys();
    }

    /// The key set as it is served: `{"keys": [JWK, …]}`.
    #[must_use]
    pub fn key_set(&self) -> Value {
        let state = self.instance.service.state();
        let keys: Vec<Value> = state.signing_keys.iter().map(|key| key.jwk()).collect();
        json!({"keys": keys})
    }

    /// Brings the emulator back to its start: the keys, limits, lag and wall clock that it was built
    /// with, its first signing key, no faults, and nothing received. Its address stays the same.
    pub fn reset(&self) {
        self.instance.reset();
    }

    /// Lets something go wrong.
    pub fn inject(&self, fault: Fault) {
        self.instance.service.state().faults.add(fault);
    }

    /// Forgets the faults that are still to come.
    pub fn clear_faults(&self) {
        self.instance.service.state().faults.clear();
    }

    /// Hides each change that is made from now on from searches for that long, by the emulator's clock:
    /// a key that was created, updated, switched or deleted is found as it was before. Everything but
    /// a search sees changes at once. Seeded keys are found at once.
    pub fn set_search_lag(&self, lag: Duration) {
        self.instance.service.state().store.search_lag = lag;
    }

    /// Adds a limit of requests by address.
    pub fn limit(&self, limit: RateLimit) {
        self.instance.service.state().limits.push(limit);
    }

    /// Lifts all limits.
    pub fn clear_limits(&self) {
        self.instance.service.state().limits.clear();
    }

    /// The last requests, oldest first (see [`Builder::keep_requests`]), those that met a fault
    /// included.
    #[must_use]
    pub fn requests(&self) -> Vec<Received> {
        self.instance.service.state().log.requests()
    }

    /// How many requests there were for an operation, refused ones and those that met a fault
    /// included.
    #[must_use]
    pub fn count(&self, operation: Operation) -> u64 {
        self.instance.service.state().log.count(Some(operation))
    }

    /// The same, of those that came from this address (see [`Builder::client_ip_header`]).
    #[must_use]
    pub fn count_from(&self, address: IpAddr, operation: Operation) -> u64 {
        self.instance.service.state().log.count_from(operation, address)
    }

    /// How many sessions were given for a key: exchanges that were carried out.
    #[must_use]
    pub fn sessions(&self, id: &str) -> u64 {
        self.instance.service.state().sessions.get(id).copied().unwrap_or_default()
    }

    /// How many requests there were at all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.instance.service.state().log.total()
    }

    /// Forgets the requests so far, their count and that of sessions.
    pub fn clear_requests(&self) {
        self.instance.service.clear_log();
    }

    /// The emulator's time, in Unix seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        seconds_of(self.instance.clock.unix())
    }

    /// The emulator's clock, for a client that is to go by it.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.instance.clock.clone()
    }

    /// Lets this much time pass at once, for the emulator and whoever goes by its [`clock`](Self::clock).
    pub fn advance(&self, by: Duration) {
        self.instance.clock.sleep(by);
    }

    /// Sets the emulator's wall clock, in Unix seconds; it then stands still until it is moved.
    pub fn set_time(&self, unix: u64) {
        self.instance.clock.set(Duration::from_secs(unix));
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("base_url", &self.base_url())
            .field("project_id", &self.project_id())
            .finish_non_exhaustive()
    }
}
