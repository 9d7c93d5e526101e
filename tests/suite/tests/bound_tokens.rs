//! DPoP-bound tokens (RFC 9449) through a client: one proof is good for one request.

use std::sync::Barrier;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use descope_blocking::jwt::{DpopRequest, Jwk, ProofError, TokenError};
use descope_blocking::{Client, Error, ValidateToken};
use descope_emulator::{Emulator, Operation};
use descope_suite::service::{Service, both_ways};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

const URL: &str = "https://api.example.com/v1/deploy";

/// A caller with a key of its own, and a token that the service has bound to it.
struct Caller {
    key: Ed25519KeyPair,
    token: String,
    now: i64,
}

impl Caller {
    fn of(service: &Service) -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap();
        let thumbprint = Jwk::parse(&jwk(&key).to_string()).unwrap().thumbprint();
        let emulator = &service.emulator;
        let token = emulator.token().claim("cnf", json!({"jkt": thumbprint})).mint();
        Self { key, token, now: emulator.now() }
    }

    fn proof(&self, id: &str) -> String {
        let header = json!({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk(&self.key)});
        let ath = ring::digest::digest(&ring::digest::SHA256, self.token.as_bytes());
        let claims = json!({
            "jti": id, "htm": "POST", "htu": URL, "iat": self.now, "ath": base64url(ath.as_ref()),
        });
        let signed = [header, claims].map(|part| base64url(part.to_string().as_bytes())).join(".");
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", base64url(signature.as_ref()))
    }

    fn ask(&self, client: &Client, method: &str, proof: &str) -> Result<(), Error> {
        let request = DpopRequest::new(method, URL, proof);
        client.validate(ValidateToken::new(&self.token).dpop(&request)).map(drop)
    }
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn jwk(key: &Ed25519KeyPair) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_key().as_ref())})
}

fn reason(result: Result<(), Error>) -> TokenError {
    result.unwrap_err().token_error().unwrap().clone()
}

#[test]
fn a_bound_token_needs_its_proof_and_a_proof_a_bound_token() {
    both_ways(Emulator::builder, |service| {
        let (client, caller) = (&service.client, Caller::of(service));
        caller.ask(client, "POST", &caller.proof("1")).unwrap();
        let bare = reason(client.validate(&caller.token).map(drop));
        assert!(matches!(bare, TokenError::ProofRequired), "{bare}");

        let (token, proof) = (service.emulator.token().mint(), caller.proof("2"));
        let request = DpopRequest::new("POST", URL, &proof);
        let unbound = reason(client.validate(ValidateToken::new(&token).dpop(&request)).map(drop));
        assert!(matches!(unbound, TokenError::NotBound), "{unbound}");

        let other = reason(caller.ask(client, "PUT", &caller.proof("3")));
        assert!(matches!(other, TokenError::Proof(ProofError::WrongMethod { .. })), "{other}");
        let thief = Caller { token: caller.token.clone(), ..Caller::of(service) };
        let stolen = reason(thief.ask(client, "POST", &thief.proof("4")));
        assert!(matches!(stolen, TokenError::Proof(ProofError::WrongKey)), "{stolen}");
        assert_eq!(service.emulator.count(Operation::SigningKeys), 1);
    });
}

#[test]
fn a_token_that_is_remembered_needs_its_proof_all_the_same() {
    let service = Service::start();
    let client = service.client(|client| client.limits(|limits| limits.verified_tokens = 100));
    let caller = Caller::of(&service);
    for round in 0..3 {
        caller.ask(&client, "POST", &caller.proof(&round.to_string())).unwrap();
        let bare = reason(client.validate(&caller.token).map(drop));
        assert!(matches!(bare, TokenError::ProofRequired), "{bare}");
    }
}

#[test]
fn of_many_who_present_one_proof_at_once_one_passes() {
    let service = Service::start();
    let caller = Caller::of(&service);
    service.client.validate(&service.emulator.token().mint()).unwrap();
    for round in 0..20 {
        let (proof, barrier) = (caller.proof(&format!("round-{round}")), Barrier::new(16));
        let passed = thread::scope(|scope| {
            let present = || {
                // Clones of a client share what they have seen.
                let client = service.client.clone();
                barrier.wait();
                caller.ask(&client, "POST", &proof)
            };
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(present)).collect();
            let results = threads.into_iter().map(|thread| thread.join().unwrap());
            results.filter(Result::is_ok).count()
        });
        assert_eq!(passed, 1);
    }
}

#[test]
fn an_authenticator_knows_the_url_that_the_caller_used() {
    let service = Service::start();
    let caller = Caller::of(&service);
    let check = |base: &str, path: &str, id: &str| {
        let proof = caller.proof(id);
        let request = http::Request::post(path)
            .header("authorization", format!("dpop {}", caller.token))
            .header("dpop", proof);
        let (head, ()) = request.body(()).unwrap().into_parts();
        let authenticator = service.client.authenticator().public_url(base).unwrap();
        authenticator.check(&head).map(drop).map_err(|rejection| rejection.status().as_u16())
    };
    for (base, path) in [
        ("https://api.example.com", "/v1/deploy"),
        ("https://api.example.com/", "/v1/deploy?dry=1"),
        ("https://API.example.com:443/v1", "/deploy"),
        ("https://api.example.com", "http://inside:8080/v1/deploy"),
    ] {
        assert_eq!(check(base, path, &format!("{base}{path}")), Ok(()), "{base} {path}");
    }
    assert_eq!(check("https://api.example.com", "/deploy", "other"), Err(401));
    assert_eq!(check("http://api.example.com", "/v1/deploy", "plain"), Err(401));
    assert_eq!(check("https://api.example.com", "/v1/deploy", "again"), Ok(()));
    assert_eq!(check("https://api.example.com", "/v1/deploy", "again"), Err(401), "a replay");
}
