//! Bound tokens and their proofs (RFC 9449): one proof that passes, and every way not to.

use std::time::Duration;

use descope_core::jwt::{
    Claims, DpopRequest, Jwk, ProofError, ReplayStore, Token, TokenError, TokenRules,
};
use serde_json::{Value, json};

use crate::signer::{NOW, PROJECT, Signer, base64url, with, with_text};

const URL: &str = "https://api.example.com/v1/deploy";

/// A service, a client with a key of its own, and a token bound to it.
struct Bound {
    service: Signer,
    client: Signer,
    token: String,
    seen: ReplayStore,
}

impl Bound {
    fn new() -> Self {
        let (service, client) = (Signer::new(), Signer::new());
        let jkt = thumbprint(&client.bare_jwk());
        let token = service.token(&with(json!({"cnf": {"jkt": jkt}})));
        Self { service, client, token, seen: ReplayStore::new(100) }
    }

    fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.client.bare_jwk()})
    }

    fn claims(&self) -> Value {
        let ath = ring::digest::digest(&ring::digest::SHA256, self.token.as_bytes());
        json!({"jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": URL, "iat": NOW,
               "ath": base64url(ath)})
    }

    fn proof(&self) -> String {
        self.client.sign(&self.header().to_string(), &self.claims().to_string())
    }

    /// A proof with one member of its claims changed, or left out.
    fn proof_with(&self, claim: &str, value: Option<Value>) -> String {
        self.client.sign(&self.header().to_string(), &changed(self.claims(), claim, value))
    }

    fn check(&self, proof: &str) -> Result<Claims, TokenError> {
        self.check_at(proof, Duration::from_secs(NOW))
    }

    fn check_at(&self, proof: &str, now: Duration) -> Result<Claims, TokenError> {
        self.check_request(&DpopRequest::new("POST", URL, proof), now)
    }

    fn check_request(
        &self,
        request: &DpopRequest<'_>,
        now: Duration,
    ) -> Result<Claims, TokenError> {
        let token = Token::parse(&self.token).unwrap();
        let keys = self.service.key_set();
        TokenRules::new(PROJECT).validate_bound(&token, &keys, request, &self.seen, now)
    }

    #[track_caller]
    fn refusal(&self, proof: &str) -> ProofError {
        match self.check(proof) {
            Err(TokenError::Proof(error)) => error,
            other => panic!("{other:?}"),
        }
    }
}

fn thumbprint(jwk: &Value) -> String {
    Jwk::parse(&jwk.to_string()).unwrap().thumbprint()
}

fn changed(mut object: Value, name: &str, value: Option<Value>) -> String {
    let members = object.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.into(), value),
        None => members.remove(name),
    };
    object.to_string()
}

