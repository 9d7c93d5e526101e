//! `exp`, `nbf`, `iat` and the leeway.

use std::time::Duration;

use descope_core::jwt::{Token, TokenError, TokenRules};
use serde_json::{Value, json};

use crate::signer::{NOW, PROJECT, Signer, with, with_text};

const NANOSECOND: Duration = Duration::from_nanos(1);

struct At {
    signer: Signer,
    leeway: Duration,
}

impl At {
    fn leeway(seconds: u64) -> Self {
        Self { signer: Signer::new(), leeway: Duration::from_secs(seconds) }
    }

    fn check(&self, claims: &str, now: Duration) -> Result<(), TokenError> {
        let token = self.signer.token(claims);
        let token = Token::parse(&token).unwrap();
        let validation = TokenRules::new(PROJECT).leeway(self.leeway);
        validation.validate(&token, &self.signer.key_set(), now).map(drop)
    }
}

/// Claims whose only time is `exp`, in the distant future, and this one.
fn only(claim: &str, value: &str) -> String {
    let exp = if claim == "exp" { String::new() } else { format!(r#","exp":{}"#, NOW * 2) };
    format!(r#"{{"iss":"{PROJECT}","{claim}":{value}{exp}}}"#)
}

#[test]
fn a_token_is_expired_from_exp_plus_leeway_on() {
    for leeway in [0, 5, 90] {
        let at = At::leeway(leeway);
        let edge = Duration::from_secs(NOW + leeway);
        let claims = only("exp", &NOW.to_string());
        assert_eq!(at.check(&claims, edge - NANOSECOND), Ok(()));
        assert!(at.check(&claims, edge).unwrap_err().is_expired());
        assert!(at.check(&claims, Duration::MAX).unwrap_err().is_expired());
        assert_eq!(at.check(&claims, Duration::ZERO), Ok(()));
    }
}

#[test]
fn a_token_is_too_early_before_nbf_or_iat_minus_leeway() {
    for claim in ["nbf", "iat"] {
        for leeway in [0, 5, 90] {
            let at = At::leeway(leeway);
            let edge = Duration::from_secs(NOW - leeway);
            let claims = only(claim, &NOW.to_string());
            assert_eq!(at.check(&claims, edge), Ok(()));
            let error = at.check(&claims, edge - NANOSECOND).unwrap_err();
            assert!(matches!(error, TokenError::NotYetValid { claim: c, .. } if c == claim));
        }
    }
}

#[test]
fn the_default_leeway_is_five_seconds() {
    let signer = Signer::new();
    let claims = |exp| with(json!({ "exp": exp }));
    assert!(signer.claims(&claims(NOW - 4)).is_ok());
    assert!(signer.claims(&claims(NOW - 5)).unwrap_err().is_expired());
}

#[test]
fn fractions_count() {
    let at = At::leeway(0);
    let now = Duration::new(NOW, 500_000_000);
    for (exp, valid) in [
        (format!("{NOW}.5"), false),
        (format!("{NOW}.500000001"), true),
        (format!("{NOW}.499999999"), false),
        (format!("{NOW}.51e0"), true),
        (format!("{}E-1", NOW * 10 + 5), false),
        (format!("{}e-1", NOW * 10 + 6), true),
    ] {
        assert_eq!(at.check(&only("exp", &exp), now).is_ok(), valid, "{exp}");
    }
    for (nbf, valid) in [(format!("{NOW}.5"), true), (format!("{NOW}.500000001"), false)] {
        assert_eq!(at.check(&only("nbf", &nbf), now).is_ok(), valid, "{nbf}");
    }
}

#[test]
fn large_and_negative_times_neither_overflow_nor_wrap() {
    let at = At { signer: Signer::new(), leeway: Duration::MAX };
    let none = At::leeway(0);
    let now = Duration::from_secs(NOW);
    let digits = "9".repeat(400);
    for large in [
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "170141183460469231731687303715884105728",
        &digits,
        "1e300",
        "1e999",
        "1.5e+9999",
    ] {
        for at in [&at, &none] {
            assert_eq!(at.check(&only("exp", large), now), Ok(()), "{large}");
            assert_eq!(at.check(&only("exp", large), Duration::ZERO), Ok(()), "{large}");
        }
        assert!(none.check(&only("nbf", large), now).is_err(), "{large}");
        let negative = format!("-{large}");
        assert!(none.check(&only("exp", &negative), now).unwrap_err().is_expired(), "{large}");
        assert_eq!(none.check(&only("iat", &negative), now), Ok(()), "{large}");
    }
    for exp in ["-1", "-0", "0", "-0.5", "1e-999"] {
        assert!(none.check(&only("exp", exp), now).unwrap_err().is_expired(), "{exp}");
    }
}

#[test]
fn exp_is_required_and_times_are_numbers() {
    let signer = Signer::new();
    let error = signer.claims(&format!(r#"{{"iss":"{PROJECT}"}}"#)).unwrap_err();
    assert_eq!(error.to_string(), "the token has no `exp`");
    for claim in ["exp", "nbf", "iat"] {
        for value in [json!(null), json!("1800000600"), json!(true), json!([1]), json!({})] {
            let error = signer.claims(&with(json!({ claim: value }))).unwrap_err();
            assert_eq!(error.to_string(), format!("the token's `{claim}` is not a number"));
        }
    }
}

#[test]
fn messages_give_the_figures() {
    let signer = Signer::new();
    let error = signer.claims(&with(json!({"exp": 1_799_999_990}))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the token expired at Fri, 15 Jan 2027 07:59:50 GMT, 10 s ago by this machine's clock \
         (leeway 5 s)"
    );
    let error = signer.claims(&with_text(r#""nbf":1800000005.25"#)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the token is not valid yet: its `nbf` is Fri, 15 Jan 2027 08:00:05 GMT, 5 s ahead of this \
         machine's clock (leeway 5 s)"
    );
}

#[test]
fn times_are_read_in_unix_seconds_rounded_down() {
    let signer = Signer::new();
    let claims = signer.claims(&with_text(r#""nbf":-1.5"#)).unwrap();
    assert_eq!(claims.expires_at().unix_seconds(), 1_800_000_600);
    assert_eq!(claims.issued_at().unwrap().unix_seconds(), 1_799_999_990);
    assert_eq!(claims.not_before().unwrap().unix_seconds(), -2);
    assert_eq!(claims.get::<Value>("nbf"), Ok(Some(json!(-1.5))));
    let claims = signer.claims(&with_text(r#""nbf":-1e300"#)).unwrap();
    assert_eq!(claims.not_before().unwrap().unix_seconds(), i64::MIN);
    let far = with(json!({"exp": 1e300}));
    assert_eq!(signer.claims(&far).unwrap().expires_at().unix_seconds(), i64::MAX);
}
