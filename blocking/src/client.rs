//! The client: a configuration with a transport.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use descope_core::{
    CallOptions, Clock, Config, ConfigBuilder, Context, Endpoint, Error, Event, FetchLicense,
    Limits, Machine, Now, Secret, Step, Transport,
};
#[cfg(feature = "jwt")]
use descope_core::{
    ExchangeAccessKey, ExchangeCacheLimits, Session, TokenLimits, ValidateToken,
    jwt::{Audience, Claims},
};
use ring::rand::{SecureRandom, SystemRandom};

#[cfg(feature = "jwt")]
use crate::access_key_cache::AccessKeyCache;
#[cfg(feature = "jwt")]
use crate::access_key_source::AccessKeySource;
use crate::access_keys::AccessKeys;
#[cfg(feature = "jwt")]
use crate::authenticator::Authenticator;
use crate::drive::{SystemClock, drive};
use crate::logging;
use crate::per_process::PerProcess;
#[cfg(feature = "jwt")]
use crate::token_source::TokenSource;
use crate::ureq_transport::UreqTransport;
#[cfg(feature = "jwt")]
use crate::validator::Validator;

/// A client of one project. Cheap to clone and safe to share between threads: clones share the
/// connections, the signing keys and what was learnt of the license tier. A forked child begins with
/// the configuration alone.
///
/// ```
/// use descope_blocking::Client;
///
/// let client = Client::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ").management_key("K2-secret").build()?;
/// # Ok::<(), descope_blocking::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    options: CallOptions,
}

struct Shared {
    context: PerProcess<Context>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl Client {
    /// Starts a client for a project.
    pub fn builder(project_id: impl Into<String>) -> ClientBuilder {
        ClientBuilder::from(Config::builder(project_id))
    }

    /// A client configured by the environment: `DESCOPE_PROJECT_ID` (required),
    /// `DESCOPE_MANAGEMENT_KEY`, `DESCOPE_AUTH_MANAGEMENT_KEY`, `DESCOPE_BASE_URL` (or
    /// `DESCOPE_BASE_URI`), `DESCOPE_PUBLIC_KEY` and `DESCOPE_ALLOW_PLAIN_HTTP`. Does no IO.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming what is missing or cannot be used; credentials are not shown.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// Operations on access keys. They need a management key.
    #[must_use]
    pub fn access_keys(&self) -> AccessKeys<'_> {
        AccessKeys::new(self)
    }

    /// Exchanges an access key for a session, whose token is validated before it is returned.
    ///
    /// # Errors
    ///
    /// `Api` with status 401 or 403 when the service refuses the key: wrong, deactivated, expired,
    /// or not permitted from this address. `InvalidToken` when it answers with a token that is not
    /// to be trusted. Failures of the connection as for every call.
    #[cfg(feature = "jwt")]
    pub fn exchange(&self, cleartext: impl Into<Secret>) -> Result<Session, Error> {
        self.exchange_with(ExchangeAccessKey::new(cleartext))
    }

    /// The same with login claims, a selected tenant, or audiences of its own.
    ///
    /// # Errors
    ///
    /// As [`exchange`](Self::exchange); `InvalidArgument` for a claim that is no JSON.
    #[cfg(feature = "jwt")]
    pub fn exchange_with(&self, exchange: ExchangeAccessKey) -> Result<Session, Error> {
        self.drive(self.context().exchange(exchange, self.options.clone(), self.now()))
    }

    /// Validates a session token that somebody presents: a text, or a [`ValidateToken`] with audiences
    /// of its own or a DPoP proof (RFC 9449).
    ///
    /// **It may block**: the signing keys are fetched at the first call, when they are older than 10
    /// minutes, and for a token with an unknown `kid`, for as long as the client's deadline allows (10
    /// s). A thread that must not wait, such as one of an async runtime, uses
    /// [`validator`](Self::validator).
    ///
    /// # Errors
    ///
    /// `InvalidToken`, with the check that failed in [`Error::token_error`]. Failures of the
    /// connection when signing keys had to be fetched and could not be.
    #[cfg(feature = "jwt")]
    pub fn validate<'a, T: Into<ValidateToken<'a>>>(&self, token: T) -> Result<Claims, Error> {
        let (token, now) = (token.into(), self.now());
        // A forked child may judge by its parent's keys, and the system need not be asked which it is.
        match self.shared.context.inherited().validate_at_hand(&token, now) {
            Some(verdict) => verdict,
            None => self.drive(self.context().validate(token, self.options.clone(), now)),
        }
    }

    /// A validator that never waits for the network. It fetches the signing keys now, and starts one
    /// thread that keeps them fresh.
    ///
    /// A service that cannot be reached is no error: the thread tries again, and until it has the keys
    /// each validation says that it is [not yet known](crate::ErrorKind::NotYetKnown).
    ///
    /// # Errors
    ///
    /// `Api` when the service does not know the project; `InvalidArgument` when the thread cannot be
    /// started.
    #[cfg(feature = "jwt")]
    pub fn validator(&self) -> Result<Validator, Error> {
        Validator::start(self)
    }

