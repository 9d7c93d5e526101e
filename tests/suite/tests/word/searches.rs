//! A search finds all keys, or tells which one it cannot read; what may hide a key proves nothing.

use descope_core::{
    AccessKey, CreateAccessKey, Endpoint, ErrorKind, Expiry, FindUnconfirmed, SearchAccessKeys,
};
use descope_suite::scenario::{Scenario, UNIX_START, status};

fn search(body: &str) -> Result<Vec<String>, String> {
    let keys = SearchAccessKeys::new().parse(body.as_bytes());
    let keys = keys.map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::Decode);
        error.to_string()
    })?;
    Ok(keys.iter().map(|key| key.id().to_owned()).collect())
}

/// Three keys, of which the second is odd.
fn three(odd: &str) -> String {
    format!(r#"{{"keys":[{{"id":"K2a","name":"a"}},{odd},{{"id":"K2c","name":"c"}}]}}"#)
}

#[test]
fn an_odd_key_is_told_and_hides_no_other() {
    let deep =
        format!(r#"{{"id":"K2b","customClaims":{{"a":{}{}}}}}"#, "[".repeat(200), "]".repeat(200));
    for (odd, id, name, member) in [
        (
            r#"{"id":"K2b","name":"b","customClaims":[]}"#,
            Some("K2b"),
            Some("b"),
            Some("customClaims"),
        ),
        (r#"{"id":"K2b","roleNames":"r"}"#, Some("K2b"), Some(""), Some("roleNames")),
        (r#"{"id":"K2b","expireTime":1.5}"#, Some("K2b"), Some(""), Some("expireTime")),
        (r#"{"id":"K2b","expireTime":1e400}"#, Some("K2b"), Some(""), Some("expireTime")),
        (r#"{"id":"K2b","name":"\ud800"}"#, Some("K2b"), None, Some("name")),
        (r#"{"id":7,"name":"b"}"#, None, Some("b"), Some("id")),
        (r#"{"name":"b"}"#, None, Some("b"), Some("id")),
        (r#"{"id":"","name":"b"}"#, None, Some("b"), Some("id")),
        (r#"{"id":null}"#, None, Some(""), Some("id")),
        ("{}", None, Some(""), Some("id")),
        (r#"{"id":"K2b","id":"K2b"}"#, Some("K2b"), Some(""), None),
        (r#"["K2b"]"#, None, Some(""), None),
        (&deep, Some("K2b"), Some(""), Some("customClaims")),
    ] {
        let body = three(odd);
        let words = search(&body).unwrap_err();
        assert!(words.contains("key 2 of the answer"), "{words}");
        assert_eq!(words.contains("K2b"), id.is_some(), "{words}");
        assert_eq!(member.is_some_and(|member| words.contains(member)), member.is_some());
        assert!(!words.contains("not JSON"), "{words}");
        let found = SearchAccessKeys::new().readable().parse(body.as_bytes()).unwrap();
        assert_eq!(found.keys.iter().map(AccessKey::id).collect::<Vec<_>>(), ["K2a", "K2c"]);
        let [left_out] = &found.left_out[..] else { panic!("{:?}", found.left_out) };
        assert_eq!((left_out.place, left_out.id.as_deref()), (2, id), "{odd}");
        assert_eq!(left_out.name.as_deref(), name, "{odd}");
        assert_eq!(left_out.member.as_deref(), member, "{odd}");
    }
    let words = search(r#"{"keys":[{"id":7},{"id":8},{"id":"K2"}]}"#).unwrap_err();
    assert!(words.contains("nor can 1 other"), "{words}");
}

#[test]
fn only_an_answer_to_a_search_is_one() {
    assert_eq!(search("{}"), Ok(vec![]));
    assert_eq!(search(r#"{"keys":null}"#), Ok(vec![]));
    assert_eq!(search(r#"{"keys":[],"total":0,"more":1}"#), Ok(vec![]));
    for body in [
        r#"{"status":"ok","message":"please log in"}"#,
        r#"{"total":0}"#,
        r#"{"keys":{}}"#,
        "[]",
        "<html>",
        "",
    ] {
        assert!(search(body).is_err(), "{body}");
        assert!(SearchAccessKeys::new().readable().parse(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn a_part_is_not_the_whole_unless_one_was_asked_for() {
    for total in ["3", r#""3""#] {
        let body = format!(r#"{{"keys":[{{"id":"K2a"}}],"total":{total}}}"#);
        let words = search(&body).unwrap_err();
        assert!(words.contains("2 keys are missing"), "{words}");
        for search in [SearchAccessKeys::new().page(0), SearchAccessKeys::new().limit(1)] {
            assert_eq!(search.parse(body.as_bytes()).unwrap().len(), 1);
        }
        let found = SearchAccessKeys::new().readable().parse(body.as_bytes()).unwrap();
        assert_eq!((found.keys.len(), found.missing), (1, 2));
    }
    for total in ["1", "0", "-7", "null", "1.5", r#""many""#] {
        let body = format!(r#"{{"keys":[{{"id":"K2a"}}],"total":{total}}}"#);
        assert_eq!(search(&body), Ok(vec!["K2a".to_owned()]), "{total}");
    }
}

#[test]
fn what_may_hide_the_key_is_no_proof_that_it_is_not_there() {
    let lost = Scenario::new().then(status(503)).play(CreateAccessKey::new("ci", Expiry::Never));
    let find = || FindUnconfirmed::after(lost.error()).unwrap();
    let odd = |name: &str| {
        format!(
            r#"{{"keys":[{{"id":"K2x","name":{name},"customClaims":[]}},
                {{"id":"K2","name":"ci","createdTime":{UNIX_START}}}]}}"#
        )
    };
    for name in [r#""ci""#, "7"] {
        let error = find().parse(odd(name).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("it may be the one"), "{error}");
    }
    // A key of another name is not the one, whatever else of it cannot be read.
    assert_eq!(find().parse(odd(r#""other""#).as_bytes()).unwrap().len(), 1);
    assert!(find().parse(br#"{"keys":[],"total":1}"#).is_err());
    assert!(find().parse(br#"{"status":"ok"}"#).is_err());
    assert!(find().parse(b"{}").unwrap().is_empty());
}
