//! A token to mint, in JSON.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Token;
use crate::emulator::Instance;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenBody {
    #[serde(default)]
    claims: Map<String, Value>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    header: Map<String, Value>,
    expires_in: Option<i64>,
    signature: Option<Signature>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Signature {
    Forged,
    Corrupt,
    Missing,
}

impl TokenBody {
    pub(super) fn token(self, instance: &Instance) -> Token {
        let mut token = Token::new(instance).claims(Value::Object(self.claims));
        for (name, value) in self.header {
            token = token.header(name, value);
        }
        if let Some(seconds) = self.expires_in {
            token = token.expires_in(seconds);
        }
        token = self.without.iter().fold(token, |token, name| token.without(name));
        match self.signature {
            None => token,
            Some(Signature::Forged) => token.forged(),
            Some(Signature::Corrupt) => token.corrupt_signature(),
            Some(Signature::Missing) => token.unsigned(),
        }
    }
}
