//! Segments, base64url, header, size and JSON.

use descope_core::jwt::{Token, TokenError, TokenRules};
use serde_json::json;

use crate::signer::{KID, PROJECT, Signer, base64url, with, with_text};

#[track_caller]
fn assert_malformed(result: Result<impl Sized, TokenError>, expected_part: &str) {
    match result {
        Err(TokenError::Malformed { part, .. }) => assert_eq!(part, expected_part),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("accepted"),
    }
}

fn validate(signer: &Signer, token: &str) -> Result<(), TokenError> {
    signer.validate(token, &TokenRules::new(PROJECT)).map(drop)
}

#[test]
fn a_token_is_three_segments_and_nothing_is_trimmed() {
    let signer = Signer::new();
    let token = signer.token(&with(json!({})));
    assert_eq!(validate(&signer, &token), Ok(()));
    for segments in ["x".into(), "x.x".into(), format!("{token}."), format!("{token}.x")] {
        assert_malformed(Token::parse(&segments), "structure");
    }
    for broken in [
        String::new(),
        "..".into(),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}="),
        format!("Bearer {token}"),
        token.replace('.', ""),
        token.replacen('.', "..", 1),
    ] {
        assert!(
            matches!(validate(&signer, &broken), Err(TokenError::Malformed { .. })),
            "{broken}"
        );
    }
}

#[test]
fn a_token_has_at_most_128_kib() {
    let signer = Signer::new();
    let token = signer.token(&with(json!({})));
    let longest = format!("{token}{}", "A".repeat(Token::MAX_LENGTH - token.len()));
    assert_eq!(longest.len(), 131_072);
    assert!(Token::parse(&longest).is_ok());
    let error = Token::parse(&format!("{longest}A")).unwrap_err();
    assert_eq!(error.to_string(), "the token has 131073 bytes; at most 131072 are accepted");

    let large = signer.token(&with(json!({"filler": "x".repeat(97_000)})));
    assert!(large.len() > 129_000);
    assert_eq!(validate(&signer, &large), Ok(()));
}

