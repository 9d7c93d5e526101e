//! An access key as text.

use descope_blocking::descope_core::Now;
use descope_blocking::{AccessKey, KeyTenant, Status};
use serde_json::{Map, Value};

use crate::text::foreign_text::shown;
use crate::text::lines::lines;
use crate::text::style::{BOLD, GREEN, RED, YELLOW};
use crate::text::table::Cell;
use crate::text::time;

/// All of a key, a line for each field that says something.
pub(crate) fn details(key: &AccessKey, now: Now) -> String {
    let now = now.unix_seconds();
    let created = match (key.created_time(), key.created_by()) {
        (0, None) => String::new(),
        (0, Some(by)) => format!("by {by}"),
        (at, None) => time::expiry(at, now),
        (at, Some(by)) => format!("{} by {by}", time::expiry(at, now)),
    };
    let tenants: Vec<String> = key.key_tenants().into_iter().map(tenant).collect();
    let fields = [
        ("status", key.status().to_string()),
        ("expires", time::expiry(key.expire_time(), now)),
        ("created", created),
        ("roles", key.role_names().join(", ")),
        ("tenants", tenants.join("; ")),
        ("user", key.user_id().unwrap_or_default().to_owned()),
        ("permitted", key.permitted_ips().join(", ")),
        ("claims", object(key.custom_claims())),
        ("attributes", object(key.custom_attributes())),
        ("description", key.description().unwrap_or_default().to_owned()),
        ("client id", key.client_id().unwrap_or_default().to_owned()),
    ];
    let head = format!("{BOLD}{}{BOLD:#}  {}\n", shown(key.id()), shown(key.name()));
    head + &lines(fields)
}

/// A tenant's id, its name where that says more, and the roles there.
fn tenant(tenant: KeyTenant<'_>) -> String {
    let (id, name, roles) = (tenant.tenant_id(), tenant.tenant_name(), tenant.role_names());
    let name = if name.is_empty() || name == id { String::new() } else { format!(" ({name})") };
    with_roles(&format!("{id}{name}"), &roles)
}

fn with_roles(what: &str, roles: &[&str]) -> String {
    if roles.is_empty() { what.to_owned() } else { format!("{what}: {}", roles.join(", ")) }
}

/// What a key may do where, in short: its tenants and roles, or its roles alone.
pub(crate) fn access(key: &AccessKey) -> String {
    if let Some(user) = key.user_id() {
        return format!("as user {user}");
    }
    let tenants = key.key_tenants();
    if tenants.is_empty() {
        return key.role_names().join(", ");
    }
    let tenants = tenants.iter().map(|it| with_roles(it.tenant_id(), &it.role_names()));
    tenants.collect::<Vec<_>>().join("; ")
}

pub(crate) fn status(key: &AccessKey, now: Now) -> Cell {
    let style = match key.status() {
        _ if key.is_expired(now) => RED,
        Status::Active => GREEN,
        _ => YELLOW,
    };
    Cell::new(key.status().to_string()).styled(style)
}

/// When a key ends, as seen from now.
pub(crate) fn expires(key: &AccessKey, now: Now) -> Cell {
    let soon = expires_soon(key, now);
    let now = now.unix_seconds();
    match key.expire_time() {
        0 => Cell::new("never"),
        at if at <= now => Cell::new(time::relative(at, now)).styled(RED),
        at if soon => Cell::new(time::relative(at, now)).styled(YELLOW),
        at => Cell::new(time::relative(at, now)),
    }
}

/// Whether a key ends within two weeks.
pub(crate) fn expires_soon(key: &AccessKey, now: Now) -> bool {
    const SOON: i64 = 14 * 86_400;
    !key.never_expires() && key.expire_time().saturating_sub(now.unix_seconds()) <= SOON
}

fn object(members: Map<String, Value>) -> String {
    if members.is_empty() { String::new() } else { Value::from(members).to_string() }
}
