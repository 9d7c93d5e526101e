//! Which project, where, with which credentials, and within which bounds.

mod base_url;
mod builder;
mod call_options;
mod credential;
mod event;
#[cfg(feature = "jwt")]
mod exchange_cache_limits;
mod headers;
mod limits;
#[cfg(feature = "jwt")]
mod pause_limits;
#[cfg(feature = "jwt")]
mod signing_key_limits;
#[cfg(feature = "jwt")]
mod token_limits;

use alloc::format;
use alloc::string::String;

use http::Uri;
use http::header::{HeaderMap, HeaderValue};

pub use builder::ConfigBuilder;
pub use call_options::CallOptions;
pub(crate) use credential::credential;
pub(crate) use event::EventHooks;
pub use event::{Cache, Event};
#[cfg(feature = "jwt")]
pub use exchange_cache_limits::ExchangeCacheLimits;
pub(crate) use headers::{EXTERNAL_REQUEST_ID, bearer, header_value};
pub use limits::Limits;
#[cfg(feature = "jwt")]
pub use pause_limits::PauseLimits;
#[cfg(feature = "jwt")]
pub use signing_key_limits::SigningKeyLimits;
#[cfg(feature = "jwt")]
pub use token_limits::TokenLimits;

use crate::base::Secret;
#[cfg(feature = "jwt")]
use crate::jwt::{SigningKeys, TokenRules};

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
    in_clear: bool,
    pub(crate) management: Option<Secret>,
    /// The value of `Authorization` on management calls, made once.
    pub(crate) management_bearer: Option<HeaderValue>,
    pub(crate) auth_management: Option<Secret>,
    /// Those of a request with a body that the project id alone authorizes: what another request
    /// has otherwise takes no more room.
    pub(crate) headers: HeaderMap,
    pub(crate) limits: Limits,
    pub(crate) hooks: EventHooks,
    #[cfg(feature = "jwt")]
    pub(crate) token_rules: TokenRules,
    #[cfg(feature = "jwt")]
    pub(crate) pinned_signing_keys: Option<SigningKeys>,
}

/// Why an audience is refused.
#[cfg(feature = "jwt")]
pub(crate) const NO_AUDIENCE: &str = "accepts nothing: its list is empty";

impl Config {
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

    /// Host and port of the base URL, for errors.
    pub(crate) fn server(&self) -> String {
        let uri: Uri = self.base_url.parse().unwrap_or_default();
        let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        let port = uri.port_u16().unwrap_or(default);
        format!("{}:{port}", uri.host().unwrap_or_default())
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

    /// Whether keys cross the network in the clear: the base URL is plain http to another machine, and
    /// this was allowed.
    #[must_use]
    pub fn sends_in_clear(&self) -> bool {
        self.in_clear
    }

    /// The bounds of calls.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The rules that tokens are held to.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn token_rules(&self) -> &TokenRules {
        &self.token_rules
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
}
