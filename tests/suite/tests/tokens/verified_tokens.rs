//! The cache of verified tokens: it saves the signature, and no other check.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use descope_core::jwt::{
    Audience, Claims, SigningKeys, Token, TokenError, TokenRules, VerifiedTokens,
};
use serde_json::json;

use crate::signer::{NOW, PROJECT, Signer, key_set, with};
use descope_suite::random::Random;

fn rules() -> TokenRules {
    TokenRules::new(PROJECT)
}

fn validate(
    verified: &VerifiedTokens,
    rules: &TokenRules,
    token: &str,
    (keys, generation): (&SigningKeys, u64),
    now: u64,
) -> Result<Claims, TokenError> {
    let token = Token::parse(token).unwrap();
    verified.validate(rules, &token, keys, generation, Duration::from_secs(now))
}

/// Whether the token is remembered: then it passes with no key at hand, as it must not otherwise.
fn is_remembered(verified: &VerifiedTokens, token: &str, generation: u64) -> bool {
    validate(verified, &rules(), token, (&key_set(&[]), generation), NOW).is_ok()
}

#[test]
fn a_token_is_remembered_for_its_generation_of_keys() {
    let signer = Signer::new();
    let (keys, token) = (signer.key_set(), signer.token(&with(json!({}))));
    let verified = VerifiedTokens::new(100);
    assert!(verified.is_empty() && !is_remembered(&verified, &token, 0));
    let claims = validate(&verified, &rules(), &token, (&keys, 0), NOW).unwrap();
    assert_eq!(claims.key_id(), Some("K2access"));
    assert!(is_remembered(&verified, &token, 0));
    assert_eq!(verified.len(), 1);

    assert!(!is_remembered(&verified, &token, 1));
    assert!(validate(&verified, &rules(), &token, (&keys, 1), NOW).is_ok());
    assert!(is_remembered(&verified, &token, 1) && !is_remembered(&verified, &token, 0));
    assert_eq!(verified.len(), 1);
    // A thread that still has the older keys does not bring its generation back.
    assert!(validate(&verified, &rules(), &token, (&keys, 0), NOW).is_ok());
    assert!(is_remembered(&verified, &token, 1) && !is_remembered(&verified, &token, 0));
}

#[test]
fn a_key_that_was_withdrawn_takes_its_tokens_along() {
    let (old, new) = (Signer::new(), Signer::new());
    let token = old.token(&with(json!({})));
    let verified = VerifiedTokens::new(100);
    assert!(validate(&verified, &rules(), &token, (&old.key_set(), 0), NOW).is_ok());
    let error = validate(&verified, &rules(), &token, (&new.key_set(), 1), NOW).unwrap_err();
    assert_eq!(error, TokenError::BadSignature);
}

#[test]
fn every_other_check_is_made_at_every_use() {
    let signer = Signer::new();
    let keys = (&signer.key_set(), 0);
    let token = signer.token(&with(json!({"nbf": NOW, "aud": ["a", PROJECT]})));
    let verified = VerifiedTokens::new(100);
    assert!(validate(&verified, &rules(), &token, keys, NOW).is_ok());
    // exp is NOW + 600 and iat NOW - 10; the leeway is 5 s.
    assert!(validate(&verified, &rules(), &token, keys, NOW + 604).is_ok());
    let late = validate(&verified, &rules(), &token, keys, NOW + 605).unwrap_err();
    assert!(late.is_expired());
    assert!(validate(&verified, &rules(), &token, keys, NOW - 5).is_ok());
    let early = validate(&verified, &rules(), &token, keys, NOW - 6).unwrap_err();
    assert!(matches!(early, TokenError::NotYetValid { claim: "nbf", .. }));
    let strict = rules().leeway(Duration::ZERO);
    assert!(validate(&verified, &strict, &token, keys, NOW + 600).unwrap_err().is_expired());
    let audience = rules().audience(Audience::any_of(["b"]));
    let error = validate(&verified, &audience, &token, keys, NOW).unwrap_err();
    assert!(matches!(error, TokenError::WrongAudience { .. }));
    let other = TokenRules::new("P2other").audience(Audience::Unchecked);
    let error = validate(&verified, &other, &token, keys, NOW).unwrap_err();
    assert!(matches!(error, TokenError::WrongIssuer { .. }));
    assert!(is_remembered(&verified, &token, 0));
}

#[test]
fn what_is_refused_is_not_remembered() {
    let signer = Signer::new();
    let keys = (&signer.key_set(), 0);
    let verified = VerifiedTokens::new(100);
    let good = signer.token(&with(json!({})));
    let (signed, _) = good.rsplit_once('.').unwrap();
    for token in [
        Signer::new().token(&with(json!({}))),
        format!("{signed}."),
        signer.token(&with(json!({"exp": NOW - 5}))),
        signer.token(&with(json!({"iss": "P2other"}))),
        signer.token(&with(json!({"cnf": {"jkt": "x"}}))),
    ] {
        assert!(validate(&verified, &rules(), &token, keys, NOW).is_err());
        assert!(verified.is_empty());
    }
    // A good token does not vouch for one with the same claims and another signature.
    assert!(validate(&verified, &rules(), &good, keys, NOW).is_ok());
    let forged = format!("{signed}.{}", "A".repeat(86));
    let error = validate(&verified, &rules(), &forged, keys, NOW).unwrap_err();
    assert_eq!(error, TokenError::BadSignature);
}

