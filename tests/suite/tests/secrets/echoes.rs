//! Servers that echo credentials, in every writing.

use std::error::Error as _;

use descope_core::{
    CallOptions, Config, Context, CreateAccessKey, Error, ExchangeAccessKey, Expiry, Failure,
    FailureKind, LoadAccessKey, Reply,
};
use descope_suite::random::Random;
use descope_suite::scenario::{PROJECT, Scenario, cut, json, with_header};

use crate::assert_hidden;

/// Visible ASCII of every awkward kind.
const MANAGEMENT: &str = r#"mQ7/"vX\2p<Lr>&9T'z'%41;&amp;\u0041"#;
const AUTH: &str = "aH3n/Wq8+YbV5sJ=c6e";
const ACCESS: &str = "K2zR4gUf7Nx1PoTm";
const GATEWAY: &str = "gE9cDk2WvY6tBh5L";
const ALL: [&str; 4] = [MANAGEMENT, AUTH, ACCESS, GATEWAY];

fn context() -> Context {
    let config = Config::builder(PROJECT)
        .management_key(MANAGEMENT)
        .auth_management_key(AUTH)
        .header("x-gateway-key", GATEWAY);
    Context::new(config.build().unwrap(), [1; 32])
}

/// The error of an exchange: it carries all of them.
fn refused(reply: Reply) -> Error {
    let once = Scenario::of(context()).options(CallOptions::new().max_attempts(1)).then(reply);
    once.play(ExchangeAccessKey::new(ACCESS)).result.unwrap_err()
}

fn shown(error: &Error) -> String {
    let texts = [error.body()].into_iter().chain(error.code()).chain(error.message());
    let texts = texts.chain(error.description()).chain(error.request_id());
    let source = error.source().map(|source| format!("{source} {source:?}"));
    format!("{error} {error:?} {error:#?} {source:?} {}", texts.collect::<Vec<_>>().join(" "))
}

type Writing = fn(&str) -> String;

fn in_json(text: &str) -> String {
    serde_json::to_string(text).unwrap().trim_matches('"').to_string()
}

fn every_byte(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

const WRITINGS: [(&str, Writing); 14] = [
    ("plain", str::to_string),
    ("JSON", in_json),
    ("JSON in JSON", |text| in_json(&in_json(text))),
    ("JSON in JSON in JSON", |text| in_json(&in_json(&in_json(text)))),
    ("JSON with slashes escaped", |text| in_json(text).replace('/', "\\/")),
    ("\\u of every byte", |text| every_byte(text, |byte| format!("\\u{byte:04x}"))),
    ("\\u of every byte, upper case", |text| every_byte(text, |byte| format!("\\u{byte:04X}"))),
    ("HTML", |text| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text.replace('"', "&quot;").replace('\'', "&#39;")
    }),
    ("HTML twice", |text| {
        let text = text.replace('&', "&amp;amp;").replace('<', "&amp;lt;");
        text.replace('>', "&amp;gt;").replace('"', "&amp;quot;").replace('\'', "&amp;apos;")
    }),
    ("HTML, decimal", |text| every_byte(text, |byte| format!("&#{byte:03};"))),
    ("HTML, hexadecimal", |text| every_byte(text, |byte| format!("&#x{byte:X};"))),
    ("URL", |text| every_byte(text, |byte| format!("%{byte:02X}"))),
    ("URL where needed", |text| {
        every_byte(text, |byte| match byte {
            b if b.is_ascii_alphanumeric() || b == b'-' => char::from(b).to_string(),
            b => format!("%{b:02x}"),
        })
    }),
    ("URL twice", |text| every_byte(text, |byte| format!("%25{byte:02x}"))),
];

#[test]
fn an_echo_is_replaced_however_it_is_written() {
    for (writing, write) in WRITINGS {
        for secret in ALL {
            let echo = write(secret);
            // In text, at its beginning, in its middle and at its end, twice in a row.
            for (before, after) in [("<p>no ", " is bad</p>"), ("", " x"), ("x ", ""), ("", "")] {
                let body = format!("{before}{echo}{echo}{after}");
                // What happens to be JSON is written anew.
                let error = refused(json(400, &body));
                let expected = format!("{before}[redacted][redacted]{after}");
                assert_eq!(error.body(), expected, "{writing}: {body}");
                assert_hidden(&shown(&error), &ALL);
            }
        }
    }
}

#[test]
fn an_echo_in_json_is_replaced_in_every_place() {
    for (writing, write) in WRITINGS {
        for secret in ALL {
            let text = serde_json::Value::from(format!("no {} here", write(secret)));
            let body = format!(
                r#"{{"errorCode":"E011003","errorDescription":{text},"errorMessage":{text},
                    "more":[{{{text}:{text}}}]}}"#
            );
            let error = refused(json(400, &body));
            for read in [error.description(), error.message()] {
                assert_eq!(read, Some("no [redacted] here"), "{writing}: {body}");
            }
            assert_eq!(error.body().matches("no [redacted] here").count(), 4, "{}", error.body());
            assert_hidden(&shown(&error), &ALL);
        }
    }
}

