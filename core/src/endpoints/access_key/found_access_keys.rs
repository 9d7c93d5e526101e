//! What a search finds: the keys that can be read, and what is known of the others.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::AccessKey;
use crate::error::Error;
use crate::json::body;

/// The result of a lenient search.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FoundAccessKeys {
    /// The keys that can be read.
    pub keys: Vec<AccessKey>,
    /// Those that cannot.
    pub left_out: Vec<UnreadableAccessKey>,
    /// How many more there are by the answer's own `total`.
    pub missing: u64,
}

/// A key in an answer that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadableAccessKey {
    /// Its place in the answer, from 1.
    pub place: usize,
    /// Its id, where it has one that can be read.
    pub id: Option<String>,
    /// Its name, where that can be read; empty where it has none.
    pub name: Option<String>,
    /// The member that cannot be read, or is not there. None where it is no object, or gives a member twice.
    pub member: Option<String>,
}

#[derive(Deserialize)]
#[serde(bound = "K: Deserialize<'de>")]
struct Answer<'a, K> {
    #[serde(default, deserialize_with = "keys")]
    keys: Option<Vec<K>>,
    #[serde(borrow, default)]
    total: Option<&'a RawValue>,
}

impl FoundAccessKeys {
    /// Reads `{"keys": [{…}]}`, or exactly `{}`.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Error> {
        let Answer { keys, total } = match body::from_body::<Answer<'_, AccessKey>>(body) {
            Ok(answer) => answer,
            Err(error) => return Self::parse_each(body).ok_or(error.into()),
        };
        match keys {
            // One without an id can be neither named nor ended.
            Some(keys) if keys.iter().any(|key: &AccessKey| key.id().is_empty()) => {
                Self::parse_each(body).ok_or_else(|| Error::decode("a key has no id"))
            }
            Some(keys) => Ok(Self::new(keys, Vec::new(), total)),
            None => {
                body::from_body::<body::Empty>(body)?;
                Ok(Self::new(Vec::new(), Vec::new(), None))
            }
        }
    }

    /// One by one, where the answer cannot be read as a whole because of some of its keys.
    fn parse_each(body: &[u8]) -> Option<Self> {
        let Answer { keys, total } = body::from_body::<Answer<'_, Option<&RawValue>>>(body).ok()?;
        let (mut readable, mut left_out) = (Vec::new(), Vec::new());
        for (index, text) in keys?.into_iter().enumerate() {
            let Some(text) = text else { continue };
            match serde_json::from_str::<AccessKey>(text.get()) {
                Ok(key) if !key.id().is_empty() => readable.push(key),
                _ => left_out.push(UnreadableAccessKey::new(index + 1, text)),
            }
        }
        (!left_out.is_empty()).then(|| Self::new(readable, left_out, total))
    }

    fn new(
        keys: Vec<AccessKey>,
        left_out: Vec<UnreadableAccessKey>,
        total: Option<&RawValue>,
    ) -> Self {
        let total = total.and_then(|total| total.get().trim_matches('"').parse::<u64>().ok());
        let there = u64::try_from(keys.len() + left_out.len()).unwrap_or(u64::MAX);
        Self { keys, left_out, missing: total.unwrap_or(0).saturating_sub(there) }
    }

    /// All keys of the answer.
    pub(super) fn whole(self) -> Result<Vec<AccessKey>, Error> {
        match &self.left_out[..] {
            [] => Ok(self.keys),
            [first] => Err(Error::decode(format!("{first}"))),
            [first, others @ ..] => {
                Err(Error::decode(format!("{first}, nor can {} others", others.len())))
            }
        }
    }

    /// All keys that there are.
    pub(super) fn all(self) -> Result<Vec<AccessKey>, Error> {
        match self.missing {
            0 => self.whole(),
            missing => Err(Error::decode(format!(
                "the answer is a part: by its own `total`, {missing} keys are missing"
            ))),
        }
    }
}

impl UnreadableAccessKey {
    fn new(place: usize, text: &RawValue) -> Self {
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_str(text.get()).unwrap_or_default();
        let alone = |name: &str| {
            let value = members.get(name).map_or("null", |value| value.get());
            serde_json::from_str::<AccessKey>(&format!("{{{}:{value}}}", Value::from(name))).ok()
        };
        let id = alone("id").map(|key| String::from(key.id())).filter(|id| !id.is_empty());
        let name = alone("name").map(|key| String::from(key.name()));
        let member = members.keys().find(|name| alone(name).is_none()).cloned();
        // Each of them can be read: what is missing is the id.
        let has_none = serde_json::from_str::<AccessKey>(text.get()).is_ok();
        let member = member.or_else(|| has_none.then(|| "id".into()));
        Self { place, id, name, member }
    }
}

impl fmt::Display for UnreadableAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {} of the answer", self.place)?;
        if let Some(id) = &self.id {
            write!(f, " ({id:?})")?;
        }
        match &self.member {
            Some(member) => write!(f, " cannot be read, because of its `{member}`"),
            None => f.write_str(" cannot be read: it is no object, or gives a member twice"),
        }
    }
}

/// Null is an empty list, and only what is not there is `None`.
fn keys<'de, D, K>(deserializer: D) -> Result<Option<Vec<K>>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de>,
{
    body::list(deserializer).map(Some)
}
