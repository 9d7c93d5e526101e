//! A secret that did arrive is never dropped.

use descope_core::{
    CreateAccessKey, ErrorKind, Expiry, FailureKind, LoadAccessKey, RotateAccessKey,
};
use descope_suite::scenario::{CREATED, Scenario, cut, json};

fn cleartext_of(reply: impl Fn() -> descope_core::Reply) -> Option<String> {
    let created = Scenario::new().then(reply()).play(CreateAccessKey::new("n", Expiry::Never));
    let rotated = Scenario::new().then(reply()).play(RotateAccessKey::new("K2"));
    let text = |error: &descope_core::Error| {
        assert!(error.is_outcome_unknown(), "{error}");
        error.cleartext().map(|cleartext| cleartext.expose().to_string())
    };
    let found = text(created.error());
    assert_eq!(found, text(rotated.error()));
    for error in [created.error(), rotated.error()] {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("K2-cleartext"), "{shown}");
        assert_eq!(shown.contains("cleartext arrived"), found.is_some(), "{shown}");
    }
    found
}

#[test]
fn it_is_read_on_its_own_where_the_rest_is_unusable() {
    for body in [
        r#"{"cleartext":"K2-cleartext"}"#,
        r#"{"cleartext":"K2-cleartext","key":null}"#,
        r#"{"cleartext":"K2-cleartext","key":{"id":""}}"#,
        r#"{"cleartext":"K2-cleartext","key":{"id":7}}"#,
        r#"{"key":{"id":"K2","status":7},"cleartext":"K2-cleartext"}"#,
        r#"{"key":{"id":"K2","id":"K2"},"cleartext":"K2-cleartext"}"#,
        r#"{"cleartext":"K2-cleartext","cleartext":"K2-cleartext","key":{"id":"K2"}}"#,
        r#"{"cleartext":"K2-cleartext","key":{"id":"K2"}} trailing"#,
        r#"{"cleartext":"K2-cleartext","key":{"id":"K2"}"#,
        r#"{"cleartext":"K2-cleartext","#,
        r#"{"cleartext":"K2-cleartext""#,
        r#"{"cleartext" : "K2-\u0063leartext","#,
        r#"{"key":{"id":nul},"cleartext":"K2-cleartext"}"#,
        r#"{"key":,"cleartext":"K2-cleartext"}"#,
        r#"{"cleartext":null,"x":[,"cleartext":"K2-cleartext"}"#,
        r#"[{"cleartext":"K2-cleartext","key":{"id":"K2"}}]"#,
        r#"{"data":{"cleartext":"K2-cleartext","key":{"id":"K2"}}}"#,
        "<!-- proxy -->{\"cleartext\":\"K2-cleartext\",\"key\":{\"id\":\"K2\"}}",
    ] {
        assert_eq!(cleartext_of(|| json(200, body)).as_deref(), Some("K2-cleartext"), "{body}");
        assert_eq!(
            cleartext_of(|| cut(json(200, body))).as_deref(),
            Some("K2-cleartext"),
            "{body}"
        );
    }
}

#[test]
fn the_outermost_one_is_preferred() {
    let body = r#"{"key":{"id":"","customClaims":{"cleartext":"a claim"}},
        "cleartext":"K2-cleartext"}"#;
    assert_eq!(cleartext_of(|| json(200, body)).as_deref(), Some("K2-cleartext"));
}

#[test]
fn invalid_bytes_elsewhere_do_not_hide_it() {
    for (before, after) in [(&b""[..], &b"\xff"[..]), (b"\xff", b"")] {
        let text: &[&[u8]] = &[
            b"{\"x\":\"",
            before,
            b"\",\"cleartext\":\"K2-cleartext\",\"y\":\"",
            after,
            b"\",\"key\":{\"id\":\"K2\"}}",
        ];
        let reply = || Ok(http::Response::new(text.concat()));
        assert_eq!(cleartext_of(reply).as_deref(), Some("K2-cleartext"));
    }
}

#[test]
fn a_part_of_it_is_not_taken_for_it() {
    for body in [
        "",
        "{",
        r#"{"cleartext":"#,
        r#"{"cleartext":"K2-clear"#,
        r#"{"cleartext":"K2-clear\"#,
        r#"{"cleartext":"","key":{"id":"K2"}}"#,
        r#"{"cleartext":null,"key":{"id":"K2"}}"#,
        r#"{"cleartext":7,"key":{"id":"K2"}}"#,
        r#"{"cleartext":["K2"],"key":{"id":"K2"}}"#,
        r#"{"key":{"id":"K2"}}"#,
        r#"{"note":"cleartext","key":{"id":"K2"}}"#,
    ] {
        assert_eq!(cleartext_of(|| json(200, body)), None, "{body}");
        assert_eq!(cleartext_of(|| cut(json(200, body))), None, "{body}");
    }
}

#[test]
fn a_body_cut_anywhere_gives_it_from_its_closing_quote_on() {
    let arrived = CREATED.find("-cleartext\"").unwrap() + "-cleartext\"".len();
    for end in 0..CREATED.len() {
        let found = cleartext_of(|| cut(json(200, &CREATED[..end])));
        assert_eq!(found.is_some(), end >= arrived, "{}", &CREATED[..end]);
    }
    // Whole, but the connection broke before the transport could be sure of it.
    assert!(cleartext_of(|| cut(json(200, CREATED))).is_some());
}

#[test]
fn a_body_over_its_bound_gives_it_too() {
    let body = CREATED.replace("\"key\"", &format!("\"x\":\"{}\",\"key\"", "x".repeat(1 << 20)));
    assert_eq!(cleartext_of(|| json(200, &body)).as_deref(), Some("K2-cleartext"));
    let played =
        Scenario::new().then(json(200, &body)).play(CreateAccessKey::new("n", Expiry::Never));
    assert_eq!(played.error().kind(), ErrorKind::BodyTooLarge);
}

#[test]
fn only_a_success_delivers_one_and_only_to_whom_it_is_due() {
    let refusal = r#"{"cleartext":"K2-cleartext"}"#;
    let played =
        Scenario::new().then(json(503, refusal)).play(CreateAccessKey::new("n", Expiry::Never));
    assert!(played.error().cleartext().is_none());
    assert!(!format!("{:?}{}", played.error(), played.error().body()).contains("K2-cleartext"));
    let played = Scenario::new().then(json(200, refusal)).play(LoadAccessKey::new("K2"));
    assert!(played.error().cleartext().is_none());
    let failure = descope_core::Failure::new(FailureKind::Closed);
    let played = Scenario::new().then(Err(failure)).play(RotateAccessKey::new("K2"));
    assert!(played.error().cleartext().is_none());
}
