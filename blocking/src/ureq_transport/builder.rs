//! What can be set about the default transport.

use std::fmt;
use std::path::Path;

use descope_core::Error;
use http::HeaderValue;
use ureq::config::{Config, ConfigBuilder};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;
use ureq::{Agent, Proxy};

use super::UreqTransport;
use super::ca_certificates;
use super::environment::{self, Environment, can_use};

/// Builds a [`UreqTransport`]. [`build`](Self::build) fails with the first setting that cannot be
/// used.
///
/// Certificates are always verified.
#[must_use]
pub struct UreqTransportBuilder {
    certificates: Vec<Certificate<'static>>,
    #[cfg(feature = "platform-verifier")]
    platform: bool,
    proxy: ProxyChoice,
    user_agent: String,
    wrong: Option<Error>,
}

enum ProxyChoice {
    Environment,
    None,
    Explicit(Proxy),
}

impl UreqTransportBuilder {
    pub(super) fn new() -> Self {
        Self {
            certificates: Vec::new(),
            #[cfg(feature = "platform-verifier")]
            platform: false,
            proxy: ProxyChoice::Environment,
            user_agent: USER_AGENT.to_owned(),
            wrong: None,
        }
    }

    /// Trusts the certificates in a file, and no others: those of a company's own authority, say. It
    /// holds PEM or one certificate in DER, and is read now. Several files add up. What else is in it,
    /// or broken, is passed over, as long as one certificate can be used.
    ///
    /// A server's own certificate is trusted only if an authority's key has signed it: rustls refuses
    /// an authority that serves as a server. `ring`, which verifies here, knows neither P-521 nor P-256
    /// with SHA-512.
    pub fn ca_file(self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        match ca_certificates::contents(path) {
            Ok(bytes) => self.trust(&bytes, "ca_file", &format!("{} ", path.display())),
            Err(error) => {
                let what = format!("{} cannot be read: {error}", path.display());
                self.wrong(Error::invalid_argument("ca_file", what))
            }
        }
    }

    /// The same with the content of such a file.
    pub fn ca_pem(self, pem: impl AsRef<[u8]>) -> Self {
        self.trust(pem.as_ref(), "ca_pem", "")
    }

    fn trust(mut self, bytes: &[u8], field: &'static str, from: &str) -> Self {
        match ca_certificates::read(bytes) {
            Ok(certificates) => {
                self.certificates.extend(certificates);
                self
            }
            Err(why) => self.wrong(Error::invalid_argument(field, format!("{from}{why}"))),
        }
    }

    /// Lets the platform verify certificates, against its own store; on Linux this is read for each
    /// new connection, in about 2 ms. Without this, and without [`ca_file`](Self::ca_file), Mozilla's
    /// root certificates are trusted, which are part of the program.
    #[cfg(feature = "platform-verifier")]
    pub fn platform_verifier(mut self) -> Self {
        self.platform = true;
        self
    }

    /// Goes through this proxy, whatever the environment says: `http://host:port`, or `https://`, with
    /// `user:password@` where it asks for them (percent-encoded). With the feature `socks-proxy` also
    /// `socks5://` and the like.
    ///
    /// Without this the environment decides, as it does for curl: `HTTPS_PROXY` or else `ALL_PROXY`
    /// (for plain http `http_proxy` or else `ALL_PROXY`), each of which may be in lower case, but not
    /// for what is in `NO_PROXY` (hosts with all that is beneath them, addresses, blocks of them such
    /// as `10.0.0.0/8`, or a single `*`), and not for loopback. It is read when the transport is made.
    /// A variable that names no proxy that can be used is an error where it would be followed.
    pub fn proxy(mut self, url: impl AsRef<str>) -> Self {
        let refuse = |what| Error::invalid_argument("proxy", what);
        match environment::proxy(url.as_ref()) {
            Some(proxy) if !can_use(proxy.protocol()) => {
                self.wrong(refuse("is a SOCKS proxy: enable the feature `socks-proxy`"))
            }
            Some(proxy) => {
                self.proxy = ProxyChoice::Explicit(proxy);
                self
            }
            None => self.wrong(refuse("is not a URL such as http://proxy.example.com:3128")),
        }
    }

    /// Uses no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = ProxyChoice::None;
        self
    }

    /// Replaces the user agent, which is `descope-rust/<version>`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        let user_agent = user_agent.into();
        if user_agent.is_empty() || HeaderValue::from_str(&user_agent).is_err() {
            let what = "is empty, or holds a character that a header cannot";
            return self.wrong(Error::invalid_argument("user_agent", what));
        }
        self.user_agent = user_agent;
        self
    }

    /// Makes the transport. This does no IO.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the first setting that cannot be used. No credential of a proxy is
    /// shown.
    pub fn build(self) -> Result<UreqTransport, Error> {
        if let Some(error) = self.wrong {
            return Err(error);
        }
        let mut config = basis().user_agent(self.user_agent);
        let (proxy, environment) = match self.proxy {
            ProxyChoice::Environment => (None, Some(Environment::of_process())),
            ProxyChoice::None => (None, None),
            ProxyChoice::Explicit(proxy) => (Some(proxy), None),
        };
        config = config.proxy(proxy);
        let mut roots = None;
        #[cfg(feature = "platform-verifier")]
        if self.platform {
            roots = Some(RootCerts::PlatformVerifier);
        }
        if !self.certificates.is_empty() {
            roots = Some(RootCerts::from(self.certificates));
        }
        if let Some(roots) = roots {
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        Ok(UreqTransport::with_config(config.build(), environment))
    }

    fn wrong(mut self, error: Error) -> Self {
        self.wrong.get_or_insert(error);
        self
    }
}

impl fmt::Debug for UreqTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransportBuilder").finish_non_exhaustive()
    }
}

const USER_AGENT: &str = concat!("descope-rust/", env!("CARGO_PKG_VERSION"));

pub(super) fn defaults() -> Config {
    basis().user_agent(USER_AGENT).proxy(None).build()
}

/// Requests are small: a quarter of ureq's buffer for them is cleared in a quarter of the time, and
/// the limits of time are looked at that much more often when one is large after all.
fn basis() -> ConfigBuilder<AgentScope> {
    Agent::config_builder().output_buffer_size(32 << 10)
}
