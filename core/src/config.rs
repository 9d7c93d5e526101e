//! Which project, where, with which credentials, and within which bounds.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::uri::Uri;

#[cfg(feature = "jwt")]
use crate::jwt::{Audience, KeySet, Validation};
#[cfg(feature = "jwt")]
use crate::keys::{KeyCache, KeyCacheLimits};
use crate::{Error, Secret};

/// Everything a call needs besides its arguments. Checked when it is built; building does no IO.
///
/// ```
/// use descope_core::Config;
///
/// let config = Config::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ").management_key("K2-secret").build()?;
/// assert_eq!(config.base_url(), "https://api.descope.com");
/// # Ok::<(), descope_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) project_id: String,
    pub(crate) base_url: String,
    pub(crate) loopback: bool,
    pub(crate) management: Option<Secret>,
    pub(crate) auth_management: Option<Secret>,
    pub(crate) headers: HeaderMap,
    pub(crate) limits: Limits,
    #[cfg(feature = "jwt")]
    pub(crate) validation: Validation,
    #[cfg(feature = "jwt")]
    pinned_keys: Option<KeySet>,
}

/// Bounds of time and size, and how often a request is sent. Every one has a default.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Attempts of one call, the first included: 3.
    pub max_attempts: u32,
    /// The first backoff's upper edge, doubled with each further attempt: 100 ms.
    pub backoff: Duration,
    /// The upper edge of any backoff: 2 s.
    pub max_backoff: Duration,
    /// Until a connection stands, TLS included: 5 s.
    pub connect_timeout: Duration,
    /// A whole call, retries included: 10 s.
    pub deadline: Duration,
    /// A whole search: 60 s.
    pub bulk_deadline: Duration,
    /// A whole create or rotate: 30 s. Cutting one short leaves its outcome unknown.
    pub one_shot_deadline: Duration,
    /// Bytes of an answer's body, decoded: 1 MiB.
    pub max_body: usize,
    /// The same for a search: 64 MiB.
    pub max_bulk_body: usize,
    /// Bytes of an answer's headers, interim answers included: 64 KiB.
    pub max_header: usize,
    /// How long keys are used, and how often they are fetched.
    #[cfg(feature = "jwt")]
    pub key_cache: KeyCacheLimits,
    /// How many verified tokens are remembered, for a server that sees the same ones again and
    /// again: none. Everything but the signature is still checked at each use.
    #[cfg(feature = "jwt")]
    pub verified_tokens: usize,
    /// How many used DPoP proofs are remembered; when more come within their minute, they are
    /// refused: 65,536.
    #[cfg(feature = "jwt")]
    pub dpop_proofs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            bulk_deadline: Duration::from_secs(60),
            one_shot_deadline: Duration::from_secs(30),
            max_body: 1 << 20,
            max_bulk_body: 64 << 20,
            max_header: 64 << 10,
            #[cfg(feature = "jwt")]
            key_cache: KeyCacheLimits::default(),
            #[cfg(feature = "jwt")]
            verified_tokens: 0,
            #[cfg(feature = "jwt")]
            dpop_proofs: 1 << 16,
        }
    }
}

impl Config {
    /// Starts a configuration for a project.
    pub fn builder(project_id: impl Into<String>) -> ConfigBuilder {
        ConfigBuilder {
            project_id: project_id.into(),
            base_url: None,
            management: None,
            auth_management: None,
            headers: Vec::new(),
            external_request_id: None,
            allow_plain_http: false,
            limits: Limits::default(),
            #[cfg(feature = "jwt")]
            audience: Audience::default(),
            #[cfg(feature = "jwt")]
            leeway: None,
            #[cfg(feature = "jwt")]
            public_key: None,
        }
    }

    /// The project id.
    #[must_use]
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// Where requests go, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Whether the base URL is a loopback address; proxies from the environment are then not used.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether a management key is configured.
    #[must_use]
    pub fn has_management_key(&self) -> bool {
        self.management.is_some()
    }

    /// The bounds of calls.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The rules that tokens are held to.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn validation(&self) -> &Validation {
        &self.validation
    }

    /// What must not be seen even where a server echoes it: keys, and the caller's own headers,
    /// which may be credentials of a gateway. (A shorter header is none, and a common word.)
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let keys = [&self.management, &self.auth_management];
        let own = self.headers.iter().filter(|(name, _)| {
            **name != EXTERNAL_REQUEST_ID && !name.as_str().starts_with("x-descope-")
        });
        let own = own.filter_map(|(_, value)| value.to_str().ok().map(str::trim));
        keys.into_iter().flatten().map(Secret::expose).chain(own.filter(|value| value.len() >= 8))
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn key_cache(&self) -> KeyCache {
        KeyCache::new(self.limits.key_cache.clone(), self.pinned_keys.clone())
    }
}

