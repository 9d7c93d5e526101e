//! Where requests go.

use alloc::format;
use alloc::string::{String, ToString};
use core::net::IpAddr;

use http::uri::Uri;

pub(super) struct BaseUrl {
    pub(super) text: String,
    pub(super) host: String,
    pub(super) loopback: bool,
    pub(super) plain: bool,
}

impl BaseUrl {
    /// The service's, or its region's where the project id carries a region (32 characters or more).
    pub(super) fn of_project(project_id: &str) -> Result<Self, &'static str> {
        let host = match project_id.len() {
            0..32 => "api.descope.com".to_string(),
            _ => format!("api.{}.descope.com", region(project_id)?),
        };
        Ok(Self { text: format!("https://{host}"), host, loopback: false, plain: false })
    }

    /// Else what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.contains('#') {
            return Err("must have no query and no fragment");
        }
        let Ok(uri) = text.parse::<Uri>() else {
            return Err("is not a URL such as https://api.descope.com");
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("must begin with https:// and a host, or with http:// and a loopback host");
        };
        if scheme != "https" && scheme != "http" {
            return Err("must begin with https://");
        }
        if authority.as_str().contains('@') {
            return Err("must hold no user name or password");
        }
        let port = &authority.as_str()[authority.host().len()..];
        if authority.host().is_empty() || !(port.is_empty() || is_port(port)) {
            return Err("must have a host, and a port from 1 to 65535 where it has one");
        }
        if uri.query().is_some() {
            return Err("must have no query and no fragment");
        }
        Ok(Self {
            text: format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/')),
            host: authority.host().to_string(),
            loopback: is_loopback(authority.host()),
            plain: scheme == "http",
        })
    }

    /// Whether keys cross the network in the clear.
    pub(super) fn in_clear(&self) -> bool {
        self.plain && !self.loopback
    }
}

fn region(project_id: &str) -> Result<String, &'static str> {
    let region = project_id[1..5].to_ascii_lowercase();
    match region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        true => Ok(region),
        false => Err("has a region (characters 2 to 5) that cannot be part of a host name"),
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
