//! An access key as the service describes it.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Status;
use super::packed::Packed;
use crate::base::Now;
use crate::base::std_parts::{SystemTime, UNIX_EPOCH};
use crate::json::body::{self, Members, Text};

/// An access key, without its secret. Fields that the service omits or sends as null are empty or
/// `None`.
///
/// Compact: a hundred thousand keys take about as much memory as their JSON. It can be stored as
/// JSON in the service's own form, and read from it:
///
/// ```
/// let key: descope_core::AccessKey =
///     serde_json::from_str(r#"{"id": "K2key", "name": "ci", "roleNames": ["deployer"]}"#)?;
/// assert_eq!(key.role_names(), ["deployer"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct AccessKey {
    /// The texts in the order of the constants below, then those of the lists. Remembered is the place
    /// of each tenant's id, which its name and its roles follow.
    texts: Packed,
    status: Status,
    created_time: i64,
    expire_time: i64,
    editable: Option<bool>,
    roles: u32,
    permitted_ips: u32,
}

const ID: usize = 0;
const NAME: usize = 1;
const CREATED_BY: usize = 2;
const CLIENT_ID: usize = 3;
const USER_ID: usize = 4;
const DESCRIPTION: usize = 5;
const CUSTOM_CLAIMS: usize = 6;
const CUSTOM_ATTRIBUTES: usize = 7;
/// The number of the above; the lists follow.
const LISTS: usize = 8;

impl AccessKey {
    /// The key's id; it stays when the key is rotated. Never empty in an answer to create, load,
    /// update or rotate.
    #[must_use]
    pub fn id(&self) -> &str {
        self.texts.get(ID)
    }

    /// The name, which need not be unique.
    #[must_use]
    pub fn name(&self) -> &str {
        self.texts.get(NAME)
    }

    /// Whether the key works.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.clone()
    }

    /// Project-level roles.
    #[must_use]
    pub fn role_names(&self) -> Vec<&str> {
        self.texts.range(LISTS..LISTS + self.roles as usize)
    }

    /// The tenants the key is associated with.
    #[must_use]
    pub fn key_tenants(&self) -> Vec<KeyTenant<'_>> {
        self.tenants().collect()
    }

    /// The key's association with a tenant.
    #[must_use]
    pub fn tenant(&self, tenant_id: &str) -> Option<KeyTenant<'_>> {
        self.tenants().find(|tenant| tenant.tenant_id() == tenant_id)
    }

    fn tenants(&self) -> impl Iterator<Item = KeyTenant<'_>> {
        let place = |index| self.texts.remembered(index);
        (0..).map_while(move |index| {
            let end = place(index + 1).unwrap_or(self.texts.len());
            Some(KeyTenant { texts: &self.texts, first: place(index)?, end })
        })
    }

    /// The addresses and CIDR blocks the key may be exchanged from; none means any.
    #[must_use]
    pub fn permitted_ips(&self) -> Vec<&str> {
        let first = LISTS + self.roles as usize;
        self.texts.range(first..first + self.permitted_ips as usize)
    }

    /// When it was created, in Unix seconds; 0 when not told.
    #[must_use]
    pub fn created_time(&self) -> i64 {
        self.created_time
    }

    /// When it was created.
    #[must_use]
    pub fn created_at(&self) -> Option<SystemTime> {
        system_time(self.created_time)
    }

    /// When it expires, in Unix seconds; 0 is never.
    #[must_use]
    pub fn expire_time(&self) -> i64 {
        self.expire_time
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

    /// Who created it.
    #[must_use]
    pub fn created_by(&self) -> Option<&str> {
        self.text(CREATED_BY)
    }

    /// The client id that belongs to the key.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.text(CLIENT_ID)
    }

    /// The user whose authorization the key takes.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.text(USER_ID)
    }

    /// Free text.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.text(DESCRIPTION)
    }

    /// Claims that every token of the key carries at its top level.
    #[must_use]
    pub fn custom_claims(&self) -> Members {
        self.members(CUSTOM_CLAIMS)
    }

    /// The project's own attributes of the key.
    #[must_use]
    pub fn custom_attributes(&self) -> Members {
        self.members(CUSTOM_ATTRIBUTES)
    }

    /// Whether the caller may change it.
    #[must_use]
    pub fn editable(&self) -> Option<bool> {
        self.editable
    }

    fn text(&self, place: usize) -> Option<&str> {
        Some(self.texts.get(place)).filter(|text| !text.is_empty())
    }

    /// Members were written by this module, so they can be read.
    fn members(&self, place: usize) -> Members {
        self.text(place).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }
}

fn system_time(seconds: i64) -> Option<SystemTime> {
    let since = Duration::from_secs(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)?);
    UNIX_EPOCH.checked_add(since)
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Wire::of(self), f)
    }
}

/// A key's association with a tenant.
#[derive(Clone, Copy)]
pub struct KeyTenant<'a> {
    texts: &'a Packed,
    /// The place of its id.
    first: usize,
    /// The place after its last role.
    end: usize,
}

impl<'a> KeyTenant<'a> {
    /// The tenant's id.
    #[must_use]
    pub fn tenant_id(&self) -> &'a str {
        self.texts.get(self.first)
    }

    /// The tenant's name.
    #[must_use]
    pub fn tenant_name(&self) -> &'a str {
        self.texts.get(self.first + 1)
    }

    /// The roles the key has in it.
    #[must_use]
    pub fn role_names(&self) -> Vec<&'a str> {
        self.texts.range(self.first + 2..self.end)
    }
}

