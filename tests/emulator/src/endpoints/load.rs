//! `GET /v1/mgmt/accesskey?id=…`

use super::{KeyAnswer, key_not_found, required_id};
use crate::error::Refusal;
use crate::service::{Answer, Context};

pub(super) fn run(context: &mut Context<'_>, query: Option<&str>) -> Result<Answer, Refusal> {
    let id = parameter(query.unwrap_or_default(), "id");
    let id = required_id(context, id.as_deref())?;
    match context.state.store.get(id, context.now) {
        Some(key) => Ok(Answer::json(&KeyAnswer { key })),
        None => Err(key_not_found(context)),
    }
}

/// The first value of a query parameter, decoded; none where it is missing or not UTF-8.
fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name)?;
    let mut decoded = Vec::with_capacity(value.len());
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (bytes.next()?, bytes.next()?);
                let digit = |byte| char::from(byte).to_digit(16);
                u8::try_from(digit(high)? * 16 + digit(low)?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::Service;
    use crate::{Emulator, Key};

    #[test]
    fn refusals_have_the_texts_that_were_recorded() {
        let service = Service::with(Emulator::builder().not_found_status(500));
        let refused = |(status, answer): (u16, serde_json::Value)| {
            let text = |name: &str| answer[name].as_str().unwrap().to_owned();
            (status, text("errorCode"), text("errorMessage"))
        };
        let load = |id: &str| refused(service.get(&format!("/v1/mgmt/accesskey?id={id}")));
        let unknown = "K2".repeat(14);
        let expected = |status, code: &str, text: &str| (status, code.to_owned(), text.to_owned());
        assert_eq!(load(&unknown), expected(500, "E111502", "Can't find access key"));
        let update = refused(service.post("update", json!({"id": unknown, "name": "n"})));
        let text = "Unable to update access key because it's not found";
        assert_eq!(update, expected(500, "E111502", text));
        let text = "The id field must be at least 27 characters";
        assert_eq!(load(&unknown[..26]), expected(400, "E011003", text));
        assert_eq!(load(""), expected(400, "E011003", "The id field is required"));
        let create = refused(service.post("create", json!({"name": ""})));
        assert_eq!(create, expected(400, "E011003", "The name field is required"));
    }

    #[test]
    fn a_seeded_short_id_stays_allowed() {
        let service = Service::with(Emulator::builder().key(Key::new("k").with_id("short")));
        assert_eq!(service.load("short")["name"], "k");
        service.0.delete("short");
        assert_eq!(service.get("/v1/mgmt/accesskey?id=short").1["errorCode"], "E111502");
    }

    #[test]
    fn parameters_are_decoded() {
        let id = |query| parameter(query, "id");
        assert_eq!(id("id=a%20b%2Bc"), Some("a b+c".to_owned()));
        assert_eq!(id("x=1&id=a+b&id=c"), Some("a b".to_owned()));
        assert_eq!(id("id=%D0%BA"), Some("к".to_owned()));
        assert_eq!(id("id"), Some(String::new()));
        for query in ["", "ids=a", "id=%", "id=%2", "id=%zz", "id=%ff"] {
            assert_eq!(id(query), None, "{query}");
        }
    }
}
