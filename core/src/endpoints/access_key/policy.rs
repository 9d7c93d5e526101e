//! What is asked of every key, and which keys do not hold to it.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::{AccessKey, Status};
use crate::base::Now;

const DAY: u64 = 86_400;

/// A rule that a key can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyRule {
    /// It must expire.
    NeverExpires,
    /// It must not be about to expire, see [`KeyPolicy::expires_within`].
    ExpiresSoon,
    /// It must name the addresses that it is permitted from.
    AnyAddress,
    /// With tenants it must have no roles beside those that it has there. The service ignores such a
    /// role, until the key has no tenant any more: then it counts in the whole project.
    ProjectRoles,
    /// It must not be too old, see [`KeyPolicy::max_age`].
    TooOld,
    /// There must be somebody to ask: a user that it is bound to, or one that created it.
    NoOwner,
    /// It must say what it is for. What this SDK writes into a description (tags, markers) does not.
    NoDescription,
}

impl KeyRule {
    /// All rules.
    pub const ALL: &'static [Self] = &[
        Self::NeverExpires,
        Self::ExpiresSoon,
        Self::AnyAddress,
        Self::ProjectRoles,
        Self::TooOld,
        Self::NoOwner,
        Self::NoDescription,
    ];

    /// What a key that breaks it is: "never-expires", "no-owner".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeverExpires => "never-expires",
            Self::ExpiresSoon => "expires-soon",
            Self::AnyAddress => "any-address",
            Self::ProjectRoles => "project-roles",
            Self::TooOld => "too-old",
            Self::NoOwner => "no-owner",
            Self::NoDescription => "no-description",
        }
    }
}

