//! Builds a configuration, and checks it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
#[cfg(feature = "jwt")]
use core::time::Duration;

#[cfg(feature = "jwt")]
use super::NO_AUDIENCE;
use super::base_url::BaseUrl;
use super::credential::credential;
use super::headers::{bearer, headers};
use super::{Config, Event, EventHooks, Limits};
use crate::base::Secret;
use crate::error::Error;
#[cfg(feature = "jwt")]
use crate::jwt::{Audience, SigningKeys, TokenRules};

/// Builds a [`Config`]. Nothing is checked before [`build`](Self::build).
///
/// `Debug` shows the project id, the bounds, and the names of headers.
#[derive(Clone)]
#[must_use]
pub struct ConfigBuilder {
    names: Names,
    project_id: String,
    base_url: Option<String>,
    management: Option<Secret>,
    auth_management: Option<Secret>,
    headers: Vec<(String, String)>,
    external_request_id: Option<String>,
    allow_plain_http: bool,
    /// The one host to which the environment allows it.
    plain_http_host: Option<String>,
    limits: Limits,
    hooks: EventHooks,
    #[cfg(feature = "jwt")]
    audience: Audience,
    #[cfg(feature = "jwt")]
    leeway: Option<Duration>,
    #[cfg(feature = "jwt")]
    signing_keys: Option<String>,
}

/// What errors call the settings: as methods, or as variables where they came from there.
#[derive(Clone)]
struct Names {
    project_id: &'static str,
    base_url: &'static str,
    management: &'static str,
    auth_management: &'static str,
    #[cfg(feature = "jwt")]
    signing_keys: &'static str,
}

impl Names {
    const METHODS: Self = Self {
        project_id: "project_id",
        base_url: "base_url",
        management: "management_key",
        auth_management: "auth_management_key",
        #[cfg(feature = "jwt")]
        signing_keys: "signing_keys",
    };
    const VARIABLES: Self = Self {
        project_id: "DESCOPE_PROJECT_ID",
        base_url: "DESCOPE_BASE_URL",
        management: "DESCOPE_MANAGEMENT_KEY",
        auth_management: "DESCOPE_AUTH_MANAGEMENT_KEY",
        #[cfg(feature = "jwt")]
        signing_keys: "DESCOPE_PUBLIC_KEY",
    };
}

impl Config {
    /// Starts a configuration for a project.
    pub fn builder(project_id: impl Into<String>) -> ConfigBuilder {
        ConfigBuilder::new(project_id.into())
    }
}

impl ConfigBuilder {
    fn new(project_id: String) -> Self {
        Self {
            names: Names::METHODS,
            project_id,
            base_url: None,
            management: None,
            auth_management: None,
            headers: Vec::new(),
            external_request_id: None,
            allow_plain_http: false,
            plain_http_host: None,
            limits: Limits::default(),
            hooks: EventHooks::default(),
            #[cfg(feature = "jwt")]
            audience: Audience::default(),
            #[cfg(feature = "jwt")]
            leeway: None,
            #[cfg(feature = "jwt")]
            signing_keys: None,
        }
    }

