//! The proxies that an environment names, read as curl reads them. (ureq prefers `ALL_PROXY`, SOCKS
//! too where it cannot speak it, and goes to https through `HTTP_PROXY`.)

use http::Uri;
use ureq::{Proxy, ProxyProtocol};

use super::no_proxy::NoProxy;
use super::socket::host_and_port;

#[derive(Clone, Default)]
pub(super) struct Environment {
    https: Setting,
    http: Setting,
    exempt: NoProxy,
}

#[derive(Clone, Default)]
enum Setting {
    #[default]
    None,
    Proxy(Proxy),
    /// The variable of this name holds what is none.
    Unusable(&'static str),
}

impl Environment {
    pub(super) fn of_process() -> Self {
        // What is not UTF-8 is no proxy either, and does not count as unset.
        Self::read(|name| Some(std::env::var_os(name)?.to_string_lossy().into_owned()))
    }

    /// Reads through a look-up. A variable that is empty counts as unset.
    fn read(var: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let first = |names: &[&'static str]| {
            let set = names.iter().find_map(|name| Some((*name, var(name)?)));
            let Some((name, value)) = set else { return Setting::None };
            match proxy(value.trim()) {
                Some(proxy) if can_use(proxy.protocol()) => Setting::Proxy(proxy),
                _ => Setting::Unusable(name),
            }
        };
        Self {
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            // Where a web server runs the program, `HTTP_PROXY` is a header of the request.
            http: first(&["http_proxy", "all_proxy", "ALL_PROXY"]),
            exempt: NoProxy::new(var("no_proxy").or_else(|| var("NO_PROXY")).unwrap_or_default()),
        }
    }

    /// The proxy to reach this address through, or the variable that should name one and does not.
    pub(super) fn proxy_to(&self, uri: &Uri) -> Result<Option<&Proxy>, &'static str> {
        let https = uri.scheme_str() == Some("https");
        let setting = if https { &self.https } else { &self.http };
        match setting {
            Setting::None => Ok(None),
            _ if self.exempt.holds(host_and_port(uri).0) => Ok(None),
            Setting::Proxy(proxy) => Ok(Some(proxy)),
            Setting::Unusable(name) => Err(name),
        }
    }
}

/// The proxy that a text names. One whose password holds a `/`, `?` or `#` as it is names none, as for
/// curl: what precedes that would be taken for a host and its port, asked, and told in errors.
pub(super) fn proxy(text: &str) -> Option<Proxy> {
    let address = text.split_once("://").map_or(text, |(_, address)| address);
    let end = address.find(['/', '?', '#']).unwrap_or(address.len());
    if address[end..].contains('@') {
        return None;
    }
    Proxy::new(text).ok()
}

pub(super) fn is_socks(protocol: ProxyProtocol) -> bool {
    use ProxyProtocol::{Socks4, Socks4A, Socks5, Socks5h};
    matches!(protocol, Socks4 | Socks4A | Socks5 | Socks5h)
}

pub(super) fn can_use(protocol: ProxyProtocol) -> bool {
    cfg!(feature = "socks-proxy") || !is_socks(protocol)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port_to(variables: &[(&str, &str)], uri: &str) -> Result<Option<u16>, &'static str> {
        let value = |name: &str| {
            let (_, value) = variables.iter().find(|(own, _)| *own == name)?;
            Some((*value).to_owned())
        };
        let environment = Environment::read(value);
        Ok(environment.proxy_to(&uri.parse().unwrap())?.map(Proxy::port))
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
        assert_eq!(port_to(&all, HTTPS), Ok(Some(4)));
        assert_eq!(port_to(&all[..3], HTTPS), Ok(Some(3)));
        assert_eq!(port_to(&all[..2], HTTPS), Ok(Some(2)));
        assert_eq!(port_to(&all[..1], HTTPS), Ok(Some(1)));
        assert_eq!(port_to(&all[4..], HTTPS), Ok(None));
        assert_eq!(port_to(&all, "http://host/"), Ok(Some(6)));
        assert_eq!(port_to(&all[..5], "http://host/"), Ok(Some(2)));
        assert_eq!(port_to(&[], HTTPS), Ok(None));
    }

    #[test]
    fn what_cannot_be_used_is_named_and_nothing_goes_past_it() {
        let all = ("ALL_PROXY", "http://p:1");
        for unset in ["", " "] {
            assert_eq!(port_to(&[("HTTPS_PROXY", unset), all], HTTPS), Ok(Some(1)));
        }
        for unusable in
            ["ftp://p:2", "http://[", "/", "\"http://p:2\"", "http://CORP\\u:w@p", "\u{fffd}"]
                .into_iter()
                // A password that is not percent-encoded.
                .chain(["http://u:12#3@p:2", "http://u:12/3@p", "u:12?3@p:2", "http://u#1:w@p:2"])
        {
            let variables = [("HTTPS_PROXY", unusable), all];
            assert_eq!(port_to(&variables, HTTPS), Err("HTTPS_PROXY"), "{unusable}");
            assert_eq!(port_to(&variables, "http://host/"), Ok(Some(1)), "{unusable}");
            let exempt = [variables[0], ("NO_PROXY", "descope.com")];
            assert_eq!(port_to(&exempt, HTTPS), Ok(None), "{unusable}");
        }
        let socks = [("all_proxy", "socks5://p:2")];
        let expected = if cfg!(feature = "socks-proxy") { Ok(Some(2)) } else { Err("all_proxy") };
        assert_eq!(port_to(&socks, HTTPS), expected);
    }
}