#[test]
fn thumbprints_are_those_of_the_rfcs() {
    // RFC 7638 section 3.1, RFC 9449 section 6.1, RFC 8037 appendix A.3.
    let rsa = json!({"kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n":
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE\
         CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q\
         vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6\
         WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"});
    assert_eq!(thumbprint(&rsa), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let ec = json!({"kty": "EC", "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"});
    assert_eq!(thumbprint(&ec), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    let okp = json!({"kty": "OKP", "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    assert_eq!(thumbprint(&okp), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn a_bound_token_is_valid_with_its_proof_and_only_with_it() {
    let bound = Bound::new();
    let claims = bound.check(&bound.proof()).unwrap();
    assert_eq!(claims.key_id(), Some("K2access"));
    let error = bound.service.validate(&bound.token, &TokenRules::new(PROJECT)).unwrap_err();
    assert_eq!(error, TokenError::ProofRequired);
}

#[test]
fn a_proof_for_a_token_that_is_not_bound_proves_nothing() {
    let mut bound = Bound::new();
    bound.token = bound.service.token(&with(json!({})));
    assert_eq!(bound.check(&bound.proof()).unwrap_err(), TokenError::NotBound);
    bound.token = bound.service.token(&with(json!({"cnf": {"x5t#S256": "x"}})));
    assert_eq!(bound.check(&bound.proof()).unwrap_err(), TokenError::NotBound);
    for cnf in [json!({"jkt": null}), json!({"jkt": ["x"]})] {
        bound.token = bound.service.token(&with(json!({ "cnf": cnf })));
        let error = bound.check(&bound.proof()).unwrap_err();
        assert!(matches!(error, TokenError::WrongType { claim: "cnf.jkt", .. }), "{error}");
    }
}

#[test]
fn the_token_itself_is_validated_too() {
    let mut bound = Bound::new();
    let jkt = thumbprint(&bound.client.bare_jwk());
    bound.token = bound.service.token(&with(json!({"cnf": {"jkt": jkt}, "exp": NOW - 100})));
    assert!(bound.check(&bound.proof()).unwrap_err().is_expired());
    bound.token = Signer::new().token(&with(json!({"cnf": {"jkt": jkt}})));
    assert_eq!(bound.check(&bound.proof()).unwrap_err(), TokenError::BadSignature);
    // Of two thumbprints none is chosen by luck: the last counts, as for a parser.
    bound.token =
        bound.service.token(&with_text(&format!(r#""cnf":{{"jkt":"{jkt}","jkt":"other"}}"#)));
    assert_eq!(bound.refusal(&bound.proof()), ProofError::WrongKey);
}

#[test]
fn what_is_no_proof_is_refused() {
    let bound = Bound::new();
    let (header, claims) = (bound.header(), bound.claims().to_string());
    for proof in [
        String::new(),
        "x".into(),
        format!("{}, {}", bound.proof(), bound.proof()),
        format!("{} ", bound.proof()),
        bound.client.sign(&header.to_string(), "[]"),
        bound.client.sign(&header.to_string(), &claims.replacen('{', r#"{"jti":"a","#, 1)),
        bound.client.sign(&changed(header.clone(), "alg", Some(json!("none"))), &claims),
        bound.client.sign(&changed(header.clone(), "alg", Some(json!("HS256"))), &claims),
        bound.client.sign(&changed(header.clone(), "alg", Some(json!("ES384"))), &claims),
        bound.client.sign(&changed(header.clone(), "crit", Some(json!(["x"]))), &claims),
        bound.client.sign_segments(&base64url(header.to_string()), &base64url(b"{\"a\":\"\xff\"}")),
    ] {
        let refusal = bound.refusal(&proof);
        assert!(matches!(refusal, ProofError::Malformed(_)), "{proof}: {refusal}");
    }
    for typ in [None, Some(json!("JWT")), Some(json!("DPoP+JWT")), Some(json!(["dpop+jwt"]))] {
        let proof = bound.client.sign(&changed(header.clone(), "typ", typ), &claims);
        assert_eq!(bound.refusal(&proof), ProofError::WrongType);
    }
}

#[test]
fn the_key_is_in_the_header_public_and_the_one_of_the_token() {
    let bound = Bound::new();
    let claims = bound.claims().to_string();
    let sign =
        |jwk: Option<Value>| bound.client.sign(&changed(bound.header(), "jwk", jwk), &claims);
    let with_member = |name: &str, value: Value| {
        let jwk = changed(bound.client.bare_jwk(), name, Some(value));
        Some(serde_json::from_str(&jwk).unwrap())
    };
    for jwk in [
        None,
        Some(json!(null)),
        Some(json!(bound.client.bare_jwk().to_string())),
        Some(json!({"kty": "oct", "k": "AAAA"})),
        with_member("d", json!("AAAA")),
        with_member("p", json!(null)),
        with_member("k", json!("")),
        with_member("use", json!("enc")),
        with_member("x", json!("AAAA")),
    ] {
        let refusal = bound.refusal(&sign(jwk.clone()));
        assert!(matches!(refusal, ProofError::UnusableKey(_)), "{jwk:?}: {refusal}");
    }
    // A thief's proof, with the thief's key or with the client's.
    let thief = Signer::new();
    let header = changed(bound.header(), "jwk", Some(thief.bare_jwk()));
    assert_eq!(bound.refusal(&thief.sign(&header, &claims)), ProofError::WrongKey);
    let forged = thief.sign(&bound.header().to_string(), &claims);
    assert_eq!(bound.refusal(&forged), ProofError::BadSignature);
}

#[test]
fn every_claim_is_required_and_of_its_type() {
    let bound = Bound::new();
    for claim in ["jti", "htm", "htu", "ath", "iat"] {
        let wrong = match claim {
            "iat" => json!(NOW.to_string()),
            _ => json!(""),
        };
        for value in [None, Some(json!(null)), Some(json!(["x"])), Some(wrong)] {
            let refusal = bound.refusal(&bound.proof_with(claim, value));
            assert!(matches!(refusal, ProofError::UnusableClaim { claim: c, .. } if c == claim));
        }
    }
}

#[test]
fn method_url_and_token_are_those_of_the_request() {
    let bound = Bound::new();
    for htm in ["GET", "post", "POST "] {
        let refusal = bound.refusal(&bound.proof_with("htm", Some(json!(htm))));
        assert!(matches!(refusal, ProofError::WrongMethod { .. }), "{refusal}");
    }
    for htu in [
        "https://api.example.com/v1/deploy/",
        "https://api.example.com/v1",
        "http://api.example.com/v1/deploy",
        "https://api.example.com:8443/v1/deploy",
        "https://evil.example/v1/deploy",
        "https://api.example.com@evil.example/v1/deploy",
        "/v1/deploy",
        "x",
    ] {
        let refusal = bound.refusal(&bound.proof_with("htu", Some(json!(htu))));
        assert!(matches!(refusal, ProofError::WrongUrl { .. }), "{htu}: {refusal}");
    }
    let other = base64url(ring::digest::digest(&ring::digest::SHA256, b"another token"));
    assert_eq!(bound.refusal(&bound.proof_with("ath", Some(json!(other)))), ProofError::WrongToken);
    // Equivalent URLs, and a query on either side, are the same.
    for (number, url) in [
        "https://api.example.com/v1/deploy?now=1#top",
        "HTTPS://API.example.com:443/v1/../v1/%64eploy",
    ]
    .into_iter()
    .enumerate()
    {
        let jti = format!("one-{number}");
        let now = Duration::from_secs(NOW);
        let proof = bound.proof_with("jti", Some(json!(jti)));
        assert!(bound.check_request(&DpopRequest::new("POST", url, &proof), now).is_ok(), "{url}");
        let mut claims = bound.claims();
        claims["htu"] = url.into();
        let proof = changed(claims, "jti", Some(json!(format!("other-{number}"))));
        let proof = bound.client.sign(&bound.header().to_string(), &proof);
        assert!(bound.check(&proof).is_ok(), "{url}");
    }
    // Where neither is a URL, they are not the same URL.
    let proof = bound.proof_with("htu", Some(json!("x")));
    let request = DpopRequest::new("POST", "x", &proof);
    assert!(bound.check_request(&request, Duration::from_secs(NOW)).is_err());
}

#[test]
fn a_proof_is_accepted_for_its_window_and_from_the_leeway_before() {
    let tick = Duration::from_nanos(1);
    let now = Duration::from_secs(NOW);
    let (from, to) = (now - Duration::from_secs(5), now + Duration::from_secs(60));
    for (at, fresh) in [(from, true), (from - tick, false), (to - tick, true), (to, false)] {
        let bound = Bound::new();
        match bound.check_at(&bound.proof(), at) {
            Ok(_) => assert!(fresh, "{at:?}"),
            Err(TokenError::Proof(ProofError::NotFresh { .. })) => assert!(!fresh, "{at:?}"),
            Err(other) => panic!("{other}"),
        }
    }
    let mut bound = Bound::new();
    bound.seen = ReplayStore::new(1).window(Duration::from_secs(10));
    let error = bound.check_at(&bound.proof(), now + Duration::from_secs(10)).unwrap_err();
    assert_eq!(error.to_string(), "invalid DPoP proof: it was made at 1800000000, now 1800000010");
}

#[test]
fn a_proof_is_accepted_once() {
    let bound = Bound::new();
    let proof = bound.proof();
    assert!(bound.check(&proof).is_ok());
    assert_eq!(bound.refusal(&proof), ProofError::Replayed);
    // The id is what is used up, in whatever proof of the same key.
    let same_id = bound.proof_with("iat", Some(json!(NOW + 1)));
    assert_eq!(bound.refusal(&same_id), ProofError::Replayed);
    assert!(bound.check(&bound.proof_with("jti", Some(json!("another")))).is_ok());
    let last = Duration::from_secs(NOW + 60) - Duration::from_nanos(1);
    let error = bound.check_at(&proof, last).unwrap_err();
    assert_eq!(error, TokenError::Proof(ProofError::Replayed));

    // Another key may have chosen the same id.
    let mut other = Bound::new();
    other.seen = bound.seen;
    assert!(other.check(&other.proof()).is_ok());
}

#[test]
fn a_refused_proof_uses_up_nothing() {
    let bound = Bound::new();
    let thief = Signer::new();
    let forged = thief.sign(&bound.header().to_string(), &bound.claims().to_string());
    assert_eq!(bound.refusal(&forged), ProofError::BadSignature);
    let wrong_method = bound.proof_with("htm", Some(json!("GET")));
    assert!(bound.check(&wrong_method).is_err());
    assert!(bound.check(&bound.proof()).is_ok());
}

#[test]
fn a_full_store_refuses_until_the_oldest_cannot_be_replayed() {
    let mut bound = Bound::new();
    bound.seen = ReplayStore::new(2);
    let proof = |jti: &str, iat: u64| {
        let claims = changed(bound.claims(), "jti", Some(json!(jti)));
        let claims = changed(serde_json::from_str(&claims).unwrap(), "iat", Some(json!(iat)));
        bound.client.sign(&bound.header().to_string(), &claims)
    };
    // The first is dated ahead by the leeway, so it can be replayed for 65 s.
    let first = proof("1", NOW + 5);
    assert!(bound.check(&first).is_ok() && bound.check(&proof("2", NOW)).is_ok());
    assert_eq!(bound.refusal(&proof("3", NOW)), ProofError::ReplayStoreFull);
    let later = |seconds| Duration::from_secs(NOW + seconds);
    let full = TokenError::Proof(ProofError::ReplayStoreFull);
    assert_eq!(bound.check_at(&proof("3", NOW + 64), later(64)).unwrap_err(), full);
    let replayed = TokenError::Proof(ProofError::Replayed);
    assert_eq!(bound.check_at(&first, later(64)).unwrap_err(), replayed);
    assert!(bound.check_at(&proof("3", NOW + 65), later(65)).is_ok());
    assert!(bound.check_at(&first, later(65)).is_err());
    bound.seen = ReplayStore::new(0);
    assert_eq!(bound.refusal(&bound.proof()), ProofError::ReplayStoreFull);
}

#[test]
fn a_clock_that_jumps_ahead_and_back_opens_no_replay() {
    let bound = Bound::new();
    let proof = bound.proof();
    assert!(bound.check(&proof).is_ok());
    let ahead = Duration::from_secs(NOW + 500);
    let far = bound.proof_with("iat", Some(json!(NOW + 500)));
    assert!(bound.check_at(&far, ahead).is_err(), "the token has not expired, the id is used");
    assert_eq!(bound.refusal(&proof), ProofError::Replayed);
}

#[test]
fn of_threads_that_present_the_same_proof_one_is_let_in() {
    let bound = Bound::new();
    let proof = bound.proof();
    let let_in: usize = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| usize::from(bound.check(&proof).is_ok()))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(let_in, 1);
}

#[test]
fn debug_shows_neither_proof_nor_url() {
    let bound = Bound::new();
    let proof = bound.proof();
    let request = DpopRequest::new("POST", "https://host/?secret", &proof);
    assert_eq!(format!("{request:?}"), r#"DpopRequest { method: "POST", .. }"#);
    bound.check(&proof).unwrap();
    assert_eq!(format!("{:?}", bound.seen), "ReplayStore { capacity: 100, window: 60s, seen: 1 }");
}