    /// Takes what an environment holds, through a look-up that the caller passes in:
    /// `DESCOPE_PROJECT_ID` (required), `DESCOPE_MANAGEMENT_KEY`, `DESCOPE_AUTH_MANAGEMENT_KEY`,
    /// `DESCOPE_BASE_URL` or else `DESCOPE_BASE_URI`, `DESCOPE_PUBLIC_KEY`, and
    /// `DESCOPE_ALLOW_PLAIN_HTTP`, the one host to which plain http is allowed (an emulator in another
    /// container, say). A variable that is empty counts as unset.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when there is no project id.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let var = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let project_id = var("DESCOPE_PROJECT_ID")
            .ok_or_else(|| Error::invalid_argument("DESCOPE_PROJECT_ID", NOT_SET))?;
        let mut builder = Self::new(project_id);
        builder.names = Names::VARIABLES;
        builder.base_url = var("DESCOPE_BASE_URL").or_else(|| {
            builder.names.base_url = "DESCOPE_BASE_URI";
            var("DESCOPE_BASE_URI")
        });
        builder.management = var("DESCOPE_MANAGEMENT_KEY").map(Secret::new);
        builder.auth_management = var("DESCOPE_AUTH_MANAGEMENT_KEY").map(Secret::new);
        #[cfg(feature = "jwt")]
        {
            builder.signing_keys = var("DESCOPE_PUBLIC_KEY");
        }
        builder.plain_http_host = var("DESCOPE_ALLOW_PLAIN_HTTP");
        Ok(builder)
    }

    /// The base URL, with a path prefix where there is one. By default it follows from the project
    /// id: `https://api.descope.com`, or the region's host where the id carries a region.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.names.base_url = Names::METHODS.base_url;
        self.base_url = Some(base_url.into());
        self
    }

    /// The management key: needed for everything but exchange and validation.
    pub fn management_key(mut self, key: impl Into<Secret>) -> Self {
        self.names.management = Names::METHODS.management;
        self.management = Some(key.into());
        self
    }

    /// The auth management key, sent with an exchange by projects that require one.
    pub fn auth_management_key(mut self, key: impl Into<Secret>) -> Self {
        self.names.auth_management = Names::METHODS.auth_management;
        self.auth_management = Some(key.into());
        self
    }

    /// A header for every request. The SDK's own headers cannot be replaced.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// An id of the caller's own for every request, sent as `x-external-rid`.
    pub fn external_request_id(mut self, id: impl Into<String>) -> Self {
        self.external_request_id = Some(id.into());
        self
    }

    /// Allows `http://` to hosts other than loopback. Keys then cross the network in the clear.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// Which audiences tokens may have. By default the project id, or no audience at all.
    #[cfg(feature = "jwt")]
    pub fn audience(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }

    /// How far this machine's clock may be from the service's when a token is judged: 5 s.
    #[cfg(feature = "jwt")]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = Some(leeway);
        self
    }

    /// The project's public keys, a JWK or a JWK set as JSON. Tokens are then validated by these
    /// alone, with no network at all; after a rotation of the project's keys they must be replaced.
    #[cfg(feature = "jwt")]
    pub fn signing_keys(mut self, json: impl Into<String>) -> Self {
        self.names.signing_keys = Names::METHODS.signing_keys;
        self.signing_keys = Some(json.into());
        self
    }

    /// Changes bounds: `builder.limits(|limits| limits.max_attempts = 1)`.
    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// Tells this function what happens: attempts, retries, cooldowns, exchanges, fetches of signing
    /// keys, what caches answer. It is called on the caller's thread, under no lock, so it may call
    /// anything; a panic in it spoils the call that it was told of, and no other. Of several functions
    /// each is told.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use descope_core::{Config, Event};
    ///
    /// let retries = Arc::new(AtomicU64::new(0));
    /// let counter = Arc::clone(&retries);
    /// let config = Config::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ").on_event(move |event| {
    ///     if let Event::Retry { .. } = event {
    ///         counter.fetch_add(1, Ordering::Relaxed);
    ///     }
    /// });
    /// # let _ = config.build()?;
    /// # Ok::<(), descope_core::Error>(())
    /// ```
    pub fn on_event(mut self, hook: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.hooks.add(hook);
        self
    }

    fn checked_project_id(&self) -> Result<String, Error> {
        let project_id = self.project_id.trim();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let wrong = if project_id.is_empty() {
            "is empty"
        } else if !project_id.bytes().all(allowed) {
            "holds something other than letters, digits, `-` and `_`; was something pasted with it?"
        } else if project_id.starts_with("K2") && project_id.len() > 20 {
            // It would be part of addresses, which are logged.
            "looks like a key (not shown here): project ids begin with P"
        } else {
            return Ok(project_id.to_string());
        };
        Err(Error::invalid_argument(self.names.project_id, wrong))
    }

    fn checked_base_url(&self, project_id: &str) -> Result<BaseUrl, Error> {
        let Some(url) = &self.base_url else {
            return BaseUrl::of_project(project_id)
                .map_err(|what| Error::invalid_argument(self.names.project_id, what));
        };
        let invalid = |what| Error::invalid_argument(self.names.base_url, what);
        let url = BaseUrl::parse(url).map_err(|what| invalid(what.to_string()))?;
        let host_is_allowed = self.plain_http_host.as_deref() == Some(url.host.as_str());
        if url.in_clear() && !self.allow_plain_http && !host_is_allowed {
            let allow = match self.names.base_url {
                name if name == Names::METHODS.base_url => "explicitly".to_string(),
                _ => format!("with DESCOPE_ALLOW_PLAIN_HTTP={}", url.host),
            };
            return Err(invalid(format!(
                "is plain http to a host other than loopback: keys would cross the network in the \
                 clear. Use https, or allow it {allow}"
            )));
        }
        Ok(url)
    }

    /// Checks everything.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the setting; a credential is never shown.
    pub fn build(self) -> Result<Config, Error> {
        let project_id = self.checked_project_id()?;
        let base_url = self.checked_base_url(&project_id)?;
        let checked = |key: &Option<Secret>, field| match key {
            Some(key) => credential(key, field).map(|text| Some(Secret::new(text))),
            None => Ok(None),
        };
        #[cfg(feature = "jwt")]
        if self.audience.accepts_nothing() {
            return Err(Error::invalid_argument("audience", NO_AUDIENCE));
        }
        #[cfg(feature = "jwt")]
        let mut token_rules = TokenRules::new(project_id.clone()).audience(self.audience);
        #[cfg(feature = "jwt")]
        if let Some(leeway) = self.leeway {
            token_rules = token_rules.leeway(leeway);
        }
        let management = checked(&self.management, self.names.management)?;
        Ok(Config {
            #[cfg(feature = "jwt")]
            token_rules,
            #[cfg(feature = "jwt")]
            pinned_signing_keys: self
                .signing_keys
                .as_deref()
                .map(|json| {
                    pinned_signing_keys(json)
                        .map_err(|what| Error::invalid_argument(self.names.signing_keys, what))
                })
                .transpose()?,
            management_bearer: match &management {
                Some(key) => Some(bearer(&[&project_id, key.expose()])?),
                None => None,
            },
            management,
            auth_management: checked(&self.auth_management, self.names.auth_management)?,
            headers: headers(&project_id, &self.headers, self.external_request_id.as_deref())?,
            project_id,
            loopback: base_url.loopback,
            in_clear: base_url.in_clear(),
            base_url: base_url.text,
            limits: self.limits,
            hooks: self.hooks,
        })
    }
}

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A header's value may be a credential, and an unchecked base URL may hold a password.
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("ConfigBuilder")
            .field("project_id", &self.project_id)
            .field("headers", &headers)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

const NOT_SET: &str =
    "is not set: the project id is in the Descope console under Project, Settings";

/// Else what is wrong with it.
#[cfg(feature = "jwt")]
fn pinned_signing_keys(text: &str) -> Result<SigningKeys, String> {
    let text = text.trim();
    if text.starts_with("-----BEGIN") {
        return Err("is PEM: give a JWK, or the JWK set that the service publishes at \
                    /v2/keys/<project id>"
            .into());
    }
    let set = SigningKeys::parse(text.as_bytes()).map_err(|error| format!("is {error}"))?;
    match set.unusable() {
        Some(why) => Err(format!("has {why}")),
        None => Ok(set),
    }
}
