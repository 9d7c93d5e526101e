//! An access key as the service describes it.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::json::{self, Members};
use crate::std_parts::{SystemTime, UNIX_EPOCH};
use crate::{Error, Now, Secret};

/// An access key, without its secret. Whatever the service leaves out or sends as null is empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct AccessKey {
    /// The key's id; it stays when the key is rotated. Never empty in an answer to create, load,
    /// update or rotate.
    #[serde(deserialize_with = "json::nullable")]
    pub id: String,
    /// The name, which need not be unique.
    #[serde(deserialize_with = "json::nullable")]
    pub name: String,
    /// Project-level roles.
    #[serde(deserialize_with = "json::list")]
    pub role_names: Vec<String>,
    /// The tenants the key is associated with.
    #[serde(deserialize_with = "json::objects")]
    pub key_tenants: Vec<KeyTenant>,
    /// Whether the key works.
    #[serde(deserialize_with = "json::nullable")]
    pub status: Status,
    /// When it was created, in Unix seconds; 0 when not told. See [`created_at`](Self::created_at).
    #[serde(deserialize_with = "json::unix_seconds")]
    pub created_time: i64,
    /// When it expires, in Unix seconds; 0 is never. See [`expires_at`](Self::expires_at).
    #[serde(deserialize_with = "json::unix_seconds")]
    pub expire_time: i64,
    /// Who created it.
    #[serde(deserialize_with = "json::text")]
    pub created_by: Option<String>,
    /// The client id that belongs to the key.
    #[serde(deserialize_with = "json::text")]
    pub client_id: Option<String>,
    /// The user whose authorization the key takes.
    #[serde(rename = "boundUserId", deserialize_with = "json::text")]
    pub user_id: Option<String>,
    /// Claims that every token of the key carries at its top level.
    #[serde(deserialize_with = "json::nullable")]
    pub custom_claims: Members,
    /// Free text.
    #[serde(deserialize_with = "json::text")]
    pub description: Option<String>,
    /// The addresses and CIDR blocks the key may be exchanged from; empty means any.
    #[serde(deserialize_with = "json::list")]
    pub permitted_ips: Vec<String>,
    /// The project's own attributes of the key.
    #[serde(deserialize_with = "json::nullable")]
    pub custom_attributes: Members,
    /// Whether the caller may change it.
    pub editable: Option<bool>,
}

impl AccessKey {
    /// When it was created.
    #[must_use]
    pub fn created_at(&self) -> Option<SystemTime> {
        system_time(self.created_time)
    }

    /// When it expires; `None` is never.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        system_time(self.expire_time)
    }

    /// Whether it never expires.
    #[must_use]
    pub fn never_expires(&self) -> bool {
        self.expire_time == 0
    }

    /// Whether it has expired by this clock.
    #[must_use]
    pub fn is_expired(&self, now: Now) -> bool {
        !self.never_expires() && self.expire_time <= now.unix_seconds()
    }

    /// The key's association with a tenant.
    #[must_use]
    pub fn tenant(&self, tenant_id: &str) -> Option<&KeyTenant> {
        self.key_tenants.iter().find(|tenant| tenant.tenant_id == tenant_id)
    }
}

fn system_time(seconds: i64) -> Option<SystemTime> {
    let since = Duration::from_secs(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)?);
    UNIX_EPOCH.checked_add(since)
}

/// A key's association with a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct KeyTenant {
    /// The tenant's id.
    #[serde(deserialize_with = "json::nullable")]
    pub tenant_id: String,
    /// The tenant's name.
    #[serde(deserialize_with = "json::nullable")]
    pub tenant_name: String,
    /// The roles the key has in it.
    #[serde(deserialize_with = "json::list")]
    pub role_names: Vec<String>,
}

/// Whether a key works.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Status {
    /// It can be exchanged.
    Active,
    /// It was deactivated.
    Inactive,
    /// Its time is over.
    Expired,
    /// A word of the service's that is not known here; empty when it told none.
    Other(String),
}

impl Status {
    /// The service's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::Other(word) => word,
        }
    }
}

impl Default for Status {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl From<String> for Status {
    fn from(word: String) -> Self {
        match word.as_str() {
            "active" => Self::Active,
            "inactive" => Self::Inactive,
            "expired" => Self::Expired,
            _ => Self::Other(word),
        }
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        match status {
            Status::Other(word) => word,
            known => Self::from(known.as_str()),
        }
    }
}

impl core::fmt::Display for Status {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A key with its secret, as create and rotate answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CreatedAccessKey {
    /// The secret to exchange. The service delivers it this once.
    pub cleartext: Secret,
    /// The key.
    pub key: AccessKey,
}

#[derive(Deserialize)]
struct KeyAnswer {
    #[serde(default, deserialize_with = "json::object")]
    key: Option<AccessKey>,
}

#[derive(Deserialize)]
struct CreatedAnswer {
    #[serde(default, deserialize_with = "json::nullable")]
    cleartext: String,
    #[serde(default, deserialize_with = "json::object")]
    key: Option<AccessKey>,
}

#[derive(Deserialize)]
struct KeysAnswer {
    #[serde(default, deserialize_with = "json::objects")]
    keys: Vec<AccessKey>,
}

/// Reads `{"key": {…}}`.
pub(super) fn parse_key(body: &[u8]) -> Result<AccessKey, Error> {
    with_id(json::from_body::<KeyAnswer>(body)?.key)
}

/// Reads `{"keys": [{…}]}`.
pub(super) fn parse_keys(body: &[u8]) -> Result<Vec<AccessKey>, Error> {
    Ok(json::from_body::<KeysAnswer>(body)?.keys)
}

/// Reads `{"cleartext": "…", "key": {…}}`.
pub(super) fn parse_created(body: &[u8]) -> Result<CreatedAccessKey, Error> {
    let CreatedAnswer { cleartext, key } = json::from_body(body)?;
    let cleartext = Secret::new(cleartext);
    let key = with_id(key)?;
    if cleartext.expose().is_empty() {
        return Err(Error::decode("the answer has no `cleartext`"));
    }
    Ok(CreatedAccessKey { cleartext, key })
}

fn with_id(key: Option<AccessKey>) -> Result<AccessKey, Error> {
    key.filter(|key| !key.id.is_empty())
        .ok_or_else(|| Error::decode("the answer has no `key` with an `id`"))
}

/// Finds the cleartext in an answer of which the rest cannot be used, or did not arrive: the
/// outermost object's where it can be read up to there, else the first that is anywhere.
pub(super) fn cleartext_in(body: &[u8]) -> Option<Secret> {
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
                    map.next_value::<serde::de::IgnoredAny>()?;
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
