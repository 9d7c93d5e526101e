//! What a project holds at first, as JSON. A member that is not known is an error: it is most
//! likely a slip, and a test must not pass or fail for that.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use crate::strict::strictly;
use crate::{Builder, Key, User};

/// The contents of a seed file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Project {
    keys: Vec<Key>,
    users: Vec<User>,
    roles: HashMap<String, Vec<String>>,
    tenants: HashMap<String, String>,
}

/// Adds what a seed file holds.
pub(super) fn add(mut builder: Builder, json: &str) -> Result<Builder, String> {
    let project = project(json)?;
    let mut secrets = HashSet::new();
    for key in project.keys.iter().filter(|key| !key.cleartext().is_empty()) {
        if !secrets.insert(key.cleartext()) {
            return Err(format!("the key {:?} has the cleartext of another one", key.name));
        }
    }
    for (role, permissions) in project.roles {
        builder = builder.role(role, permissions);
    }
    for (id, name) in project.tenants {
        builder = builder.tenant(id, name);
    }
    for user in project.users {
        builder = builder.user(user);
    }
    Ok(builder.keys(project.keys))
}

/// Read as what it looks like, for an error that says more than "neither".
fn project(json: &str) -> Result<Project, String> {
    if json.trim_start().starts_with('[') {
        Ok(Project { keys: strictly(json.as_bytes())?, ..Project::default() })
    } else {
        strictly(json.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Emulator;

    fn seeded(json: &str) -> Result<Vec<Key>, String> {
        Ok(add(Emulator::builder(), json)?.in_process().keys())
    }

    #[test]
    fn a_seed_is_a_project_or_a_list_of_keys() {
        let keys = seeded(
            r#"{"keys": [{"name": "ci", "cleartext": "K2c", "keyTenants": [{"tenantId": "acme"}]}],
                "roles": {"deployer": ["deploy"]}, "tenants": {"acme": "Acme Inc."},
                "users": [{"id": "U2a", "roleNames": ["viewer"]}]}"#,
        );
        let keys = keys.unwrap();
        assert_eq!((keys[0].name.as_str(), keys[0].cleartext()), ("ci", "K2c"));
        assert_eq!(keys[0].key_tenants[0].tenant_name, "Acme Inc.");
        assert_eq!(seeded(r#"[{"name": "a"}, {"name": "b"}]"#).unwrap().len(), 2);
        for wrong in ["", "7", "[{\"name\": 7}]", "[] []"] {
            assert!(seeded(wrong).is_err(), "{wrong}");
        }
        let twice = r#"[{"name": "a", "cleartext": "hush"}, {"name": "b", "cleartext": "hush"}]"#;
        assert_eq!(seeded(twice).unwrap_err(), "the key \"b\" has the cleartext of another one");
    }

    #[test]
    fn an_unknown_member_is_named_at_any_depth() {
        for (json, error) in [
            (r#"{"key": []}"#, "there is no member key"),
            (r#"[{"name": "a", "expires": 5}]"#, "there is no member 0.expires"),
            (
                r#"{"keys": [{"keyTenants": [{"tenant": "acme"}]}]}"#,
                "there is no member keys.0.keyTenants.0.tenant",
            ),
            (r#"{"users": [{"id": "U2a", "roles": []}]}"#, "there is no member users.0.roles"),
            (r#"{"a": 1, "b": 2}"#, "there is no member a, nor b"),
        ] {
            assert_eq!(seeded(json).unwrap_err(), error);
        }
        let free = r#"[{"name": "a", "customClaims": {"any": {"thing": 1}}}]"#;
        assert_eq!(seeded(free).unwrap().len(), 1);
    }
}