    /// Authenticates the requests that a server gets, by tokens. It may block as
    /// [`validate`](Self::validate) does; [`Validator::authenticator`] does not.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn authenticator(&self) -> Authenticator {
        Authenticator::of_client(self)
    }

    /// What the access keys are that clients present to a server, which lets them in by it.
    /// `revoked_within` is how long a key is let in after it was revoked.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn access_key_cache(&self, revoked_within: Duration) -> AccessKeyCache {
        self.access_key_cache_with(revoked_within, ExchangeCacheLimits::default())
    }

    /// The same with bounds of its own.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn access_key_cache_with(
        &self,
        revoked_within: Duration,
        limits: ExchangeCacheLimits,
    ) -> AccessKeyCache {
        AccessKeyCache::new(self, revoked_within, limits)
    }

    /// A source of valid tokens for an access key, for a program that calls others all day. The key is a
    /// value, or in a place where it can change: see [`AccessKeySource`].
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn token_source(&self, key: impl Into<AccessKeySource>) -> TokenSource {
        let exchange = ExchangeAccessKey::without_key();
        TokenSource::new(self, key.into(), exchange, TokenLimits::default())
    }

    /// The same with login claims, a selected tenant or audiences for every exchange (whose own key is
    /// not used), and bounds of its own.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn token_source_from(
        &self,
        key: impl Into<AccessKeySource>,
        exchange: ExchangeAccessKey,
        limits: TokenLimits,
    ) -> TokenSource {
        TokenSource::new(self, key.into(), exchange, limits)
    }

    /// The same for the key of this exchange.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn token_source_with(
        &self,
        exchange: ExchangeAccessKey,
        limits: TokenLimits,
    ) -> TokenSource {
        let key = exchange.cleartext().clone();
        TokenSource::new(self, key.into(), exchange, limits)
    }

    /// Fetches the project's license tier ("tier1" to "tier4"), and sends it along from now on. It
    /// is fetched by itself when the service first answers "too many requests", so this is for
    /// those who want to know it.
    ///
    /// # Errors
    ///
    /// As every call that needs a management key.
    pub fn license_tier(&self) -> Result<String, Error> {
        let tier = self.call(FetchLicense::new())?;
        self.set_license_tier(&tier)?;
        Ok(tier)
    }

    /// Sends this license tier with every management call from now on, so that it need never be
    /// fetched.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when it cannot be a header's value.
    pub fn set_license_tier(&self, tier: &str) -> Result<(), Error> {
        self.context().set_license_tier(tier)
    }

    /// A client that differs in the options of its calls, and shares all else:
    ///
    /// ```no_run
    /// # use descope_blocking::{CallOptions, Client};
    /// # let client = Client::from_env()?;
    /// let patient = CallOptions::new().deadline(std::time::Duration::from_secs(120));
    /// let key = client.with_options(patient).access_keys().load("K2key")?;
    /// # Ok::<(), descope_blocking::Error>(())
    /// ```
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { shared: Arc::clone(&self.shared), options }
    }

    /// Calls any endpoint of the core, or one of the caller's own.
    ///
    /// # Errors
    ///
    /// As the endpoint says.
    pub fn call<E: Endpoint>(&self, endpoint: E) -> Result<E::Output, Error> {
        let now = self.now();
        for warning in endpoint.warnings(now) {
            logging::warning(format_args!("{}: {warning}", endpoint.operation().name));
        }
        self.drive(self.context().call(endpoint, self.options.clone(), now))
    }

    /// The core's side of this client, for flows of one's own.
    #[must_use]
    pub fn context(&self) -> &Context {
        let anew = |parents: &Context| Context::new(parents.config().clone(), entropy());
        self.shared.context.get(anew)
    }

    /// A text that no other key's description holds, for
    /// [`CreateAccessKey::marker`](crate::CreateAccessKey::marker): 128 random bits.
    #[must_use]
    pub fn marker(&self) -> String {
        self.context().marker(entropy())
    }

    /// Drives a machine of the core to its end with this client's transport.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub fn drive<M: Machine>(&self, step: Step<M>) -> Result<M::Output, Error> {
        drive(&*self.shared.transport, &*self.shared.clock, step)
    }

    pub(crate) fn options(&self) -> &CallOptions {
        &self.options
    }

    /// A reading of this client's clocks, to start a machine with.
    #[must_use]
    pub fn now(&self) -> Now {
        self.shared.clock.now()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("config", self.context().config())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Client`]. Building does no IO. Clones share a transport and a
/// clock that were set.
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    config: ConfigBuilder,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
}

impl ClientBuilder {
    /// Starts with what the environment holds; see [`Client::from_env`].
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when there is no project id.
    pub fn from_env() -> Result<Self, Error> {
        ConfigBuilder::from_vars(variable).map(Self::from)
    }

    /// The base URL, with a path prefix where there is one: a custom domain, a gateway, or the
    /// emulator. By default it follows from the project id.
    pub fn base_url(self, base_url: impl Into<String>) -> Self {
        self.config(|config| config.base_url(base_url))
    }

    /// The management key: needed for everything but exchange and validation.
    pub fn management_key(self, key: impl Into<Secret>) -> Self {
        self.config(|config| config.management_key(key))
    }

    /// The auth management key, sent with an exchange by projects that require one.
    pub fn auth_management_key(self, key: impl Into<Secret>) -> Self {
        self.config(|config| config.auth_management_key(key))
    }

    /// A header for every request. The SDK's own headers cannot be replaced.
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.config(|config| config.header(name, value))
    }

    /// How long any call may take, retries included. By default:
    ///
    /// | call | deadline | field of [`Limits`] |
    /// |---|---|---|
    /// | create, rotate | 30 s | `one_shot_deadline` |
    /// | search | 60 s | `bulk_deadline` |
    /// | every other | 10 s | `deadline` |
    ///
    /// This sets all three; [`limits`](Self::limits), called afterwards, sets them apart. A create or
    /// rotate that is cut short may have been carried out, and says so
    /// ([`Error::is_outcome_unknown`]).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = descope_blocking::Client::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ")
    ///     .deadline(Duration::from_secs(5))
    ///     .limits(|limits| limits.bulk_deadline = Duration::from_secs(120));
    /// ```
    pub fn deadline(self, deadline: Duration) -> Self {
        self.limits(|limits| {
            limits.deadline = deadline;
            limits.bulk_deadline = deadline;
            limits.one_shot_deadline = deadline;
        })
    }

    /// Changes any bound: `builder.limits(|limits| limits.max_attempts = 1)`.
    pub fn limits(self, change: impl FnOnce(&mut Limits)) -> Self {
        self.config(|config| config.limits(change))
    }

    /// Which audiences tokens may have. By default the project id, or no audience at all.
    #[cfg(feature = "jwt")]
    pub fn audience(self, audience: Audience) -> Self {
        self.config(|config| config.audience(audience))
    }

    /// The project's public keys as JSON: tokens are then validated with no network at all.
    #[cfg(feature = "jwt")]
    pub fn signing_keys(self, json: impl Into<String>) -> Self {
        self.config(|config| config.signing_keys(json))
    }

    /// Tells this function what happens: attempts, retries, cooldowns, exchanges, fetches of signing
    /// keys, what caches answer. See [`ConfigBuilder::on_event`].
    pub fn on_event(self, hook: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.config(|config| config.on_event(hook))
    }

    /// Changes anything else of the core's configuration.
    pub fn config(mut self, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Self {
        self.config = change(self.config);
        self
    }

    /// Sends requests through this, in place of ureq with its defaults: a
    /// [`UreqTransport`](crate::UreqTransport) with settings, the emulator, a
    /// [function](crate::transport_fn).
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Goes by this clock, in place of the machine's: a test's, as the emulator has one. Sockets, and
    /// waits for what another thread does, are still bounded in real time.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Checks the configuration.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the setting; credentials are not shown.
    pub fn build(self) -> Result<Client, Error> {
        let config = self.config.on_event(logging::event).build()?;
        let transport = self.transport.unwrap_or_else(|| Arc::new(UreqTransport::new()));
        transport.check(&config)?;
        if config.sends_in_clear() {
            logging::warning(format_args!(
                "keys cross the network in the clear: the base URL {} is plain http",
                config.base_url()
            ));
        }
        let context = PerProcess::new(Context::new(config, entropy()));
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::start()));
        let shared = Shared { context, transport, clock };
        Ok(Client { shared: Arc::new(shared), options: CallOptions::new() })
    }
}

/// With what was configured for the core.
impl From<ConfigBuilder> for ClientBuilder {
    fn from(config: ConfigBuilder) -> Self {
        Self { config, transport: None, clock: None }
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}

/// The access key in `DESCOPE_ACCESS_KEY`, for scripts that only exchange.
///
/// # Errors
///
/// `InvalidArgument` when the variable is unset or empty.
#[cfg(feature = "jwt")]
pub fn access_key_from_env() -> Result<Secret, Error> {
    match variable("DESCOPE_ACCESS_KEY") {
        Some(key) if !key.trim().is_empty() => Ok(Secret::new(key)),
        _ => Err(Error::invalid_argument("DESCOPE_ACCESS_KEY", "is not set")),
    }
}

/// What is not UTF-8 is none of a credential's characters either, and is refused as such: it does not
/// count as unset.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// Random bytes of the system. (`ring` is there through ureq; what std's hash maps are keyed with are
/// 64 bits that nobody promises.)
pub(crate) fn entropy() -> [u8; 32] {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes");
    bytes
}
