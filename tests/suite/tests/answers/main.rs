//! What the service's answers are read as: third-party documents, and cases of our own.

#[path = "../vectors/mod.rs"]
mod vectors;

#[path = "../../../fuzz/src/answers.rs"]
#[allow(unreachable_pub)]
mod entries;
mod model;
mod mutations;
mod odd;
mod third_party;

use descope_core::{
    AccessKey, ActOnAccessKey, ActOnAccessKeys, CreateAccessKey, Endpoint, Error, ErrorKind,
    ExchangeAccessKey, Expiry, FetchLicense, FetchSigningKeys, LoadAccessKey, RotateAccessKey,
    SearchAccessKeys, UpdateAccessKey,
};

/// A parser, whatever it reads.
type Parser = (&'static str, fn(&[u8]) -> Result<(), Error>);

/// The parser of every endpoint.
pub(crate) const PARSERS: [Parser; 14] = [
    ("create", |body| CreateAccessKey::new("n", Expiry::Never).parse(body).map(drop)),
    ("rotate", |body| RotateAccessKey::new("K2").parse(body).map(drop)),
    ("load", |body| LoadAccessKey::new("K2").parse(body).map(drop)),
    ("update", |body| UpdateAccessKey::new("K2", "n").parse(body).map(drop)),
    ("search", |body| SearchAccessKeys::new().parse(body).map(drop)),
    ("activate", |body| ActOnAccessKey::activate("K2").parse(body)),
    ("deactivate", |body| ActOnAccessKey::deactivate("K2").parse(body)),
    ("delete", |body| ActOnAccessKey::delete("K2").parse(body)),
    ("activate batch", |body| ActOnAccessKeys::activate(["K2"]).parse(body)),
    ("deactivate batch", |body| ActOnAccessKeys::deactivate(["K2"]).parse(body)),
    ("delete batch", |body| ActOnAccessKeys::delete(["K2"]).parse(body)),
    ("exchange", |body| ExchangeAccessKey::new("CT").parse(body).map(drop)),
    ("key set", |body| FetchSigningKeys::new().parse(body).map(drop)),
    ("license", |body| FetchLicense::new().parse(body).map(drop)),
];

/// The members of a key of a key set.
const JWK: &str = r#""kty":"OKP","crv":"Ed25519","kid":"k",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

/// An answer that every parser takes, with `member` put in each of its objects.
pub(crate) fn answer_with(member: &str) -> String {
    format!(
        r#"{{{member}"cleartext":"C","sessionJwt":"J","keyId":"K2","rateLimitTier":"tier1",
            "key":{{{member}"id":"K2","keyTenants":[{{{member}"tenantId":"t"}}]}},
            "keys":[{{{member}"id":"K2",{JWK}}}]}}"#
    )
}

pub(crate) fn load(body: &str) -> Result<AccessKey, Error> {
    LoadAccessKey::new("K2").parse(body.as_bytes())
}

/// Every parser refuses this body as one that cannot be used.
pub(crate) fn assert_unusable(body: &[u8]) {
    for (name, parse) in PARSERS {
        let error = parse(body).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Decode, "{name}: {error}");
    }
}

/// Whether it promises an object without members: what has any is somebody else's.
pub(crate) fn promises_nothing(parser: &str) -> bool {
    parser.contains("activate") || parser.contains("delete")
}

/// Every parser takes this body; that of the key set, which is stricter, is left out, and so are
/// those that promise nothing.
pub(crate) fn assert_usable(body: &[u8]) {
    let stricter = |name: &str| name == "key set" || promises_nothing(name);
    for (name, parse) in PARSERS.into_iter().filter(|(name, _)| !stricter(name)) {
        parse(body).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
