//! Comparing the URL of a DPoP proof with that of the request.

use alloc::string::String;
use alloc::vec::Vec;

/// An absolute http or https URL without query and fragment, in the one form that equivalent ones
/// share (RFC 3986 sections 6.2.2 and 6.2.3): scheme and host in lower case, the port as a number,
/// no dot segments, nothing percent-encoded that need not be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HttpUri {
    https: bool,
    host: String,
    port: u16,
    path: String,
}

impl HttpUri {
    /// `None` where the text is no such URL, or carries user information.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let https = match () {
            () if scheme.eq_ignore_ascii_case("https") => true,
            () if scheme.eq_ignore_ascii_case("http") => false,
            () => return None,
        };
        let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, ""),
        };
        let port = match port {
            "" if https => 443,
            "" => 80,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            _ => return None,
        };
        if host.is_empty() || host.contains(['@', '\\']) {
            return None;
        }
        let path = without_dot_segments(&percent_normalized(path)?);
        Some(Self { https, host: host.to_ascii_lowercase(), port, path })
    }
}

/// Decodes what need not be encoded, and writes the rest in upper case.
fn percent_normalized(path: &str) -> Option<String> {
    let mut normalized = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            normalized.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let decoded = u8::try_from(digit()? << 4 | digit()?).ok()?;
        if decoded.is_ascii_alphanumeric() || b"-._~".contains(&decoded) {
            normalized.push(decoded);
        } else {
            normalized.extend(alloc::format!("%{decoded:02X}").bytes());
        }
    }
    String::from_utf8(normalized).ok()
}

/// RFC 3986 section 5.2.4, for a path that is empty or starts with a slash.
fn without_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    alloc::format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalent_urls_are_equal() {
        for (a, b) in [
            ("https://api.example.com/keys", "HTTPS://API.Example.COM:443/keys?x=1#y"),
            ("http://host:80", "http://host/"),
            ("http://host:8080/?", "http://host:8080"),
            ("https://host:/a", "https://host/a"),
            ("https://[::1]/a", "https://[::1]:443/a"),
            ("https://h/a%7eb/%c3%A9", "https://h/a~b/%C3%a9"),
            ("https://h/a/./b/../c", "https://h/a/c"),
            ("https://h/a/b/..", "https://h/a/"),
            ("https://h/a/.", "https://h/a/"),
            ("https://h/../../a", "https://h/a"),
            ("https://h/%2e%2E/a", "https://h/a"),
        ] {
            assert_eq!(HttpUri::parse(a).expect(a), HttpUri::parse(b).expect(b), "{a} {b}");
        }
    }

    #[test]
    fn other_urls_differ() {
        let url = HttpUri::parse("https://host/a/b").unwrap();
        for other in [
            "http://host/a/b",
            "https://host:8443/a/b",
            "https://host.example/a/b",
            "https://host./a/b",
            "https://host/a/b/",
            "https://host/a//b",
            "https://host/A/b",
            "https://host/a%2Fb",
            "https://host/a",
            "https://host/a/b/c",
            "https://host",
        ] {
            assert_ne!(HttpUri::parse(other).expect(other), url, "{other}");
        }
    }

    #[test]
    fn what_is_no_absolute_http_url_is_none() {
        for text in [
            "",
            "/a",
            "host/a",
            "//host/a",
            "https:/host",
            "https://",
            "https:///a",
            "https://:443/a",
            "https://host:x/a",
            "https://host:+1/a",
            "https://host:65536/a",
            "https://user@host/a",
            "https://host\\@evil/a",
            "https://host/%",
            "https://host/%4",
            "https://host/%zz",
            "wss://host/a",
            " https://host/a",
        ] {
            assert_eq!(HttpUri::parse(text), None, "{text}");
        }
    }
}
