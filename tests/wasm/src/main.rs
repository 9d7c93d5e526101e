//! The core where there is no operating system: a call is driven to its end, and tokens are validated.
//! An assertion that fails ends the program in a trap, whose stack names the function.
#![forbid(unsafe_code)]

use std::time::Duration;

use descope_core::http::Response;
use descope_core::{CallOptions, Config, Context, LoadAccessKey, Now, Step};

/// As minted: see `build.rs`.
const NOW: Duration = Duration::from_secs(1_800_000_000);

fn main() {
    a_call_is_driven_to_its_end();
    #[cfg(feature = "jwt")]
    tokens::are_validated();
}

fn a_call_is_driven_to_its_end() {
    let config = Config::builder("P2wasm").management_key("K2management").build().unwrap();
    // The 32 bytes are the host's, `crypto.getRandomValues()`, and so are both clocks.
    let context = Context::new(config, [7; 32]);
    let at = |ms| Now::new(Duration::from_millis(ms), NOW);
    let answer = |status: u16, body: &str| {
        Ok(Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap())
    };
    let step = context.call(LoadAccessKey::new("K2a"), CallOptions::new(), at(0));
    let Step::Send(_, sent) = step else { panic!("a request comes first") };
    let Step::Sleep(_, asleep) = sent.reply(answer(503, ""), at(1)) else { panic!("then a pause") };
    let Step::Send(_, sent) = asleep.wake(at(2)) else { panic!("then the request again") };
    let body = r#"{"key": {"id": "K2a", "name": "ci"}}"#;
    let Step::Done(Ok(key)) = sent.reply(answer(200, body), at(3)) else { panic!("then the key") };
    assert_eq!(key.name(), "ci");
}

#[cfg(feature = "jwt")]
mod tokens {
    use descope_core::jwt::{Claims, SigningKeys, Token, TokenError, TokenRules};

    /// No signature is verified with it.
    fn none(_: &mut [u8]) -> Result<(), getrandom::Error> {
        Err(getrandom::Error::UNSUPPORTED)
    }
    getrandom::register_custom_getrandom!(none);

    pub(crate) fn are_validated() {
        let claims = validate(include_str!(concat!(env!("OUT_DIR"), "/token"))).unwrap();
        assert!(claims.tenant("acme").has_role("deployer"));
        let forged = validate(include_str!(concat!(env!("OUT_DIR"), "/forged")));
        assert!(matches!(forged, Err(TokenError::BadSignature)));
    }

    fn validate(token: &str) -> Result<Claims, TokenError> {
        let keys = include_bytes!(concat!(env!("OUT_DIR"), "/keys.json"));
        let keys = SigningKeys::parse(keys).unwrap();
        TokenRules::new("P2wasm").validate(&Token::parse(token)?, &keys, super::NOW)
    }
}