#[test]
fn an_echo_in_a_header_is_replaced() {
    for header in ["cf-ray", "x-request-id"] {
        for secret in ALL {
            for status in [400, 503, 302] {
                let id = format!("{}{secret} b", "a".repeat(190));
                let error = refused(with_header(json(status, ""), header, &id));
                let request_id = error.request_id().unwrap();
                assert!(request_id.starts_with("aaa") && request_id.len() <= 200, "{request_id}");
                assert_hidden(&shown(&error), &ALL);
                // Replaced before it is cut, so that not even its beginning is left.
                let id = format!("{}{secret}", "a".repeat(198));
                let error = refused(with_header(json(status, ""), header, &id));
                assert_eq!(error.request_id().unwrap().trim_start_matches('a'), "[r");
                assert_eq!(
                    refused(with_header(json(status, ""), header, secret)).request_id(),
                    Some("[redacted]")
                );
            }
        }
    }
    let half = with_header(json(200, "{"), "cf-ray", MANAGEMENT);
    let create = CreateAccessKey::new("n", Expiry::Never);
    let played = Scenario::of(context()).then(cut(half)).play(create);
    assert_hidden(&shown(played.error()), &ALL);
    assert_hidden(&format!("{:?}", played.error().outcome_unknown()), &ALL);
}

#[test]
fn an_echo_that_the_end_cuts_off_is_replaced() {
    for (writing, write) in WRITINGS {
        for secret in ALL {
            let echo = write(secret);
            for end in (0..echo.len()).filter(|end| echo.is_char_boundary(*end)) {
                // The server's own end, and the end of what is kept.
                let error = refused(json(400, &format!("<p>{}", &echo[..end])));
                assert!(
                    error.body().len() < 3 + echo.len() / secret.len() * 4 + 14,
                    "{writing} {end}"
                );
                assert_hidden(&shown(&error), &ALL);
            }
        }
    }
}

#[test]
fn an_echo_across_the_edge_of_what_is_kept_is_replaced() {
    for kept in [0, 1, 7, ACCESS.len() - 1, ACCESS.len()] {
        for (before, after) in [("x", " more"), ("é", ""), ("x", &"y".repeat(100_000))] {
            let before = before.repeat(((64 << 10) - kept) / before.len());
            let error = refused(json(400, &format!("{before}{ACCESS}{after}")));
            let rest = error.body().strip_prefix(&before).unwrap();
            assert!(error.body().len() <= 64 << 10);
            assert!(rest.starts_with(&"[redacted]"[..kept.min(10)]), "{kept}: {rest}");
            assert!(!rest.contains("K2"), "{kept}: {rest}");
        }
    }
}

#[test]
fn secrets_that_no_request_carried_are_known_by_their_members() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJLMiJ9.c2lnbmF0dXJl";
    for body in [
        format!(r#"{{"cleartext":"{token}"}}"#),
        format!(r#"{{"a":[{{"sessionJwt":{{"x":"{token}"}}}}]}}"#),
        format!(r#"{{"refreshJwt":"{token}"}}"#),
        format!(r#"{{"cleartext":"{token}"#),
        format!(r#"{{"clear\u0074ext":"{token}"#),
        format!("upstream said {{\\\"sessionJwt\\\":\\\"{token}"),
    ] {
        for status in [400, 500] {
            let played = Scenario::of(context()).then(json(status, &body));
            let played = played.play(CreateAccessKey::new("n", Expiry::Never));
            assert_hidden(&shown(played.error()), &[token]);
        }
    }
}

#[test]
fn a_credential_of_digits_is_replaced_as_a_number_too() {
    let config = Config::builder(PROJECT).management_key("20260115");
    let context = Context::new(config.build().unwrap(), [1; 32]);
    let played = Scenario::of(context).then(json(400, r#"{"key":20260115,"other":7}"#));
    let played = played.play(LoadAccessKey::new("K2"));
    assert_eq!(played.error().body(), r#"{"key":"[redacted]","other":7}"#);
}

#[test]
fn what_is_no_echo_stays() {
    for body in [
        "K2-access-key",
        "M-key",
        "gateway-key-of-the-tes!",
        "A-key/of the=test",
        "%",
        "\\u00",
        "&#",
    ] {
        assert_eq!(refused(json(400, &format!("{body} x"))).body(), format!("{body} x"));
    }
    // A header that is too short to be a secret is a word like others.
    let config =
        Config::builder(PROJECT).header("x-flag", "yes").external_request_id("run-number-7");
    let context = Context::new(config.build().unwrap(), [1; 32]);
    let body = "yes, in run-number-7";
    let played = Scenario::of(context).then(json(400, body)).play(ExchangeAccessKey::new(ACCESS));
    assert_eq!(played.error().body(), body);
}

#[test]
fn no_bytes_make_it_panic() {
    let mut random = Random::new(5);
    let parts: Vec<Vec<u8>> = WRITINGS
        .iter()
        .flat_map(|(_, write)| ALL.map(|secret| write(secret).into_bytes()))
        .chain([b"\xff".to_vec(), "é".into(), b"\\u00".to_vec(), b"&#x".to_vec(), b"%2".to_vec()])
        .collect();
    for _ in 0..3_000 {
        let mut body = Vec::new();
        for _ in 0..random.below(6) {
            let part = random.pick(&parts);
            let from = random.below(part.len() as u64) as usize;
            body.extend_from_slice(&part[from..]);
        }
        let mut response = http::Response::new(body);
        *response.status_mut() = http::StatusCode::BAD_REQUEST;
        let shown = shown(&refused(Ok(response)));
        assert!(!ALL.iter().any(|secret| shown.contains(secret)), "{shown}");
    }
}

#[test]
fn a_transports_own_words_are_passed_on() {
    let failure = Failure::new(FailureKind::Certificate).with_source("expired yesterday");
    assert_eq!(refused(Err(failure)).source().unwrap().to_string(), "expired yesterday");
}