/// Builds a [`Config`]. Nothing is checked before [`build`](Self::build).
///
/// `Debug` shows the project id, the bounds, and the names of headers.
#[derive(Clone)]
#[must_use]
pub struct ConfigBuilder {
    project_id: String,
    base_url: Option<String>,
    management: Option<Secret>,
    auth_management: Option<Secret>,
    headers: Vec<(String, String)>,
    external_request_id: Option<String>,
    allow_plain_http: bool,
    limits: Limits,
    #[cfg(feature = "jwt")]
    audience: Audience,
    #[cfg(feature = "jwt")]
    leeway: Option<Duration>,
    #[cfg(feature = "jwt")]
    public_key: Option<String>,
}

impl ConfigBuilder {
    /// Takes what an environment holds, through a look-up that the caller passes in:
    /// `DESCOPE_PROJECT_ID` (required), `DESCOPE_MANAGEMENT_KEY`, `DESCOPE_AUTH_MANAGEMENT_KEY`, and
    /// `DESCOPE_BASE_URL` or else `DESCOPE_BASE_URI`, `DESCOPE_PUBLIC_KEY`. A variable that is empty counts as unset.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when there is no project id.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let var = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let project_id = var("DESCOPE_PROJECT_ID")
            .ok_or_else(|| Error::invalid_argument("DESCOPE_PROJECT_ID", "is not set"))?;
        let mut builder = Config::builder(project_id);
        builder.base_url = var("DESCOPE_BASE_URL").or_else(|| var("DESCOPE_BASE_URI"));
        builder.management = var("DESCOPE_MANAGEMENT_KEY").map(Secret::new);
        builder.auth_management = var("DESCOPE_AUTH_MANAGEMENT_KEY").map(Secret::new);
        #[cfg(feature = "jwt")]
        {
            builder.public_key = var("DESCOPE_PUBLIC_KEY");
        }
        Ok(builder)
    }

    /// The base URL, with a path prefix where there is one. By default it follows from the project
    /// id: `https://api.descope.com`, or the region's host where the id carries a region.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// The management key: needed for everything but exchange and validation.
    pub fn management_key(mut self, key: impl Into<Secret>) -> Self {
        self.management = Some(key.into());
        self
    }

    /// The auth management key, sent with an exchange by projects that require one.
    pub fn auth_management_key(mut self, key: impl Into<Secret>) -> Self {
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
    pub fn public_key(mut self, json: impl Into<String>) -> Self {
        self.public_key = Some(json.into());
        self
    }

    /// Changes bounds: `builder.limits(|limits| limits.max_attempts = 1)`.
    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the setting; a credential is never shown.
    pub fn build(self) -> Result<Config, Error> {
        let project_id = self.project_id.trim().to_string();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if project_id.is_empty() || !project_id.bytes().all(allowed) {
            return Err(Error::invalid_argument(
                "project_id",
                "is empty, or holds something other than letters, digits, `-` and `_`",
            ));
        }
        let base_url = match &self.base_url {
            Some(url) => BaseUrl::parse(url)?,
            None => BaseUrl { text: default_base_url(&project_id)?, loopback: false, plain: false },
        };
        if base_url.plain && !base_url.loopback && !self.allow_plain_http {
            return Err(Error::invalid_argument(
                "base_url",
                "is plain http to a host other than loopback: keys would cross the network in the \
                 clear. Use https, or allow it explicitly",
            ));
        }
        let checked = |key: &Option<Secret>, field| match key {
            Some(key) => key.credential(field).map(|text| Some(Secret::new(text))),
            None => Ok(None),
        };
        #[cfg(feature = "jwt")]
        let mut validation = Validation::new(project_id.clone()).audience(self.audience);
        #[cfg(feature = "jwt")]
        if let Some(leeway) = self.leeway {
            validation = validation.leeway(leeway);
        }
        Ok(Config {
            #[cfg(feature = "jwt")]
            validation,
            #[cfg(feature = "jwt")]
            pinned_keys: self.public_key.as_deref().map(pinned_keys).transpose()?,
            management: checked(&self.management, "management_key")?,
            auth_management: checked(&self.auth_management, "auth_management_key")?,
            headers: headers(&project_id, &self.headers, self.external_request_id.as_deref())?,
            project_id,
            base_url: base_url.text,
            loopback: base_url.loopback,
            limits: self.limits,
        })
    }
}

