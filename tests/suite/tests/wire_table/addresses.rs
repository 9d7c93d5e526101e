//! Where requests go: regions, base URLs, plain http, the environment.

use descope_core::{Config, ConfigBuilder, Context, FetchSigningKeys, LoadAccessKey};
use descope_suite::scenario::PROJECT;

use crate::{header, sent_by};

fn base_of(project: &str) -> Result<String, descope_core::Error> {
    Config::builder(project).build().map(|config| config.base_url().to_string())
}

#[test]
fn the_region_is_read_out_of_a_long_project_id() {
    let default = "https://api.descope.com";
    assert_eq!(base_of(PROJECT).unwrap(), default);
    assert_eq!(base_of(&"P".repeat(31)).unwrap(), default);
    let long = format!("Puse1{}", "a".repeat(27));
    assert_eq!(long.len(), 32);
    assert_eq!(base_of(&long).unwrap(), "https://api.use1.descope.com");
    let upper = format!("PEUC1{}", "a".repeat(40));
    assert_eq!(base_of(&upper).unwrap(), "https://api.euc1.descope.com");
    let dashed = format!("Pa-b2{}", "a".repeat(27));
    assert_eq!(base_of(&dashed).unwrap(), "https://api.a-b2.descope.com");

    let no_host = format!("Pa_b2{}", "a".repeat(27));
    assert_eq!(base_of(&no_host).unwrap_err().field(), Some("project_id"));
    // An explicit base URL overrides the region, and what is wrong with it.
    let explicit = Config::builder(no_host).base_url("https://auth.company.com");
    assert_eq!(explicit.build().unwrap().base_url(), "https://auth.company.com");

    for wrong in ["", " ", "P 2", "P/../x", "P2.evil.example", "Pü", "P\n2", "P%2F"] {
        let error = base_of(wrong).unwrap_err();
        assert_eq!(error.field(), Some("project_id"), "{wrong:?}");
    }
    assert_eq!(Config::builder(" P2\n").build().unwrap().project_id(), "P2");
}

