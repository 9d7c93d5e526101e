//! The proxies that an environment names, read as curl reads them. (ureq prefers `ALL_PROXY`, SOCKS
//! too where it cannot speak it, goes to https through `HTTP_PROXY`, and takes an entry of `NO_PROXY`
//! for that host alone.)

use http::Uri;
use ureq::{Proxy, ProxyProtocol};

#[derive(Clone, Default)]
pub(super) struct Environment {
    https: Option<Proxy>,
    http: Option<Proxy>,
    exempt: Vec<Exempt>,
}

/// A host, with what is beneath it; on any port or on this one.
#[derive(Clone, PartialEq, Debug)]
struct Exempt {
    host: String,
    port: Option<u16>,
}

impl Environment {
    pub(super) fn of_process() -> Self {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads through a look-up. A variable that is empty counts as unset; one that names no proxy
    /// that can be used is passed over, with a warning that does not show it.
    fn read(var: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let first = |names: &[&str]| {
            names.iter().find_map(|name| {
                let value = var(name)?;
                let proxy = Proxy::new(value.trim()).ok().filter(|proxy| can_use(proxy.protocol()));
                if proxy.is_none() {
                    crate::logging::warning(format_args!(
                        "{name} names no proxy that can be used, and is passed over"
                    ));
                }
                proxy
            })
        };
        let exempt = var("no_proxy").or_else(|| var("NO_PROXY")).unwrap_or_default();
        Self {
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            // Where a web server runs the program, `HTTP_PROXY` is a header of the request.
            http: first(&["http_proxy", "all_proxy", "ALL_PROXY"]),
            exempt: exempt.split(',').filter_map(Exempt::parse).collect(),
        }
    }

    /// The proxy to reach this address through.
    pub(super) fn proxy_to(&self, uri: &Uri) -> Option<&Proxy> {
        let https = uri.scheme_str() == Some("https");
        let proxy = if https { &self.https } else { &self.http };
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let host = bare(uri.host()?);
        proxy.as_ref().filter(|_| !self.exempt.iter().any(|exempt| exempt.holds(&host, port)))
    }
}

impl Exempt {
    fn parse(entry: &str) -> Option<Self> {
        let entry = entry.trim();
        let (host, port) = match entry.rsplit_once(':') {
            // An IPv6 address without brackets has no port.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, Some(port.parse().ok()?))
            }
            _ => (entry, None),
        };
        let host = bare(host.strip_prefix('*').unwrap_or(host));
        (!entry.is_empty()).then_some(Self { host, port })
    }

    fn holds(&self, host: &str, port: u16) -> bool {
        let above = host.strip_suffix(self.host.as_str());
        self.port.is_none_or(|own| own == port)
            && above.is_some_and(|above| {
                above.is_empty() || above.ends_with('.') || self.host.is_empty()
            })
    }
}

/// A host without brackets, and without dots before and after it.
fn bare(host: &str) -> String {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.trim_matches('.').to_ascii_lowercase()
}

pub(super) fn can_use(protocol: ProxyProtocol) -> bool {
    use ProxyProtocol::{Socks4, Socks4A, Socks5, Socks5h};
    cfg!(feature = "socks-proxy") || !matches!(protocol, Socks4 | Socks4A | Socks5 | Socks5h)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port_to(variables: &[(&str, &str)], uri: &str) -> Option<u16> {
        let value = |name: &str| {
            let (_, value) = variables.iter().find(|(own, _)| *own == name)?;
            Some((*value).to_owned())
        };
        let environment = Environment::read(value);
        environment.proxy_to(&uri.parse().unwrap()).map(Proxy::port)
    }

    const HTTPS: &str = "https://api.descope.com/v1";

    #[test]
    fn the_scheme_has_its_own_and_the_particular_precedes_the_general() {
        let all = [
            ("ALL_PROXY", "http://p:1"),
            ("all_proxy", "http://p:2"),
            ("HTTPS_PROXY", "http://p:3"),
            ("https_proxy", "p:4"),
            ("HTTP_PROXY", "http://p:5"),
            ("http_proxy", "http://p:6"),
        ];
        assert_eq!(port_to(&all, HTTPS), Some(4));
        assert_eq!(port_to(&all[..3], HTTPS), Some(3));
        assert_eq!(port_to(&all[..2], HTTPS), Some(2));
        assert_eq!(port_to(&all[..1], HTTPS), Some(1));
        assert_eq!(port_to(&all[4..], HTTPS), None);
        assert_eq!(port_to(&all, "http://host/"), Some(6));
        assert_eq!(port_to(&all[..5], "http://host/"), Some(2));
        assert_eq!(port_to(&[], HTTPS), None);
    }

    #[test]
    fn what_cannot_be_used_is_passed_over() {
        let all = ("ALL_PROXY", "http://p:1");
        for unusable in ["", " ", "ftp://p:2", "http://[", "/"] {
            assert_eq!(port_to(&[("HTTPS_PROXY", unusable), all], HTTPS), Some(1), "{unusable}");
        }
        let socks = [("https_proxy", "socks5://p:2"), all];
        let expected = if cfg!(feature = "socks-proxy") { 2 } else { 1 };
        assert_eq!(port_to(&socks, HTTPS), Some(expected));
    }

    #[test]
    fn exempt_are_a_host_and_what_is_beneath_it() {
        for (exempt, uri, is_exempt) in [
            ("api.descope.com", HTTPS, true),
            ("descope.com", HTTPS, true),
            (".descope.com", HTTPS, true),
            ("*.descope.com", HTTPS, true),
            ("DESCOPE.com.", HTTPS, true),
            ("cope.com", HTTPS, false),
            ("com.descope", HTTPS, false),
            ("x.api.descope.com", HTTPS, false),
            ("a, b ,descope.com", HTTPS, true),
            ("*", HTTPS, true),
            ("", HTTPS, false),
            (",", HTTPS, false),
            ("descope.com:443", HTTPS, true),
            ("descope.com:8443", HTTPS, false),
            ("descope.com:8443", "https://descope.com:8443/", true),
            ("descope.com:x", HTTPS, false),
            ("10.0.0.1", "https://10.0.0.1/", true),
            ("10.0.0.1", "https://110.0.0.1/", false),
            ("fd00::1", "https://[fd00::1]/", true),
            ("[fd00::1]:443", "https://[fd00::1]/", true),
        ] {
            let variables = [("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", exempt)];
            assert_eq!(port_to(&variables, uri).is_none(), is_exempt, "{exempt} {uri}");
        }
        let both = [("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "*"), ("no_proxy", "else")];
        assert_eq!(port_to(&both, HTTPS), Some(1));
    }
}