impl PartialEq for KeyTenant<'_> {
    fn eq(&self, other: &Self) -> bool {
        let texts = |tenant: &Self| tenant.texts.range(tenant.first..tenant.end);
        texts(self) == texts(other)
    }
}

impl Eq for KeyTenant<'_> {}

impl fmt::Debug for KeyTenant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyTenant")
            .field("tenant_id", &self.tenant_id())
            .field("tenant_name", &self.tenant_name())
            .field("role_names", &self.role_names())
            .finish()
    }
}

/// A key as it is on the wire.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename = "AccessKey", rename_all = "camelCase", default)]
struct Wire<'a> {
    #[serde(borrow, deserialize_with = "body::nullable")]
    id: Text<'a>,
    #[serde(borrow, deserialize_with = "body::nullable")]
    name: Text<'a>,
    #[serde(borrow, deserialize_with = "body::list")]
    role_names: Vec<Text<'a>>,
    #[serde(borrow, deserialize_with = "body::objects")]
    key_tenants: Vec<WireTenant<'a>>,
    #[serde(borrow, deserialize_with = "body::nullable")]
    status: Text<'a>,
    #[serde(deserialize_with = "body::unix_seconds")]
    created_time: i64,
    #[serde(deserialize_with = "body::unix_seconds")]
    expire_time: i64,
    #[serde(borrow, deserialize_with = "body::nullable")]
    created_by: Text<'a>,
    #[serde(borrow, deserialize_with = "body::nullable")]
    client_id: Text<'a>,
    #[serde(borrow, deserialize_with = "body::nullable")]
    bound_user_id: Text<'a>,
    #[serde(deserialize_with = "body::nullable")]
    custom_claims: Members,
    #[serde(borrow, deserialize_with = "body::nullable")]
    description: Text<'a>,
    #[serde(borrow, deserialize_with = "body::list")]
    permitted_ips: Vec<Text<'a>>,
    #[serde(deserialize_with = "body::nullable")]
    custom_attributes: Members,
    editable: Option<bool>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename = "KeyTenant", rename_all = "camelCase", default)]
struct WireTenant<'a> {
    #[serde(borrow, deserialize_with = "body::nullable")]
    tenant_id: Text<'a>,
    #[serde(borrow, deserialize_with = "body::nullable")]
    tenant_name: Text<'a>,
    #[serde(borrow, deserialize_with = "body::list")]
    role_names: Vec<Text<'a>>,
}

impl<'a> Wire<'a> {
    fn of(key: &'a AccessKey) -> Self {
        let text = |place| Text(Cow::Borrowed(key.texts.get(place)));
        let list =
            |texts: Vec<&'a str>| texts.into_iter().map(|text| Text(Cow::Borrowed(text))).collect();
        Self {
            id: text(ID),
            name: text(NAME),
            role_names: list(key.role_names()),
            key_tenants: key
                .tenants()
                .map(|tenant| WireTenant {
                    tenant_id: Text(Cow::Borrowed(tenant.tenant_id())),
                    tenant_name: Text(Cow::Borrowed(tenant.tenant_name())),
                    role_names: list(tenant.role_names()),
                })
                .collect(),
            status: Text(Cow::Borrowed(key.status.as_str())),
            created_time: key.created_time,
            expire_time: key.expire_time,
            created_by: text(CREATED_BY),
            client_id: text(CLIENT_ID),
            bound_user_id: text(USER_ID),
            custom_claims: key.custom_claims(),
            description: text(DESCRIPTION),
            permitted_ips: list(key.permitted_ips()),
            custom_attributes: key.custom_attributes(),
            editable: key.editable,
        }
    }

    /// `None` when its texts are longer than 4 GiB in all.
    fn pack(self) -> Option<AccessKey> {
        let (claims, attributes) = (written(&self.custom_claims), written(&self.custom_attributes));
        let single = [
            &*self.id.0,
            &*self.name.0,
            &*self.created_by.0,
            &*self.client_id.0,
            &*self.bound_user_id.0,
            &*self.description.0,
            &claims,
            &attributes,
        ];
        let lists = self.role_names.iter().chain(&self.permitted_ips);
        let tenants = self.key_tenants.iter().flat_map(|tenant| {
            [&tenant.tenant_id, &tenant.tenant_name].into_iter().chain(&tenant.role_names)
        });
        let texts = single.into_iter().chain(lists.chain(tenants).map(|text| &*text.0));
        let mut place = LISTS + self.role_names.len() + self.permitted_ips.len();
        let places = self.key_tenants.iter().map(|tenant| {
            let first = place;
            place += 2 + tenant.role_names.len();
            first
        });
        Some(AccessKey {
            texts: Packed::new(texts, places)?,
            status: Status::from(&*self.status.0),
            created_time: self.created_time,
            expire_time: self.expire_time,
            editable: self.editable,
            roles: u32::try_from(self.role_names.len()).ok()?,
            permitted_ips: u32::try_from(self.permitted_ips.len()).ok()?,
        })
    }
}

fn written(members: &Members) -> String {
    if members.is_empty() {
        return String::new();
    }
    // A map of texts and values that were read from JSON can be written.
    serde_json::to_string(members).unwrap_or_default()
}

impl Serialize for AccessKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire::of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AccessKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body::Object(wire) = body::Object::<Wire<'de>>::deserialize(deserializer)?;
        wire.pack().ok_or_else(|| D::Error::custom("texts of more than 4 GiB"))
    }
}
