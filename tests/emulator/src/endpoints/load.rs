//! `GET /v1/mgmt/accesskey?id=…`

use super::{KeyAnswer, required};
use crate::error::Refusal;
use crate::service::{Answer, Context};

pub(super) fn run(context: &mut Context<'_>, query: Option<&str>) -> Result<Answer, Refusal> {
    let id = parameter(query.unwrap_or_default(), "id");
    let id = required("id", id.as_deref())?;
    let key = context.state.store.get(id, context.now).ok_or_else(Refusal::key_not_found)?;
    Ok(Answer::json(&KeyAnswer { key }))
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
    use super::*;

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
