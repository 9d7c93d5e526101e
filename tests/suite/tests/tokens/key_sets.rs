//! Key sets: what is usable, what is skipped, and what is no key set at all.

use descope_core::jwt::{Algorithm, Jwk, SigningKeys, Token, TokenError, TokenRules};
use serde_json::{Value, json};

use crate::signer::{KID, PROJECT, Signer, base64url, key_set, with};

/// Takes `kid` "k" from a set of one key, or the reason why that key was skipped.
fn reason(jwk: &Value) -> Result<Jwk, String> {
    let set = key_set(std::slice::from_ref(jwk));
    match set.skipped() {
        [] => Ok(set.with_kid("k")[0].clone()),
        [one] => Err(one.reason.to_string()),
        more => panic!("{more:?}"),
    }
}

fn number(bytes: usize, first: u8, last: u8) -> String {
    let mut number = vec![0x5a; bytes];
    number[0] = first;
    number[bytes - 1] = last;
    base64url(number)
}

fn rsa(n: &str, e: &str) -> Value {
    json!({"kty": "RSA", "kid": "k", "n": n, "e": e})
}

#[test]
fn rsa_keys_have_2048_to_8192_bits() {
    for (bytes, first, usable) in [
        (128, 0xff, false),
        (256, 0x7f, false),
        (256, 0x80, true),
        (257, 0x01, true),
        (512, 0xc0, true),
        (1024, 0xff, true),
        (1025, 0x01, false),
        (2048, 0xff, false),
    ] {
        let jwk = rsa(&number(bytes, first, 1), "AQAB");
        assert_eq!(reason(&jwk).is_ok(), usable, "{bytes} bytes from {first:#x}");
    }
    // A zero byte before the number does not make it another number.
    let (plain, padded) = ([vec![0x80; 256]].concat(), [vec![0, 0], vec![0x80; 256]].concat());
    let plain = reason(&rsa(&base64url(plain), "AQAB")).unwrap();
    assert_eq!(reason(&rsa(&base64url(padded), "AAEAAQ")).unwrap(), plain);
    let short = [vec![0], vec![0x7f; 256]].concat();
    assert!(reason(&rsa(&base64url(short), "AQAB")).is_err());
}

#[test]
fn rsa_exponents_are_odd_and_of_at_most_33_bits() {
    let n = number(256, 0x80, 1);
    for (e, usable) in [
        (vec![3], true),
        (vec![1, 0, 1], true),
        (vec![1, 0xff, 0xff, 0xff, 0xff], true),
        (vec![2, 0, 0, 0, 1], false),
        (vec![1], false),
        (vec![0], false),
        (vec![], false),
        (vec![2], false),
        (vec![1, 0, 0], false),
    ] {
        assert_eq!(reason(&rsa(&n, &base64url(&e))).is_ok(), usable, "{e:?}");
    }
}

#[test]
fn ec_coordinates_have_full_width() {
    let jwk = |crv: &str, x: usize, y: usize| {
        json!({"kty": "EC", "kid": "k", "crv": crv,
               "x": base64url(vec![1; x]), "y": base64url(vec![1; y])})
    };
    assert!(reason(&jwk("P-256", 32, 32)).is_ok() && reason(&jwk("P-384", 48, 48)).is_ok());
    for (crv, x, y) in [
        ("P-256", 31, 32),
        ("P-256", 32, 33),
        ("P-256", 31, 33),
        ("P-256", 48, 48),
        ("P-384", 32, 32),
        ("P-384", 47, 48),
        ("P-521", 66, 66),
        ("secp256k1", 32, 32),
        ("", 32, 32),
    ] {
        assert!(reason(&jwk(crv, x, y)).is_err(), "{crv} {x} {y}");
    }
    let okp = |crv: &str, x: usize| json!({"kty": "OKP", "kid": "k", "crv": crv, "x": base64url(vec![1; x])});
    assert!(reason(&okp("Ed25519", 32)).is_ok());
    assert!(reason(&okp("Ed25519", 31)).is_err() && reason(&okp("X25519", 32)).is_err());
}

#[test]
fn what_a_key_is_for_is_enforced_where_it_says_so() {
    let signer = Signer::new();
    let with = |members: Value| {
        let mut jwk = signer.bare_jwk();
        jwk["kid"] = "k".into();
        let Value::Object(members) = members else { unreachable!() };
        jwk.as_object_mut().unwrap().extend(members);
        jwk
    };
    for usable in [
        json!({}),
        json!({"use": "sig"}),
        json!({"alg": "ES256"}),
        json!({"key_ops": ["verify"]}),
        json!({"key_ops": ["sign", "verify"], "use": "sig", "alg": "ES256", "x5c": 1}),
    ] {
        assert!(reason(&with(usable.clone())).is_ok(), "{usable}");
    }
    for unusable in [
        json!({"use": "enc"}),
        json!({"use": ""}),
        json!({"use": null}),
        json!({"use": ["sig"]}),
        json!({"use": "sig", "key_ops": ["encrypt"]}),
        json!({"key_ops": []}),
        json!({"key_ops": "verify"}),
        json!({"key_ops": null}),
        json!({"alg": "ES384"}),
        json!({"alg": "RS256"}),
        json!({"alg": "HS256"}),
        json!({"alg": "none"}),
        json!({"alg": "es256"}),
        json!({"alg": null}),
        json!({"kid": null}),
        json!({"kid": 1}),
        json!({"kty": "RSA"}),
        json!({"kty": "oct", "k": "AAAA"}),
        json!({"kty": "ec"}),
        json!({"kty": null}),
        json!({"crv": null}),
        json!({"x": null}),
        json!({"x": 1}),
        json!({"y": "="}),
    ] {
        let error = reason(&with(unusable.clone())).expect_err(&unusable.to_string());
        assert!(error.starts_with("unusable JWK: "), "{error}");
    }
}

