//! How a client is configured.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "jwt")]
use descope_core::jwt::Audience;
use descope_core::{Clock, Config, ConfigBuilder, Error, Event, Limits, Secret, Transport};

use crate::client::Client;
use crate::drive::SystemClock;
use crate::logging;
use crate::ureq_transport::UreqTransport;
use crate::variables::variable;

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
}

/// Builds a [`Client`]. Building does no IO. Clones share a transport and a clock that were set.
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
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::start()));
        Ok(Client::new(config, transport, clock))
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
