//! The answers with keys in them.

use alloc::string::String;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::AccessKey;
use crate::base::Secret;
use crate::call::Salvaged;
use crate::error::Error;
use crate::json::body;

/// A key with its secret: the answer to a create or a rotate.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CreatedAccessKey {
    /// The secret to exchange. The service delivers it this once.
    pub cleartext: Secret,
    /// The key.
    pub key: AccessKey,
}

/// Reads `{"key": {…}}`, which must be the key of this id.
pub(super) fn parse_key(body: &[u8], id: &str) -> Result<AccessKey, Error> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        key: Option<AccessKey>,
    }
    of_id(with_id(body::from_body::<Answer>(body)?.key)?, id)
}

/// Reads `{"cleartext": "…", "key": {…}}`.
pub(super) fn parse_created(body: &[u8]) -> Result<CreatedAccessKey, Error> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default, deserialize_with = "body::nullable")]
        cleartext: String,
        #[serde(default)]
        key: Option<AccessKey>,
    }
    let Answer { cleartext, key } = body::from_body(body)?;
    let cleartext = Secret::new(cleartext);
    let key = with_id(key)?;
    if cleartext.expose().is_empty() {
        return Err(Error::decode("the answer has no `cleartext`"));
    }
    Ok(CreatedAccessKey { cleartext, key })
}

/// Reads the same, which must be about the key of this id.
pub(super) fn parse_rotated(body: &[u8], id: &str) -> Result<CreatedAccessKey, Error> {
    let CreatedAccessKey { cleartext, key } = parse_created(body)?;
    Ok(CreatedAccessKey { cleartext, key: of_id(key, id)? })
}

/// An answer to somebody else's request is of no use, however good it is.
fn of_id(key: AccessKey, id: &str) -> Result<AccessKey, Error> {
    match key.id() == id {
        true => Ok(key),
        false => Err(Error::decode("the answer is about another key than the one asked for")),
    }
}

fn with_id(key: Option<AccessKey>) -> Result<AccessKey, Error> {
    key.filter(|key| !key.id().is_empty())
        .ok_or_else(|| Error::decode("the answer has no `key` with an `id`"))
}

/// Finds the cleartext in an answer of which the rest cannot be used, or did not arrive, and the id of
/// its key where that can be read.
pub(super) fn salvage(body: &[u8]) -> Option<Salvaged> {
    let cleartext = cleartext_in(body)?;
    let id =
        body::beginning(body).get("key").and_then(|key| key.get("id")?.as_str()).map(Into::into);
    Some(Salvaged { cleartext, id })
}

/// The outermost object's where it can be read up to there, else the first that is anywhere.
fn cleartext_in(body: &[u8]) -> Option<Secret> {
    struct Finder<'a>(&'a mut Option<Secret>);

    impl<'de> Visitor<'de> for Finder<'_> {
        type Value = ();

        fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(name) = map.next_key::<String>()? {
                if name == "cleartext" {
                    let secret = Secret::new(map.next_value::<String>()?);
                    if !secret.expose().is_empty() {
                        self.0.get_or_insert(secret);
                    }
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(())
        }
    }

    let mut found = None;
    // The rest of the answer is of no interest, and is known to be broken.
    let _ = serde_json::Deserializer::from_slice(body).deserialize_map(Finder(&mut found));
    found.or_else(|| cleartext_anywhere(body))
}

fn cleartext_anywhere(body: &[u8]) -> Option<Secret> {
    const NAME: &[u8] = br#""cleartext""#;
    let names = body.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    names
        .filter_map(|(at, _)| body[at + NAME.len()..].trim_ascii_start().strip_prefix(b":"))
        .filter_map(|value| {
            serde_json::Deserializer::from_slice(value).into_iter::<String>().next()?.ok()
        })
        .find(|cleartext| !cleartext.is_empty())
        .map(Secret::new)
}
