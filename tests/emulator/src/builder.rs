//! How an emulator is set up.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, StatusCode};

use crate::emulator::Instance;
use crate::server::Server;
use crate::service::{Initial, Service, Settings};
use crate::{Algorithm, Clock, Emulator, Key, RateLimit, User, sample, unrecorded};

/// Sets up an [`Emulator`]; from [`Emulator::builder`]. `Debug` shows no secret.
#[must_use = "call `start` to get an emulator"]
pub struct Builder {
    settings: Settings,
    issuer: Option<String>,
    clock: Clock,
    peer: IpAddr,
    host: IpAddr,
    port: u16,
    initial: Initial,
    sample: bool,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let settings = Settings {
            project_id: "P2EmulatorProject00000000000".to_owned(),
            management_key: "K2EmulatorManagementKey".to_owned(),
            auth_management_key: None,
            issuer: String::new(),
            audience: Vec::new(),
            session_lifetime: Duration::from_secs(600),
            license_tier: "tier1".to_owned(),
            created_by: "K2EmulatorManagementKeyId".to_owned(),
            users: HashMap::new(),
            roles: HashMap::new(),
            tenants: HashMap::new(),
            client_ip_header: None,
            algorithm: Algorithm::Rs256,
            not_found_status: unrecorded::NOT_FOUND,
            control: false,
        };
        Self {
            settings,
            issuer: None,
            clock: Clock::system(),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            initial: Initial {
                keys: Vec::new(),
                search_lag: Duration::ZERO,
                limits: Vec::new(),
                keep_requests: 1000,
            },
            sample: false,
        }
    }

    /// The project's id; `P2EmulatorProject00000000000` by default.
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.settings.project_id = id.into();
        self
    }

    /// The management key that management calls must show; `K2EmulatorManagementKey` by default.
    pub fn management_key(mut self, key: impl Into<String>) -> Self {
        self.settings.management_key = key.into();
        self
    }

    /// The auth management key that exchange must show beside the access key; none by default.
    pub fn auth_management_key(mut self, key: impl Into<String>) -> Self {
        self.settings.auth_management_key = Some(key.into());
        self
    }

    /// Seeds a key.
    pub fn key(mut self, key: Key) -> Self {
        self.initial.keys.push(key);
        self
    }

    /// Seeds keys.
    pub fn keys(mut self, keys: impl IntoIterator<Item = Key>) -> Self {
        self.initial.keys.extend(keys);
        self
    }

    /// Adds two tenants, two roles and four keys for a first try: one that works
    /// ([`SAMPLE_ACCESS_KEY`](crate::SAMPLE_ACCESS_KEY)), one that ends soon, one that has expired, and
    /// an inactive one.
    pub fn sample(mut self) -> Self {
        self.sample = true;
        self.tenant("acme", "Acme Inc.")
            .tenant("globex", "Globex Corporation")
            .role("deployer", ["deploy", "read"])
            .role("viewer", ["read"])
    }

    /// Adds a user, for keys that are bound to it. Once there is one, a key for any other is
    /// refused; without any, each user id is taken, and the keys keep roles of their own.
    pub fn user(mut self, user: User) -> Self {
        self.settings.users.insert(user.id.clone(), user);
        self
    }

    /// Gives a role its permissions, which tokens then have. Roles that are not declared have none.
    pub fn role<P: Into<String>>(
        mut self,
        name: impl Into<String>,
        permissions: impl IntoIterator<Item = P>,
    ) -> Self {
        let permissions = permissions.into_iter().map(Into::into).collect();
        self.settings.roles.insert(name.into(), permissions);
        self
    }

    /// Gives a tenant its name. Tenants that are not declared are named by their id.
    pub fn tenant(mut self, id: impl Into<String>, name: impl Into<String>) -> Self {
        self.settings.tenants.insert(id.into(), name.into());
        self
    }

    /// How long session tokens live; 10 minutes by default.
    pub fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.session_lifetime = lifetime;
        self
    }

    /// The `iss` of tokens; `https://api.descope.com/v1/apps/<project id>` by default.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Adds to the `aud` of tokens; by default they have none.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audience.push(audience.into());
        self
    }

    /// With what tokens are signed; RS256 by default.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.settings.algorithm = algorithm;
        self
    }

    /// The project's license tier; `tier1` by default.
    pub fn license_tier(mut self, tier: impl Into<String>) -> Self {
        self.settings.license_tier = tier.into();
        self
    }

    /// The `createdBy` of keys that are created.
    pub fn created_by(mut self, id: impl Into<String>) -> Self {
        self.settings.created_by = id.into();
        self
    }

    /// Starts the clock at this time, in Unix seconds; it then stands still until it is moved. By
    /// default it is the system's.
    pub fn time(mut self, unix: u64) -> Self {
        self.clock = Clock::fixed(Duration::from_secs(unix));
        self
    }

    /// Where requests that come over no socket come from, for permitted addresses; 127.0.0.1 by
    /// default.
    pub fn peer(mut self, address: IpAddr) -> Self {
        self.peer = address;
        self
    }

    /// The header whose first address counts instead of the peer's, such as `x-forwarded-for`; none
    /// by default.
    ///
    /// # Panics
    ///
    /// When it is no header's name.
    pub fn client_ip_header(mut self, name: &str) -> Self {
        self.settings.client_ip_header = Some(name.parse::<HeaderName>().expect("a header's name"));
        self
    }

    /// The status of an access key that does not exist, which nobody has recorded of the service;
    /// 404 by default.
    ///
    /// # Panics
    ///
    /// When it is not between 100 and 999.
    pub fn not_found_status(mut self, status: u16) -> Self {
        self.settings.not_found_status =
            StatusCode::from_u16(status).expect("a status is between 100 and 999");
        self
    }

    /// How long a change is hidden from searches, by the emulator's clock; no time by default. See
    /// [`Emulator::set_search_lag`].
    pub fn search_lag(mut self, lag: Duration) -> Self {
        self.initial.search_lag = lag;
        self
    }

    /// Adds a limit of requests by address; there is none by default.
    pub fn limit(mut self, limit: RateLimit) -> Self {
        self.initial.limits.push(limit);
        self
    }

    /// The address to listen on; 127.0.0.1 by default. A container listens on 0.0.0.0. Whoever can
    /// reach it can use it.
    pub fn host(mut self, address: IpAddr) -> Self {
        self.host = address;
        self
    }

    /// The port to listen on; a free one by default.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How many of the last requests are kept to be looked at, of at most 64 MiB of bodies in all;
    /// 1000 by default. Operations are counted beyond that.
    pub fn keep_requests(mut self, count: usize) -> Self {
        self.initial.keep_requests = count;
        self
    }

    /// Lets the emulator be controlled over HTTP too, for tests in other languages; off by default.
    ///
    #[doc = include_str!("control/index.md")]
    pub fn control(mut self, on: bool) -> Self {
        self.settings.control = on;
        self
    }

    /// Starts it, with a server.
    ///
    /// # Panics
    ///
    /// When the address cannot be listened on, or two seeded keys have the same cleartext.
    #[must_use]
    pub fn start(self) -> Emulator {
        self.try_start().expect("the emulator can listen")
    }

    /// Starts it, with a server.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    ///
    /// # Panics
    ///
    /// When two seeded keys have the same cleartext.
    pub fn try_start(self) -> io::Result<Emulator> {
        let address = SocketAddr::new(self.host, self.port);
        let emulator = self.in_process();
        let server = Server::start(Arc::clone(&emulator.instance), address)?;
        Ok(Emulator { server: Some(server), ..emulator })
    }

    /// Makes it without a server.
    ///
    /// # Panics
    ///
    /// When two seeded keys have the same cleartext.
    #[must_use]
    pub fn in_process(mut self) -> Emulator {
        self.settings.issuer = self.issuer.unwrap_or_else(|| {
            format!("https://api.descope.com/v1/apps/{}", self.settings.project_id)
        });
        let now = self.clock.unix();
        if self.sample {
            self.initial.keys.extend(sample::keys(now));
        }
        let service = Service::new(self.settings, self.initial, now);
        let instance = Instance { service, clock: self.clock, peer: self.peer };
        Emulator { instance: Arc::new(instance), server: None }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("project_id", &self.settings.project_id)
            .field("port", &self.port)
            .field("keys", &self.initial.keys)
            .finish_non_exhaustive()
    }
}