#[test]
fn base64url_is_strict_in_every_segment() {
    let signer = Signer::new();
    let header = base64url(format!(r#"{{"alg":"ES256","kid":"{KID}"}} "#));
    let good_claims = base64url(with(json!({"filler": ""})));
    assert_eq!(validate(&signer, &signer.sign_segments(&header, &good_claims)), Ok(()));

    for broken in [format!("{header}="), format!(" {header}"), header.replace('e', "+")] {
        assert_malformed(validate(&signer, &signer.sign_segments(&broken, &good_claims)), "header");
    }
    for broken in [format!("{good_claims}="), format!("{good_claims}\n"), format!("{good_claims}A")]
    {
        let token = signer.sign_segments(&header, &broken);
        let result = validate(&signer, &token);
        assert!(result.is_err(), "{broken}");
    }
    let token = signer.token(&with(json!({})));
    // 64 bytes are 86 characters, of which the last has four unused bits.
    let (start, last) = token.split_at(token.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    assert_malformed(validate(&signer, &format!("{start}{next}")), "signature");
}

#[test]
fn the_header_is_one_json_object_with_members_of_the_right_type() {
    let signer = Signer::new();
    let claims = with(json!({}));
    for header in [
        "",
        "null",
        "[]",
        r#""alg""#,
        r#"{"alg":"ES256","kid":"SK1"}{}"#,
        r#"{"alg":"ES256","kid":"SK1",}"#,
        r#"{"alg":"ES256","kid":"SK1","kid":"SK1"}"#,
        r#"{"alg":"ES256","kid":"SK1","\u006bid":"SK1"}"#,
        r#"{"alg":"ES256","alg":"none","kid":"SK1"}"#,
        r#"{"kid":"SK1"}"#,
        r#"{"alg":null,"kid":"SK1"}"#,
        r#"{"alg":["ES256"],"kid":"SK1"}"#,
        r#"{"alg":"ES256","kid":1}"#,
        r#"{"alg":"ES256","kid":null}"#,
        r#"{"alg":"ES256","kid":["SK1"]}"#,
        r#"{"alg":"ES256","kid":"SK1","crit":[]}"#,
        r#"{"alg":"ES256","kid":"SK1","crit":null}"#,
        r#"{"alg":"ES256","kid":"SK1","b64":true}"#,
        "\u{feff}{\"alg\":\"ES256\",\"kid\":\"SK1\"}",
    ] {
        let result = validate(&signer, &signer.sign(header, &claims));
        assert!(matches!(result, Err(TokenError::Malformed { part: "header", .. })), "{header}");
    }
    // The same with bytes that are not UTF-8, in a member that nobody reads.
    let header = base64url(b"{\"alg\":\"ES256\",\"kid\":\"SK1\",\"x\":\"\xff\"}");
    assert_malformed(
        validate(&signer, &signer.sign_segments(&header, &base64url(claims))),
        "header",
    );
}

#[test]
fn members_of_the_header_that_others_act_on_have_no_effect() {
    let signer = Signer::new();
    let forger = Signer::new();
    let header = json!({
        "alg": "ES256", "kid": KID, "typ": 7, "cty": "JWT", "zip": "DEF",
        "jwk": forger.jwk(), "jku": "https://forger.example/keys", "x5u": "", "x5c": [],
    });
    let claims = with(json!({}));
    assert_eq!(validate(&signer, &signer.sign(&header.to_string(), &claims)), Ok(()));
    let forged = forger.sign(&header.to_string(), &claims);
    assert_eq!(validate(&signer, &forged), Err(TokenError::BadSignature));
}

#[test]
fn a_kid_is_required_and_may_be_written_with_escapes() {
    let signer = Signer::new();
    let claims = with(json!({}));
    let without = signer.sign(r#"{"alg":"ES256"}"#, &claims);
    assert_eq!(validate(&signer, &without), Err(TokenError::MissingKid));
    let escaped = signer.sign(r#"{"alg":"ES256","kid":"\u0053K1"}"#, &claims);
    assert_eq!(Token::parse(&escaped).unwrap().kid(), Some(KID));
    assert_eq!(validate(&signer, &escaped), Ok(()));
}

#[test]
fn an_unknown_kid_is_told_apart_from_everything_a_fresh_key_set_would_not_cure() {
    let signer = Signer::new();
    let claims = with(json!({}));
    let unknown = signer.sign(r#"{"alg":"ES256","kid":"SK2"}"#, &claims);
    let error = validate(&signer, &unknown).unwrap_err();
    assert!(error.is_unknown_kid());
    assert_eq!(
        error.to_string(),
        r#"the project has no usable signing key "SK2": does the token belong to another project?"#
    );
    for header in [
        r#"{"alg":"none","kid":"SK2"}"#,
        r#"{"alg":"HS256","kid":"SK2"}"#,
        r#"{"alg":"ES512","kid":"SK2"}"#,
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"RS256","kid":"SK1"}"#,
        r#"{"alg":"ES256","kid":"SK2","crit":["x"]}"#,
    ] {
        let error = validate(&signer, &signer.sign(header, &claims)).unwrap_err();
        assert!(!error.is_unknown_kid(), "{header}: {error}");
    }
}

#[test]
fn claims_are_one_json_object_checked_whole() {
    let signer = Signer::new();
    for claims in [
        String::new(),
        "[]".into(),
        format!("{} x", with(json!({}))),
        format!("{}{{}}", with(json!({}))),
        with_text(r#""x":01"#),
        with_text(r#""x":"\x""#),
        with_text("\"x\":\"\t\""),
        with_text(r#""x":[1,]"#),
        with_text(r#""x":{"a" 1}"#),
        with_text(r#""x":nul"#),
        with_text(r#""x":NaN"#),
        with_text(r#"'x':1"#),
        with_text(r#""x":1,"#),
        with_text(r#""x":1,"x":1"#),
        with_text(r#""exp":1900000000"#),
        with_text(r#""\u0065xp":1900000000"#),
        with_text(r#""\ud800":1"#),
    ] {
        let result = signer.claims(&claims);
        assert!(matches!(result, Err(TokenError::Malformed { part: "claims", .. })), "{claims}");
    }
    let mut bytes = with_text(r#""x":"?""#).into_bytes();
    let mark = bytes.iter().rposition(|byte| *byte == b'?').unwrap();
    bytes[mark] = 0xff;
    let header = base64url(format!(r#"{{"alg":"ES256","kid":"{KID}"}}"#));
    let token = signer.sign_segments(&header, &base64url(bytes));
    assert_malformed(validate(&signer, &token), "claims");
}

#[test]
fn nesting_has_128_levels_and_not_one_more() {
    let signer = Signer::new();
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let nested = |levels: usize| {
            let inner = if open == "[" { "" } else { "1" };
            format!(r#""x":{}{inner}{}"#, open.repeat(levels), close.repeat(levels))
        };
        // The claims themselves are one level.
        let claims = signer.claims(&with_text(&nested(127))).unwrap();
        assert!(claims.to_map().unwrap()["x"].is_array() == (open == "["));
        assert_malformed(signer.claims(&with_text(&nested(128))), "claims");
        assert_malformed(signer.claims(&with_text(&nested(10_000))), "claims");
    }
    // Levels beside each other do not add up.
    let wide = vec!["[[[]]]"; 200].join(",");
    assert!(signer.claims(&with_text(&format!(r#""x":[{wide}]"#))).is_ok());
}

#[test]
fn an_error_shows_neither_the_token_nor_unbounded_foreign_text() {
    let signer = Signer::new();
    let kid = "k\"\n\u{1b}".repeat(1_000);
    let header = json!({"alg": "ES256", "kid": kid}).to_string();
    let token = signer.sign(&header, &with(json!({})));
    let issuer = signer.token(&with(json!({"iss": "i\n".repeat(1_000)})));
    for token in [token, issuer] {
        let error = validate(&signer, &token).unwrap_err();
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(text.len() < 700, "{text}");
            assert!(!text.contains(['\n', '\u{1b}']), "{text}");
            for segment in token.split('.') {
                assert!(!text.contains(&segment[..24]), "{text}");
            }
        }
    }
}