impl fmt::Display for KeyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Requirements on every key.
///
/// By default all of [`KeyRule`] apply: a key must be replaced two weeks before it expires, and
/// after a year at the latest.
///
/// ```
/// use core::time::Duration;
/// use descope_core::{KeyPolicy, KeyRule, Now};
/// # let key = serde_json::from_str(r#"{"id": "K2a", "name": "a", "status": "active",
/// #     "expireTime": 0, "createdTime": 1800000000, "createdBy": "U2a", "description": "of the farm"}"#);
/// # let key: descope_core::AccessKey = key.unwrap();
///
/// let now = Now::new(Duration::ZERO, Duration::from_secs(1_800_000_000));
/// let policy = KeyPolicy::new().without(KeyRule::AnyAddress);
/// assert_eq!(policy.broken_by(&key, now), [KeyRule::NeverExpires]);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct KeyPolicy {
    expires_within: Duration,
    max_age: Duration,
    without: Vec<KeyRule>,
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl KeyPolicy {
    /// All rules.
    pub fn new() -> Self {
        let [expires_within, max_age] = [14, 365].map(|days| Duration::from_secs(days * DAY));
        Self { expires_within, max_age, without: Vec::new() }
    }

    /// A key with no more than this left expires soon.
    pub fn expires_within(mut self, left: Duration) -> Self {
        self.expires_within = left;
        self
    }

    /// A key that was created longer ago is too old.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Asks everything but this.
    pub fn without(mut self, rule: KeyRule) -> Self {
        self.without.push(rule);
        self
    }

    /// The rules that a key breaks. One that cannot be exchanged, as it is inactive or has expired,
    /// breaks none.
    #[must_use]
    pub fn broken_by(&self, key: &AccessKey, now: Now) -> Vec<KeyRule> {
        if key.status() != Status::Active || key.is_expired(now) {
            return Vec::new();
        }
        let breaks = |rule: &KeyRule| !self.without.contains(rule) && self.breaks(key, now, *rule);
        KeyRule::ALL.iter().copied().filter(breaks).collect()
    }

    fn breaks(&self, key: &AccessKey, now: Now, rule: KeyRule) -> bool {
        let now = now.unix_seconds();
        let passed = |from: i64, to: i64| u64::try_from(to.saturating_sub(from)).unwrap_or(0);
        match rule {
            KeyRule::NeverExpires => key.never_expires(),
            KeyRule::ExpiresSoon => {
                !key.never_expires()
                    && passed(now, key.expire_time()) <= self.expires_within.as_secs()
            }
            KeyRule::AnyAddress => key.permitted_ips().is_empty(),
            KeyRule::ProjectRoles => !key.role_names().is_empty() && !key.key_tenants().is_empty(),
            // 0 is no time that a key was created at.
            KeyRule::TooOld => {
                key.created_time() != 0 && passed(key.created_time(), now) > self.max_age.as_secs()
            }
            KeyRule::NoOwner => is_blank(key.user_id()) && is_blank(key.created_by()),
            KeyRule::NoDescription => key.plain_description().is_empty(),
        }
    }
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const IN_A_YEAR: i64 = NOW + 365 * 86_400;

    /// The rules that a key breaks which holds to all but for these members.
    fn broken(policy: &KeyPolicy, members: Value) -> Vec<KeyRule> {
        let mut key = json!({
            "id": "K2a", "name": "a", "status": "active", "expireTime": IN_A_YEAR,
            "createdTime": NOW - 86_400, "createdBy": "U2a", "description": "of the build farm",
            "permittedIps": ["10.0.0.0/8"],
            "keyTenants": [{"tenantId": "acme", "roleNames": ["deployer"]}],
        });
        for (name, value) in members.as_object().unwrap() {
            key[name] = value.clone();
        }
        let key: AccessKey = serde_json::from_value(key).unwrap();
        let unix = Duration::from_secs(NOW.unsigned_abs());
        policy.broken_by(&key, Now::new(Duration::ZERO, unix))
    }

    #[test]
    fn a_key_breaks_the_rules_that_it_does_not_hold_to() {
        use KeyRule::*;
        let day = 86_400;
        let marker = "marker-0123456789abcdef0123456789abcdef";
        let rows = [
            (json!({}), &[][..]),
            (json!({"expireTime": 0}), &[NeverExpires]),
            (json!({"expireTime": NOW + 14 * day}), &[ExpiresSoon]),
            (json!({"expireTime": NOW + 14 * day + 1}), &[]),
            (json!({"expireTime": NOW + 1}), &[ExpiresSoon]),
            (json!({"permittedIps": []}), &[AnyAddress]),
            (json!({"permittedIps": null}), &[AnyAddress]),
            (json!({"roleNames": ["admin"]}), &[ProjectRoles]),
            (json!({"roleNames": ["admin"], "keyTenants": []}), &[]),
            (json!({"createdTime": NOW - 365 * day}), &[]),
            (json!({"createdTime": NOW - 365 * day - 1}), &[TooOld]),
            (json!({"createdTime": 0}), &[]),
            (json!({"createdTime": NOW + day}), &[]),
            (json!({"createdBy": ""}), &[NoOwner]),
            (json!({"createdBy": " "}), &[NoOwner]),
            (json!({"createdBy": "", "boundUserId": "U2b"}), &[]),
            (json!({"description": ""}), &[NoDescription]),
            (json!({"description": null}), &[NoDescription]),
            (json!({"description": marker}), &[NoDescription]),
            (json!({"description": "[replaced K2old]"}), &[NoDescription]),
            (json!({"description": format!("the farm {marker}")}), &[]),
            (json!({"expireTime": 0, "createdBy": null}), &[NeverExpires, NoOwner]),
        ];
        for (members, rules) in rows {
            assert_eq!(broken(&KeyPolicy::new(), members.clone()), rules, "{members}");
        }
    }

    #[test]
    fn a_key_that_cannot_be_exchanged_breaks_none() {
        for members in [
            json!({"status": "inactive", "description": ""}),
            json!({"status": "expired", "description": ""}),
            json!({"expireTime": NOW - 1, "description": ""}),
        ] {
            assert_eq!(broken(&KeyPolicy::new(), members.clone()), [], "{members}");
        }
    }

    #[test]
    fn a_policy_is_ones_own() {
        let day = Duration::from_secs(DAY);
        let soon = json!({"expireTime": NOW + 86_400, "createdTime": NOW - 10 * 86_400});
        let strict = KeyPolicy::new().expires_within(day).max_age(day * 9);
        assert_eq!(broken(&strict, soon.clone()), [KeyRule::ExpiresSoon, KeyRule::TooOld]);
        let loose = KeyPolicy::new().expires_within(day / 2).max_age(day * 11);
        assert_eq!(broken(&loose, soon), []);
        let everything = json!({
            "expireTime": 0, "permittedIps": [], "roleNames": ["admin"], "createdTime": 1,
            "createdBy": "", "description": "",
        });
        for rule in KeyRule::ALL {
            let broken = broken(&KeyPolicy::new().without(*rule), everything.clone());
            assert!(!broken.contains(rule), "{rule}");
            assert!(broken.len() >= 5, "{rule}");
        }
    }
}
