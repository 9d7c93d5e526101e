//! A validated session as text and as JSON, without its token.

use descope_blocking::jwt::{Claims, TokenError};
use serde_json::{Value, json};

use crate::text::lines::lines;
use crate::text::time;

/// What the claims say of the key and its rights, a line for each.
pub(crate) fn details(claims: &Claims, now: i64) -> Result<String, TokenError> {
    let list = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(", ");
    let tenants = claims.tenants().map(|id| {
        let tenant = claims.tenant(&id);
        let roles = list(&mut tenant.roles().map(Into::into));
        if roles.is_empty() { id.into_owned() } else { format!("{id}: {roles}") }
    });
    let tenants: Vec<String> = tenants.collect();
    let login = claims.untrusted_login_claims();
    let login =
        if login.is_empty() { String::new() } else { Value::from(login.to_map()?).to_string() };
    let custom: Value = claims.to_map()?.into_iter().filter(|(name, _)| is_custom(name)).collect();
    Ok(lines([
        ("key", claims.key_id().unwrap_or_default().to_owned()),
        ("issuer", claims.issuer().to_owned()),
        ("audience", list(&mut claims.audience().map(Into::into))),
        (
            "issued",
            claims.issued_at().map_or_else(String::new, |at| time::expiry(at.unix_seconds(), now)),
        ),
        ("valid until", time::expiry(claims.expires_at().unix_seconds(), now)),
        ("tenant", claims.current_tenant().unwrap_or_default().to_owned()),
        ("tenants", tenants.join("; ")),
        ("roles", list(&mut claims.roles().map(Into::into))),
        ("permissions", list(&mut claims.permissions().map(Into::into))),
        ("claims", if custom == json!({}) { String::new() } else { custom.to_string() }),
        ("login claims", login),
    ]))
}

/// The claims, and beside them those that whoever held the key chose.
pub(crate) fn to_json(claims: &Claims) -> Result<Value, TokenError> {
    Ok(json!({
        "keyId": claims.key_id(),
        "expiresAt": claims.expires_at().unix_seconds(),
        "claims": claims.to_map()?,
        "untrustedLoginClaims": claims.untrusted_login_claims().to_map()?,
    }))
}

/// Whether a claim is none of those that have a line of their own, or say nothing to people.
fn is_custom(name: &str) -> bool {
    const KNOWN: [&str; 17] = [
        "amr",
        "aud",
        "cnf",
        "dct",
        "drn",
        "dsub",
        "exp",
        "iat",
        "iss",
        "jti",
        "nbf",
        "permissions",
        "rexp",
        "roles",
        "sub",
        "tenants",
        "nsec",
    ];
    !KNOWN.contains(&name)
}