#[cfg(feature = "jwt")]
fn pinned_keys(json: &str) -> Result<KeySet, Error> {
    let set = KeySet::parse(json.trim().as_bytes())
        .map_err(|error| Error::invalid_argument("public_key", format!("is {error}")))?;
    match (set.is_empty(), set.skipped().first()) {
        (false, _) => Ok(set),
        (true, Some(skipped)) => Err(Error::invalid_argument(
            "public_key",
            format!("has no usable key: the first one is {}", skipped.reason),
        )),
        (true, None) => Err(Error::invalid_argument("public_key", "has no key")),
    }
}

/// The region's host where the project id carries a region (32 characters or more).
fn default_base_url(project_id: &str) -> Result<String, Error> {
    if project_id.len() < 32 {
        return Ok("https://api.descope.com".to_string());
    }
    let region = project_id[1..5].to_ascii_lowercase();
    if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(Error::invalid_argument(
            "project_id",
            "has a region (characters 2 to 5) that cannot be part of a host name",
        ));
    }
    Ok(format!("https://api.{region}.descope.com"))
}

struct BaseUrl {
    text: String,
    loopback: bool,
    plain: bool,
}

impl BaseUrl {
    fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |what| Err(Error::invalid_argument("base_url", what));
        let text = text.trim();
        if text.contains('#') {
            return refuse("must have no query and no fragment");
        }
        let Ok(uri) = text.parse::<Uri>() else {
            return refuse("is not a URL such as https://api.descope.com");
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return refuse("must begin with https:// and a host");
        };
        if scheme != "https" && scheme != "http" {
            return refuse("must begin with https://");
        }
        if authority.as_str().contains('@') {
            return refuse("must hold no user name or password");
        }
        let port = &authority.as_str()[authority.host().len()..];
        if authority.host().is_empty() || !(port.is_empty() || is_port(port)) {
            return refuse("must have a host, and a port from 1 to 65535 where it has one");
        }
        if uri.query().is_some() {
            return refuse("must have no query and no fragment");
        }
        Ok(Self {
            text: format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/')),
            loopback: is_loopback(authority.host()),
            plain: scheme == "http",
        })
    }
}

/// Whether this is a colon and a port's number. (The parser of numbers would take a sign too.)
fn is_port(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(':') else { return false };
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
        }
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

/// Who asks, for what, and how it is framed on the wire: the SDK and its transport say that.
const OWN_HEADERS: [&str; 11] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The headers that every request has.
fn headers(
    project_id: &str,
    extra: &[(String, String)],
    external_request_id: Option<&str>,
) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::with_capacity(8 + extra.len());
    for (name, value) in extra {
        let name: HeaderName = name.parse().map_err(|_| {
            Error::invalid_argument("header", "has a name that HTTP does not allow")
        })?;
        if OWN_HEADERS.contains(&name.as_str()) || name.as_str().starts_with("x-descope-") {
            return Err(Error::invalid_argument("header", format!("`{name}` is the SDK's own")));
        }
        headers.append(name, header_value("header", value)?);
    }
    if let Some(id) = external_request_id {
        headers.insert(EXTERNAL_REQUEST_ID, header_value("external_request_id", id)?);
    }
    headers.insert("x-descope-sdk-name", HeaderValue::from_static("rust"));
    headers.insert("x-descope-sdk-version", HeaderValue::from_static(env!("CARGO_PKG_VERSION")));
    headers.insert(
        "x-descope-sdk-rust-version",
        HeaderValue::from_static(env!("CARGO_PKG_RUST_VERSION")),
    );
    headers.insert("x-descope-project-id", header_value("project_id", project_id)?);
    Ok(headers)
}

pub(crate) const EXTERNAL_REQUEST_ID: HeaderName = HeaderName::from_static("x-external-rid");

/// A header's value, marked as sensitive: extra headers may be credentials of a gateway.
pub(crate) fn header_value(field: &'static str, value: &str) -> Result<HeaderValue, Error> {
    if value.is_empty() || !value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err(Error::invalid_argument(
            field,
            "is empty, or holds something other than visible ASCII (it is not shown here)",
        ));
    }
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| Error::invalid_argument(field, "cannot be a header's value"))?;
    value.set_sensitive(true);
    Ok(value)
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
