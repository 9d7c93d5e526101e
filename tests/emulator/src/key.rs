//! The model of an access key: what is stored, seeded, inspected, and sent.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An access key of the emulated project: to seed it with, and to look at what became of it.
///
/// Serialized (without the cleartext) it is exactly what the service answers. `Debug` does not show
/// the cleartext.
///
/// ```
/// use descope_emulator::{Emulator, Key};
///
/// let emulator = Emulator::start();
/// let key = emulator.seed(
///     Key::new("ci-deployer").tenant_roles("acme", ["deployer"]).claim("team", "build"),
/// );
/// assert_eq!(emulator.key(&key.id).unwrap().name, "ci-deployer");
/// assert!(!key.cleartext().is_empty());
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Key {
    /// Made up when it is empty at seeding.
    pub id: String,
    /// What the key is called; need not be unique.
    pub name: String,
    /// Roles at the level of the project; empty where the key has tenants, which take precedence.
    pub role_names: Vec<String>,
    /// The tenants the key is associated with, and its roles there.
    pub key_tenants: Vec<KeyTenant>,
    /// As of the emulator's clock when the key was looked at.
    pub status: Status,
    /// When it was created, in Unix seconds; when 0 at seeding, the time of seeding.
    #[serde(deserialize_with = "seconds")]
    pub created_time: i64,
    /// From when on it is expired, in Unix seconds; 0 is never.
    #[serde(deserialize_with = "seconds")]
    pub expire_time: i64,
    /// Who created it.
    pub created_by: String,
    /// Made up when it is empty at seeding.
    pub client_id: String,
    /// The user whose authorization the key takes; empty for none.
    pub bound_user_id: String,
    /// Claims that its tokens have at their top level.
    pub custom_claims: Map<String, Value>,
    /// Free text.
    pub description: String,
    /// Addresses and CIDR blocks it may be exchanged from; empty for everywhere.
    pub permitted_ips: Vec<String>,
    /// Attributes to search by.
    pub custom_attributes: Map<String, Value>,
    /// Whether the management key may change it. The emulator stores it and does not enforce it.
    pub editable: bool,
    #[serde(skip_serializing)]
    pub(crate) cleartext: String,
}

/// A key's association with a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct KeyTenant {
    /// The tenant's id.
    pub tenant_id: String,
    /// The tenant's name: as declared at the builder, else its id.
    pub tenant_name: String,
    /// The key's roles in this tenant.
    #[serde(deserialize_with = "nullable")]
    pub role_names: Vec<String>,
}

impl KeyTenant {
    pub(crate) fn new<R: Into<String>>(
        id: impl Into<String>,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        Self {
            tenant_id: id.into(),
            tenant_name: String::new(),
            role_names: roles.into_iter().map(Into::into).collect(),
        }
    }
}

/// Whether a key can be exchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Status {
    /// It can.
    #[default]
    Active,
    /// It was deactivated.
    Inactive,
    /// It is active, and its expiry has passed.
    Expired,
}

impl Default for Key {
    fn default() -> Self {
        Self::new("")
    }
}

