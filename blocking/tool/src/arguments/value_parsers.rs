//! Arguments that are more than a word: `name=JSON`, `tenant=role,role`.

use descope_blocking::TenantGrant;
use serde_json::Value;

use crate::arguments::misplaced_secret::{self, MIN_CLEARTEXT};

/// Reads `name=JSON`.
pub(crate) fn member(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    if name.is_empty() || value.is_empty() {
        return Err("write it as NAME=JSON".to_owned());
    }
    match serde_json::from_str(value) {
        Ok(value) => Ok((name.to_owned(), value)),
        Err(_) => Err(format!("the value is not JSON; for a text, write '{name}=\"…\"'")),
    }
}

/// A tenant, and its roles where any were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TenantArg {
    id: String,
    roles: Option<Vec<String>>,
}

/// Reads `tenant` or `tenant=role,role`.
pub(crate) fn tenant(text: &str) -> Result<TenantArg, String> {
    let (id, roles) = match text.split_once('=') {
        Some((id, roles)) => (id, Some(roles)),
        None => (text, None),
    };
    let roles: Option<Vec<String>> =
        roles.map(|roles| roles.split(',').map(|role| role.trim().to_owned()).collect());
    if id.is_empty() || roles.iter().flatten().any(String::is_empty) {
        return Err("write it as TENANT or TENANT=ROLE,ROLE".to_owned());
    }
    Ok(TenantArg { id: id.to_owned(), roles })
}

/// One grant for each tenant, with the roles of all its mentions.
pub(crate) fn grants(tenants: &[TenantArg]) -> Vec<TenantGrant> {
    let mut merged: Vec<TenantArg> = Vec::new();
    for tenant in tenants {
        match merged.iter_mut().find(|other| other.id == tenant.id) {
            Some(same) => {
                if let Some(roles) = &tenant.roles {
                    same.roles.get_or_insert_default().extend_from_slice(roles);
                }
            }
            None => merged.push(tenant.clone()),
        }
    }
    let grant = |tenant: TenantArg| match tenant.roles {
        Some(roles) => TenantGrant::with_roles(tenant.id, roles),
        None => TenantGrant::new(tenant.id),
    };
    merged.into_iter().map(grant).collect()
}

/// Reads a key's id, or `-`. What is none is not shown: it may be a secret.
pub(crate) fn id_or_dash(text: &str) -> Result<String, String> {
    if text == "-" { Ok(text.to_owned()) } else { id(text) }
}

/// Reads a key's id. What is none is not shown: it may be a secret.
pub(crate) fn id(text: &str) -> Result<String, String> {
    // What editors and other programs leave at the ends of a line.
    let unseen = |c: char| matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}');
    let id = text.trim_matches(|c: char| c.is_whitespace() || unseen(c));
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if id.is_empty() {
        return Err("is empty".to_owned());
    }
    if !id.chars().all(known) {
        return Err("has more in it than letters, digits, - and _".to_owned());
    }
    if id.len() >= MIN_CLEARTEXT || misplaced_secret::is_in(id) {
        return Err("is longer than an id, or a secret".to_owned());
    }
    Ok(id.to_owned())
}

/// Reads the name of a variable.
pub(crate) fn variable(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(['=', '\0']) {
        return Err("cannot be the name of a variable".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads a text that may not be empty.
pub(crate) fn non_empty(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_json() {
        assert_eq!(member(r#"team="build""#), Ok(("team".to_owned(), json!("build"))));
        assert_eq!(member("limits={\"a=b\":[1]}"), Ok(("limits".to_owned(), json!({"a=b": [1]}))));
        for wrong in ["", "team", "team=", "=1"] {
            assert_eq!(member(wrong), Err("write it as NAME=JSON".to_owned()), "{wrong}");
        }
        assert_eq!(
            member("team=build").unwrap_err(),
            r#"the value is not JSON; for a text, write 'team="…"'"#
        );
    }

    #[test]
    fn an_id_is_trimmed_and_what_is_none_is_not_shown() {
        for text in ["K2ci", " K2ci\r\n", "\u{feff}K2ci\u{a0}", "\u{200b}K2ci"] {
            assert_eq!(id(text), Ok("K2ci".to_owned()), "{text:?}");
        }
        let long = "x".repeat(MIN_CLEARTEXT);
        for text in
            ["", "\u{feff}", "\"K2ci\"", "ID=K2ci", "K2\u{200b}ci", "K2a\nK2b", "K2a.b", &long]
        {
            let error = id(text).unwrap_err();
            assert!(text.is_empty() || !error.contains(text), "{text:?}: {error}");
        }
    }

    #[test]
    fn mentions_of_a_tenant_add_up() {
        let tenants =
            ["acme=admin", "globex", "acme=viewer,deployer"].map(|text| tenant(text).unwrap());
        assert_eq!(
            grants(&tenants),
            [
                TenantGrant::with_roles("acme", ["admin", "viewer", "deployer"]),
                TenantGrant::new("globex"),
            ]
        );
        for wrong in ["", "=admin", "acme=", "acme=admin,", "acme=,admin"] {
            assert!(tenant(wrong).is_err(), "{wrong}");
        }
    }
}