#[test]
fn entries_and_bytes_are_bounded_and_the_newest_stay() {
    let signer = Signer::new();
    let keys = (&signer.key_set(), 0);
    let token = |number: usize, filler: usize| {
        signer.token(&with(json!({"n": number, "filler": "x".repeat(filler)})))
    };
    let verified = VerifiedTokens::new(32);
    for number in 0..500 {
        let token = token(number, 0);
        assert!(validate(&verified, &rules(), &token, keys, NOW).is_ok());
        assert!(is_remembered(&verified, &token, 0), "the newest is there");
    }
    assert_eq!(verified.len(), 32);

    let small = VerifiedTokens::new(1_000).max_bytes(16 * 10_000);
    for number in 0..200 {
        assert!(validate(&small, &rules(), &token(number, 3_000), keys, NOW).is_ok());
    }
    // Of each 10,000 bytes there is room for two entries of 3,000 and something, not for three.
    assert!((20..=48).contains(&small.len()), "{small:?}");
    let large = token(0, 30_000);
    assert!(validate(&small, &rules(), &large, keys, NOW).is_ok());
    assert!(!is_remembered(&small, &large, 0));

    let none = VerifiedTokens::new(0);
    assert!(validate(&none, &rules(), &large, keys, NOW).is_ok());
    assert!(none.is_empty());
}

/// Threads use tokens while the keys change again and again, each now and then with keys that are
/// no longer the newest, at times before and after the tokens' end, in a cache too small for them.
/// What each use must say follows from its inputs alone.
#[test]
fn under_stress_every_use_says_what_it_would_without_the_cache() {
    const THREADS: u64 = 8;
    const USES: usize = 2_500;
    const TOKENS: usize = 96;
    // Generations alternate between two keys: the tokens of one are forged for the next.
    let signers = [Signer::new(), Signer::new()];
    let keys = signers.each_ref().map(Signer::key_set);
    let tokens: Vec<_> = (0..TOKENS)
        .map(|number| {
            let (signer, exp) = (number % 2, NOW + 10 * (number as u64 % 7));
            let claims = with(json!({"sub": number.to_string(), "exp": exp}));
            (signers[signer].token(&claims), number.to_string(), signer, exp)
        })
        .collect();
    let verified = VerifiedTokens::new(64);
    let (uses, accepted) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for seed in 1..=THREADS {
            let (keys, tokens, verified) = (&keys, &tokens, &verified);
            let (uses, accepted) = (&uses, &accepted);
            scope.spawn(move || {
                let mut random = Random::new(seed);
                for _ in 0..USES {
                    let newest = 1 + uses.fetch_add(1, Ordering::Relaxed) / 200;
                    let generation = newest - usize::from(random.below(4) == 0);
                    let now = NOW + random.below(80);
                    let (token, subject, signer, exp) =
                        &tokens[random.below(TOKENS as u64) as usize];
                    let set = (&keys[generation % 2], generation as u64);
                    match validate(verified, &rules(), token, set, now) {
                        Ok(claims) => {
                            assert_eq!(*signer, generation % 2, "by keys of another generation");
                            assert!(now < exp + 5, "expired");
                            assert_eq!(claims.subject(), Some(&**subject), "another's claims");
                            accepted.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(TokenError::BadSignature) => assert_ne!(*signer, generation % 2),
                        Err(TokenError::Expired { .. }) => {
                            assert_eq!(*signer, generation % 2);
                            assert!(now >= exp + 5, "not expired");
                        }
                        Err(other) => panic!("{other}"),
                    }
                    assert!(verified.len() <= 64);
                }
            });
        }
    });
    assert!(accepted.into_inner() > USES);
}

#[test]
fn threads_that_verify_the_same_token_at_once_leave_one_entry() {
    let signer = Signer::new();
    let keys = (&signer.key_set(), 0);
    let token = |number: usize| signer.token(&with(json!({ "n": number })));
    // Two entries in each part of the cache, and bytes for little more.
    let verified = VerifiedTokens::new(32).max_bytes(16 * 2_600);
    for number in 0..100 {
        let (token, start) = (token(number), Barrier::new(8));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    assert!(validate(&verified, &rules(), &token, keys, NOW).is_ok());
                });
            }
        });
    }
    // Had an entry been counted twice, its bytes would be missing now.
    for number in 1_000..1_500 {
        assert!(validate(&verified, &rules(), &token(number), keys, NOW).is_ok());
    }
    assert_eq!(verified.len(), 32);
}