impl Key {
    /// A key with this name that is active, never expires, and has no roles.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            name: name.into(),
            role_names: Vec::new(),
            key_tenants: Vec::new(),
            status: Status::Active,
            created_time: 0,
            expire_time: 0,
            created_by: String::new(),
            client_id: String::new(),
            bound_user_id: String::new(),
            custom_claims: Map::new(),
            description: String::new(),
            permitted_ips: Vec::new(),
            custom_attributes: Map::new(),
            editable: true,
            cleartext: String::new(),
        }
    }

    /// Sets the id; without it one is made up.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the secret that is exchanged; without it one is made up.
    #[must_use]
    pub fn with_cleartext(mut self, cleartext: impl Into<String>) -> Self {
        self.cleartext = cleartext.into();
        self
    }

    /// The secret that is exchanged; empty before the key is seeded.
    #[must_use]
    pub fn cleartext(&self) -> &str {
        &self.cleartext
    }

    /// Adds a role at the level of the project.
    #[must_use]
    pub fn role(self, role: impl Into<String>) -> Self {
        self.roles([role])
    }

    /// Adds roles at the level of the project.
    #[must_use]
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.role_names.extend(roles.into_iter().map(Into::into));
        self
    }

    /// Associates the key with a tenant, without a role there.
    #[must_use]
    pub fn tenant(self, id: impl Into<String>) -> Self {
        self.tenant_roles(id, [""; 0])
    }

    /// Associates the key with a tenant, with these roles there.
    #[must_use]
    pub fn tenant_roles<R: Into<String>>(
        mut self,
        id: impl Into<String>,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        self.key_tenants.push(KeyTenant::new(id, roles));
        self
    }

    /// Adds a claim that the key's tokens have at their top level.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.custom_claims.insert(name.into(), value.into());
        self
    }

    /// Adds an attribute to search by.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.custom_attributes.insert(name.into(), value.into());
        self
    }

    /// Adds an address or a CIDR block that the key may be exchanged from.
    #[must_use]
    pub fn permitted_ip(mut self, block: impl Into<String>) -> Self {
        self.permitted_ips.push(block.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Lets the key expire at this time, in Unix seconds; 0 is never.
    #[must_use]
    pub fn expires_at(mut self, unix: i64) -> Self {
        self.expire_time = unix;
        self
    }

    /// Binds the key to a user, whose authorization it takes.
    #[must_use]
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.bound_user_id = user_id.into();
        self
    }

    /// Makes the key inactive.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.status = Status::Inactive;
        self
    }

    /// Brings the status up to a time.
    pub(crate) fn refresh(&mut self, now: Duration) {
        let expired = self.expire_time != 0 && self.expire_time <= seconds_of(now);
        self.status = match self.status {
            Status::Inactive => Status::Inactive,
            _ if expired => Status::Expired,
            _ => Status::Active,
        };
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("role_names", &self.role_names)
            .field("key_tenants", &self.key_tenants)
            .field("status", &self.status)
            .field("created_time", &self.created_time)
            .field("expire_time", &self.expire_time)
            .field("created_by", &self.created_by)
            .field("client_id", &self.client_id)
            .field("bound_user_id", &self.bound_user_id)
            .field("custom_claims", &self.custom_claims)
            .field("description", &self.description)
            .field("permitted_ips", &self.permitted_ips)
            .field("custom_attributes", &self.custom_attributes)
            .field("editable", &self.editable)
            .finish_non_exhaustive()
    }
}

/// Whole seconds, as the service counts them.
pub(crate) fn seconds_of(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// An int64 as proto3 JSON has it: a number or a text; null is 0.
pub(crate) fn seconds<'de, D: serde::Deserializer<'de>>(source: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Int64 {
        Number(i64),
        Text(String),
        Null(()),
    }
    match Int64::deserialize(source).map_err(|_| serde::de::Error::custom("not an int64"))? {
        Int64::Number(number) => Ok(number),
        Int64::Text(text) => text.parse().map_err(serde::de::Error::custom),
        Int64::Null(()) => Ok(0),
    }
}

/// A value that is its default when it is null.
pub(crate) fn nullable<'de, D, T>(source: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(source)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_follows_the_clock_both_ways() {
        let status_at = |key: &mut Key, now| {
            key.refresh(Duration::from_millis(now));
            key.status
        };
        let mut key = Key::new("k").expires_at(100);
        assert_eq!(status_at(&mut key, 99_999), Status::Active);
        assert_eq!(status_at(&mut key, 100_000), Status::Expired);
        assert_eq!(status_at(&mut key, 99_999), Status::Active);
        assert_eq!(status_at(&mut Key::new("k"), 100_000), Status::Active);
        assert_eq!(status_at(&mut key.inactive(), 100_000), Status::Inactive);
    }

    #[test]
    fn times_may_be_texts() {
        let key: Key =
            serde_json::from_str(r#"{"expireTime":"4102444800","createdTime":7}"#).unwrap();
        assert_eq!((key.expire_time, key.created_time), (4_102_444_800, 7));
    }

    #[test]
    fn neither_debug_nor_json_shows_the_cleartext() {
        let key = Key::new("k").with_cleartext("very-secret");
        assert_eq!(key.cleartext(), "very-secret");
        assert!(!format!("{key:?}").contains("very-secret"));
        assert!(!serde_json::to_string(&key).unwrap().contains("very-secret"));
    }
}
