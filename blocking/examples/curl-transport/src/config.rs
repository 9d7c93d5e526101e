//! What curl is told, in the format of its configuration file.

use std::time::Duration;

use descope_blocking::descope_core::Outgoing;

/// Written by curl to its standard error when it is done: seconds until TCP, and until TLS, stood; and
/// the size of the body.
const TIMES: &str =
    "%{stderr}connect=%{time_connect} appconnect=%{time_appconnect} body=%{size_download}\\n";

pub(crate) fn of(outgoing: &Outgoing) -> Vec<u8> {
    let (request, uri) = (&outgoing.request, outgoing.request.uri());
    let mut config = Config::default();
    for switch in ["silent", "show-error", "include", "http1.1", "globoff", "path-as-is"] {
        config.switch(switch);
    }
    config.switch("suppress-connect-headers");
    // No other protocol, however the address may read; a redirect is not followed unless asked for.
    config.set("proto", format!("={}", uri.scheme_str().unwrap_or("https")));
    config.set("url", uri.to_string());
    config.set("request", request.method().as_str());
    config.set("max-time", seconds(outgoing.timeout));
    config.set("connect-timeout", seconds(outgoing.connect_timeout));
    config.set_escaped("write-out", TIMES.as_bytes());
    if outgoing.loopback {
        config.set("noproxy", "*");
    }
    // Otherwise curl waits for an interim answer before it sends a long body.
    config.set("header", "expect:");
    for (name, value) in request.headers() {
        // `name:` alone would take the header away.
        let colon = if value.is_empty() { ";" } else { ": " };
        config
            .set("header", [name.as_str().as_bytes(), colon.as_bytes(), value.as_bytes()].concat());
    }
    if !request.body().is_empty() {
        // Unlike `data`, it has no meaning for a leading `@`.
        config.set("data-raw", request.body());
    }
    config.text
}

#[derive(Default)]
struct Config {
    text: Vec<u8>,
}

impl Config {
    fn switch(&mut self, name: &str) {
        self.text.extend_from_slice(name.as_bytes());
        self.text.push(b'\n');
    }

    fn set(&mut self, name: &str, value: impl AsRef<[u8]>) {
        let mut escaped = Vec::with_capacity(value.as_ref().len());
        for &byte in value.as_ref() {
            match byte {
                b'"' | b'\\' => escaped.extend_from_slice(&[b'\\', byte]),
                b'\n' => escaped.extend_from_slice(b"\\n"),
                b'\r' => escaped.extend_from_slice(b"\\r"),
                b'\t' => escaped.extend_from_slice(b"\\t"),
                byte => escaped.push(byte),
            }
        }
        self.set_escaped(name, &escaped);
    }

    fn set_escaped(&mut self, name: &str, value: &[u8]) {
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b" = \"");
        self.text.extend_from_slice(value);
        self.text.extend_from_slice(b"\"\n");
    }
}

/// Zero would be no limit at all.
fn seconds(time: Duration) -> String {
    format!("{:.3}", time.max(Duration::from_millis(1)).as_secs_f64())
}
