//! Answers that are JSON but odd, and answers that are no JSON at all.

use descope_core::{Endpoint, LoadAccessKey, SearchAccessKeys};

use crate::{PARSERS, answer_with, assert_unusable, assert_usable, load, promises_nothing};

#[test]
fn unknown_members_are_passed_over_wherever_they_are() {
    for (name, parse) in PARSERS {
        let usable = parse(answer_with(r#""newMember":[{"a":null}],"#).as_bytes()).is_ok();
        assert_eq!(usable, !promises_nothing(name), "{name}");
    }
    for value in ["null", "0", r#""x""#, "[[{}]]", r#"{"id":{"id":[]}}"#, "1e400", r#""\ud800""#] {
        assert_usable(answer_with(&format!(r#""newMember":{value},"#)).as_bytes());
    }
    // Members given twice are of no matter where nobody reads them.
    assert_usable(answer_with(r#""new":1,"new":2,"#).as_bytes());
}

#[test]
fn a_known_member_given_twice_is_refused() {
    for body in [
        r#"{"key":{"id":"K2"},"key":{"id":"K3"}}"#,
        r#"{"key":{"id":"K2"},"key":null}"#,
        r#"{"key":{"id":"K2","id":"K3"}}"#,
        r#"{"key":{"id":"K2","\u0069d":"K3"}}"#,
        r#"{"key":{"id":"K2","permittedIps":[],"permittedIps":null}}"#,
        r#"{"key":{"id":"K2","keyTenants":[{"tenantId":"t","tenantId":"u"}]}}"#,
        r#"{"key":{"id":"K2","customClaims":{},"customClaims":{}}}"#,
    ] {
        assert!(load(body).is_err(), "{body}");
    }
    assert_unusable(
        br#"{"cleartext":"a","cleartext":"b","key":{"id":"K2"},"key":{"id":"K2"},
            "sessionJwt":"a","sessionJwt":"b","rateLimitTier":"a","rateLimitTier":"b",
            "keys":[],"keys":[]"#,
    );
}

#[test]
fn bytes_that_are_no_utf_8_spoil_an_answer_wherever_they_are() {
    for bad in [&b"\xff"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"] {
        for place in [r#""skipped":"BAD","#, r#""sk-BAD":1,"#, r#""description":"BAD","#] {
            let text = answer_with(place);
            let body = text.split("BAD").map(str::as_bytes).collect::<Vec<_>>().join(bad);
            assert_unusable(&body);
        }
    }
}

#[test]
fn a_list_is_no_object_and_an_object_no_list() {
    assert_unusable(b"[]");
    assert_unusable(br#"[{"id":"K2"}]"#);
    assert_unusable(br#"["cleartext",{"id":"K2"}]"#);
    for body in [
        r#"{"key":["K2"]}"#,
        r#"{"key":"K2"}"#,
        r#"{"key":{"id":["K2"]}}"#,
        r#"{"key":{"id":2}}"#,
        r#"{"key":{"id":"K2","keyTenants":{"tenantId":"t"}}}"#,
        r#"{"key":{"id":"K2","keyTenants":[["t"]]}}"#,
        r#"{"key":{"id":"K2","keyTenants":["t"]}}"#,
        r#"{"key":{"id":"K2","roleNames":"r"}}"#,
        r#"{"key":{"id":"K2","roleNames":[1]}}"#,
        r#"{"key":{"id":"K2","customClaims":[]}}"#,
        r#"{"key":{"id":"K2","customAttributes":"{}"}}"#,
        r#"{"key":{"id":"K2","status":1}}"#,
        r#"{"key":{"id":"K2","editable":"true"}}"#,
    ] {
        assert!(load(body).is_err(), "{body}");
    }
    for body in [r#"{"keys":{"id":"K2"}}"#, r#"{"keys":[["K2"]]}"#, r#"{"keys":"K2"}"#] {
        assert!(SearchAccessKeys::new().parse(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn nesting_is_bounded_in_what_is_kept_and_harmless_in_what_is_not() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let claims = |levels| {
        load(&format!(r#"{{"key":{{"id":"K2","customClaims":{{"a":{}}}}}}}"#, nested(levels)))
    };
    assert!(claims(100).is_ok());
    assert!(claims(128).is_err());
    assert!(claims(100_000).is_err());
    for levels in [1_000, 200_000] {
        assert_usable(answer_with(&format!(r#""newMember":{},"#, nested(levels))).as_bytes());
        assert_unusable("[".repeat(levels).as_bytes());
        assert_unusable(r#"{"a":"#.repeat(levels).as_bytes());
    }
}

#[test]
fn what_is_no_json_is_refused_in_words_that_say_what_came() {
    let words = |body: &[u8]| {
        assert_unusable(body);
        LoadAccessKey::new("K2").parse(body).unwrap_err().to_string()
    };
    assert!(words(b"").contains("is empty"));
    assert!(words(b" \r\n").contains("is empty"));
    assert!(words(b"<!doctype html><title>Welcome</title>").contains("markup"));
    assert!(words(b"\n <html>hunter2</html>").contains("base URL"));
    assert!(words(br#"{"key":{"id":"K2"#).contains("ends too early"));
    assert!(words(b"{\"key\":{\"id\":\"K2\"}").contains("ends too early"));
    assert!(words(b"gateway says no").contains("is not JSON"));
    assert!(words(br#"{"key":{"id":"K2"}} x"#).contains("is not JSON"));
    assert!(words(b"\xef\xbb\xbf{}").contains("is not JSON"));
    assert!(words(b"\xff\xfe{\x00}\x00").contains("is not UTF-8"));
    assert!(words(b"null").contains("not what the call promises"));
    assert!(words(br#""a text""#).contains("not what the call promises"));
}

#[test]
fn the_words_of_a_refusal_quote_nothing_of_the_answer() {
    for body in [
        r#"{"key":"hunter2"}"#,
        r#"{"cleartext":{"hunter2":1}}"#,
        r#"{"cleartext":"hunter2","key":{"id":1}}"#,
        r#"{"cleartext":"hunter2","key":{"id":"K2","status":7}}"#,
        r#"{"cleartext":"hunter2" "key":1}"#,
        "hunter2",
        "<hunter2>",
    ] {
        for (name, parse) in PARSERS {
            if let Err(error) = parse(body.as_bytes()) {
                let shown = format!("{error} {error:?}");
                assert!(!shown.contains("hunter2"), "{name}: {shown}");
            }
        }
    }
}

#[test]
fn an_answer_cut_anywhere_is_refused() {
    let whole = answer_with("");
    for end in 0..whole.len() {
        assert_unusable(&whole.as_bytes()[..end]);
    }
}