#[test]
fn a_base_urls_prefix_and_slash_are_neither_lost_nor_doubled() {
    for (base, expected) in [
        ("https://auth.company.com", "https://auth.company.com/v2/keys/P2"),
        ("https://auth.company.com/", "https://auth.company.com/v2/keys/P2"),
        ("https://auth.company.com//", "https://auth.company.com/v2/keys/P2"),
        ("https://auth.company.com/descope", "https://auth.company.com/descope/v2/keys/P2"),
        ("https://auth.company.com/a/b/", "https://auth.company.com/a/b/v2/keys/P2"),
        ("https://auth.company.com:8443/a/", "https://auth.company.com:8443/a/v2/keys/P2"),
        (" https://auth.company.com \n", "https://auth.company.com/v2/keys/P2"),
        ("HTTPS://auth.company.com", "https://auth.company.com/v2/keys/P2"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v2/keys/P2"),
        ("http://localhost:8080/p", "http://localhost:8080/p/v2/keys/P2"),
        ("http://[::1]:8080", "http://[::1]:8080/v2/keys/P2"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]/v2/keys/P2"),
        ("https://10.1.2.3:65535", "https://10.1.2.3:65535/v2/keys/P2"),
    ] {
        let config = Config::builder("P2").base_url(base).build().unwrap();
        let outgoing = sent_by(&Context::new(config, [1; 32]), FetchSigningKeys::new());
        assert_eq!(outgoing.request.uri().to_string(), expected, "{base:?}");
    }
}

#[test]
fn a_base_url_that_cannot_be_meant_is_refused() {
    for wrong in [
        "",
        "auth.company.com",
        "/v1",
        "ftp://auth.company.com",
        "https://",
        "https:///path",
        "https://user:hunter2@auth.company.com",
        "https://auth.company.com?x=hunter2",
        "https://auth.company.com/?",
        "https://auth.company.com#hunter2",
        "https://auth.company.com:",
        "https://auth.company.com:0",
        "https://auth.company.com:+80",
        "https://auth.company.com:65536",
        "https://auth.company.com:80x",
        "https://auth company.com",
        "https://auth.company.com/a b",
        "https://auth.company.com/\r\nx",
    ] {
        let error = Config::builder("P2").base_url(wrong).build().unwrap_err();
        assert_eq!(error.field(), Some("base_url"), "{wrong:?}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn plain_http_is_for_loopback_unless_the_caller_says_so() {
    for loopback in [
        "http://127.0.0.1",
        "http://127.8.9.1:1",
        "http://localhost",
        "http://LOCALHOST:9",
        "http://[::1]",
        "http://[::ffff:127.0.0.1]",
    ] {
        let config = Config::builder("P2").base_url(loopback).build().unwrap();
        assert!(config.is_loopback(), "{loopback}");
        let config = Config::builder("P2").base_url(loopback).management_key("K2");
        let context = Context::new(config.build().unwrap(), [1; 32]);
        assert!(sent_by(&context, LoadAccessKey::new("K2")).loopback, "{loopback}");
    }
    for remote in [
        "http://auth.company.com",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://0.0.0.0",
        "http://[2001:db8::1]",
        "http://127.1",
    ] {
        let error = Config::builder("P2").base_url(remote).build().unwrap_err();
        assert_eq!(error.field(), Some("base_url"), "{remote}");
        assert!(error.to_string().contains("plain http"), "{error}");
        let allowed = Config::builder("P2").base_url(remote).allow_plain_http(true);
        let allowed = allowed.management_key("K2").build().unwrap();
        assert!(!allowed.is_loopback(), "{remote}");
        let sent = sent_by(&Context::new(allowed, [1; 32]), LoadAccessKey::new("K2"));
        assert!(!sent.loopback, "{remote}");
    }
    let https = Config::builder("P2").base_url("https://localhost:8443").build().unwrap();
    assert!(https.is_loopback());
}

#[test]
fn the_environment_allows_plain_http_to_one_very_host() {
    let build = |url: &str, host: &str| {
        let (url, host) = (url.to_owned(), host.to_owned());
        let builder = ConfigBuilder::from_vars(|name| match name {
            "DESCOPE_PROJECT_ID" => Some("P2".to_owned()),
            "DESCOPE_BASE_URL" => Some(url.clone()),
            "DESCOPE_ALLOW_PLAIN_HTTP" => Some(host.clone()),
            _ => None,
        });
        builder.unwrap().build()
    };
    assert!(build("http://emulator:8080/prefix", "emulator").unwrap().sends_in_clear());
    assert!(!build("https://emulator", "emulator").unwrap().sends_in_clear());
    assert!(!build("http://127.0.0.1:8080", "127.0.0.1").unwrap().sends_in_clear());
    for host in ["", "1", "true", "*", "emulator.example", "emulato", "Emulator", "emulator:8080"] {
        let error = build("http://emulator:8080", host).unwrap_err();
        assert!(error.to_string().contains("DESCOPE_ALLOW_PLAIN_HTTP=emulator"), "{host}: {error}");
    }
}

#[test]
fn an_environment_fills_the_configuration() {
    let build = |variables: &'static [(&str, &str)]| {
        let var = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.to_string())
        };
        ConfigBuilder::from_vars(var).and_then(ConfigBuilder::build)
    };
    let error = build(&[("DESCOPE_PROJECT_ID", " ")]).unwrap_err();
    assert_eq!(error.field(), Some("DESCOPE_PROJECT_ID"));

    let config = build(&[("DESCOPE_PROJECT_ID", "P2\n"), ("DESCOPE_BASE_URL", "")]).unwrap();
    assert_eq!(config.project_id(), "P2");
    assert_eq!(config.base_url(), "https://api.descope.com");
    assert!(!config.has_management_key());

    let both = build(&[
        ("DESCOPE_PROJECT_ID", "P2"),
        ("DESCOPE_MANAGEMENT_KEY", "M-key\n"),
        ("DESCOPE_BASE_URI", "https://uri.example"),
        ("DESCOPE_BASE_URL", "https://url.example"),
    ]);
    let both = both.unwrap();
    assert!(both.has_management_key());
    assert_eq!(both.base_url(), "https://url.example");
    let outgoing = sent_by(&Context::new(both, [1; 32]), LoadAccessKey::new("K2"));
    assert_eq!(header(&outgoing, "authorization"), Some("Bearer P2:M-key"));
    let uri = build(&[("DESCOPE_PROJECT_ID", "P2"), ("DESCOPE_BASE_URI", "https://uri.example")]);
    assert_eq!(uri.unwrap().base_url(), "https://uri.example");
}