#[test]
fn a_key_without_alg_allows_what_its_kind_allows() {
    let signer = Signer::new();
    let bare = Jwk::parse(&signer.bare_jwk().to_string()).unwrap();
    assert!(bare.allows(Algorithm::Es256) && !bare.allows(Algorithm::Es384));
    let rsa_key = reason(&rsa(&number(256, 0x80, 1), "AQAB")).unwrap();
    for algorithm in [Algorithm::Rs256, Algorithm::Rs512, Algorithm::Ps256, Algorithm::Ps384] {
        assert!(rsa_key.allows(algorithm), "{algorithm}");
    }
    assert!(!rsa_key.allows(Algorithm::Es256) && !rsa_key.allows(Algorithm::EdDsa));
    let mut only = rsa(&number(256, 0x80, 1), "AQAB");
    only["alg"] = "PS256".into();
    let only = reason(&only).unwrap();
    assert!(only.allows(Algorithm::Ps256) && !only.allows(Algorithm::Rs256));
}

#[test]
fn the_token_cannot_choose_an_algorithm_that_its_key_does_not_have() {
    let signer = Signer::new();
    let token = signer.sign(&format!(r#"{{"alg":"ES384","kid":"{KID}"}}"#), &with(json!({})));
    let error = signer.validate(&token, &TokenRules::new(PROJECT)).unwrap_err();
    assert_eq!(error.to_string(), "the token's signing key does not fit ES384");
}

#[test]
fn unusable_keys_do_not_spoil_the_others() {
    let signer = Signer::new();
    let keys = [
        json!(null),
        json!("key"),
        json!({"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"}),
        signer.jwk(),
        json!({"kty": "oct", "kid": "oct", "k": "AAAA"}),
        signer.bare_jwk(),
    ];
    let set = key_set(&keys);
    assert_eq!((set.len(), set.is_empty(), set.skipped().len()), (1, false, 5));
    assert!(set.contains(KID) && !set.contains("broken") && !set.contains("oct"));
    let reasons: Vec<_> = set.skipped().iter().map(ToString::to_string).collect();
    assert_eq!(
        reasons[2],
        r#"key "broken": unusable JWK: a member of the key itself is not base64url"#
    );
    assert_eq!(reasons[4], "key without a `kid`: unusable JWK: no `kid`");
    let token = signer.token(&with(json!({})));
    let now = std::time::Duration::from_secs(crate::signer::NOW);
    let token = Token::parse(&token).unwrap();
    assert!(TokenRules::new(PROJECT).validate(&token, &set, now).is_ok());
    assert_eq!(format!("{set:?}"), "SigningKeys { keys: 1, skipped: 5 }");
}

fn judge(token: &str, set: &SigningKeys) -> Result<(), TokenError> {
    let now = std::time::Duration::from_secs(crate::signer::NOW);
    let token = Token::parse(token).unwrap();
    TokenRules::new(PROJECT).validate(&token, set, now).map(drop)
}

#[test]
fn of_several_keys_of_one_kid_the_one_that_fits_verifies() {
    let (signer, other, third) = (Signer::new(), Signer::new(), Signer::new());
    let token = signer.token(&with(json!({})));
    let mut bare = signer.bare_jwk();
    bare["kid"] = KID.into();
    let mut of_another_type = rsa(&number(256, 0x80, 1), "AQAB");
    of_another_type["kid"] = KID.into();
    let mut for_encryption = other.jwk();
    for_encryption["use"] = "enc".into();
    for keys in [
        vec![signer.jwk(), of_another_type.clone()],
        vec![of_another_type.clone(), signer.jwk()],
        // One key, with `alg` and without.
        vec![bare.clone(), signer.jwk()],
        // The same twice.
        vec![signer.jwk(), signer.jwk()],
        vec![signer.jwk(), for_encryption],
        // Of one type and algorithm: the signature tells them apart.
        vec![signer.jwk(), other.jwk()],
        vec![other.jwk(), third.jwk(), signer.jwk(), of_another_type.clone()],
    ] {
        let set = key_set(&keys);
        assert!(set.contains(KID) && set.unusable().is_none());
        assert_eq!(judge(&token, &set), Ok(()), "{keys:?}");
        assert!(set.with_kid("SK").is_empty() && set.with_kid("SK10").is_empty());
    }
    // Wherever in their order it stands.
    let many: Vec<_> = (0..10).map(|_| Signer::new()).collect();
    let set = key_set(&many.iter().map(Signer::jwk).collect::<Vec<_>>());
    for one in &many {
        assert_eq!(judge(&one.token(&with(json!({}))), &set), Ok(()));
    }
    let set = key_set(&[signer.jwk(), of_another_type.clone(), signer.jwk()]);
    assert_eq!(set.with_kid(KID).len(), 2);
    assert_eq!(judge(&token, &key_set(&[other.jwk(), third.jwk()])), Err(TokenError::BadSignature));
    let mixed = key_set(&[of_another_type.clone(), other.jwk()]);
    assert_eq!(judge(&token, &mixed), Err(TokenError::BadSignature));
    let error = judge(&token, &key_set(&[of_another_type])).unwrap_err();
    assert!(matches!(error, TokenError::AlgorithmMismatch { .. }), "{error}");
}

#[test]
fn one_rsa_key_may_be_there_for_each_of_its_algorithms() {
    let emulator = descope_emulator::Emulator::builder().time(crate::signer::NOW).in_process();
    let project = emulator.project_id();
    let token = emulator.token().mint();
    let jwk = emulator.key_set()["keys"][0].clone();
    let only = |alg: &str| {
        let mut jwk = jwk.clone();
        jwk["alg"] = alg.into();
        jwk
    };
    let set = key_set(&[only("RS512"), only("RS256"), only("PS256")]);
    assert_eq!(set.len(), 3);
    let now = std::time::Duration::from_secs(crate::signer::NOW);
    let token = Token::parse(&token).unwrap();
    assert!(TokenRules::new(project).validate(&token, &set, now).is_ok());
    let set = key_set(&[only("RS512"), only("PS256")]);
    let error = TokenRules::new(project).validate(&token, &set, now).unwrap_err();
    assert!(matches!(error, TokenError::AlgorithmMismatch { .. }), "{error}");
}

#[test]
fn a_set_without_a_usable_key_says_which_and_why() {
    let broken = json!({"kty": "RSA", "kid": "a", "n": "AQ==", "e": "AQAB"});
    let why = |keys: &[Value]| key_set(keys).unusable();
    assert_eq!(why(&[]).unwrap(), "no key at all");
    let one =
        r#"no usable key: key "a": unusable JWK: a member of the key itself is not base64url"#;
    assert_eq!(why(std::slice::from_ref(&broken)).unwrap(), one);
    let three = [broken.clone(), json!(null), json!({"kty": "oct", "kid": "b"})];
    assert_eq!(why(&three).unwrap(), format!("{one} (and 2 more)"));
    assert_eq!(why(&[broken, Signer::new().jwk()]), None);
}

#[test]
fn equality_tells_whether_a_fetch_changed_anything() {
    let (a, b) = (Signer::new(), Signer::new());
    let mut second = b.jwk();
    second["kid"] = "SK2".into();
    let both = key_set(&[a.jwk(), second.clone()]);
    assert_eq!(both, key_set(&[second.clone(), a.jwk()]));
    // Those of one `kid` too.
    let of_one_kid = [a.jwk(), b.jwk(), a.bare_jwk()];
    let turned: Vec<_> = of_one_kid.iter().rev().cloned().collect();
    assert_eq!(key_set(&of_one_kid), key_set(&turned));
    assert_ne!(both, key_set(&[a.jwk()]));
    assert_ne!(key_set(&[a.jwk()]), key_set(&[b.jwk()]));
}

#[test]
fn a_single_jwk_is_a_set_of_one() {
    let signer = Signer::new();
    let set = SigningKeys::parse(signer.jwk().to_string().as_bytes()).unwrap();
    assert_eq!(set, signer.key_set());
    let without_kid = SigningKeys::parse(signer.bare_jwk().to_string().as_bytes()).unwrap();
    assert!(without_kid.is_empty());
    assert_eq!(without_kid.skipped().len(), 1);
    assert!(SigningKeys::parse(b"{\"keys\":[]}").unwrap().is_empty());
}

#[test]
fn what_is_no_key_set_is_an_error() {
    for text in [
        "",
        "[]",
        "null",
        "{}",
        "<html>",
        r#"{"keys":{}}"#,
        r#"{"keys":null}"#,
        r#"{"keys":[]"#,
        r#"{"keys":[],"keys":[]}"#,
    ] {
        assert!(SigningKeys::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(SigningKeys::parse(b"{\"keys\":[],\"x\":\"\xff\"}").is_err());
    let twice = br#"{"keys":[{"kty":"RSA","kid":"a","kid":"b"}]}"#;
    assert_eq!(SigningKeys::parse(twice).unwrap().skipped().len(), 1);
}
