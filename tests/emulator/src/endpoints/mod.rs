//! The service's operations, one file a group, and what they share.

mod create;
mod exchange;
mod load;
mod project;
mod rotate;
mod search;
mod status;
mod update;

use http::{Request, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Refusal;
use crate::service::{Answer, Context, Settings};
use crate::store::ID_CHARACTERS;
use crate::{Key, Operation, permitted};

pub(crate) fn run(
    operation: Operation,
    context: &mut Context<'_>,
    request: &Request<Vec<u8>>,
) -> Result<Answer, Refusal> {
    match operation {
        Operation::Create => create::run(context, request.body()),
        Operation::Load => load::run(context, request.uri().query()),
        Operation::Search => search::run(context, request.body()),
        Operation::Update => update::run(context, request.body()),
        Operation::Activate => status::activate(context, request.body()),
        Operation::Deactivate => status::deactivate(context, request.body()),
        Operation::Delete => status::delete(context, request.body()),
        Operation::ActivateBatch => status::activate_batch(context, request.body()),
        Operation::DeactivateBatch => status::deactivate_batch(context, request.body()),
        Operation::DeleteBatch => status::delete_batch(context, request.body()),
        Operation::Rotate => rotate::run(context, request.body()),
        Operation::Exchange => exchange::run(context, request),
        Operation::SigningKeys => project::key_set(context, request),
        Operation::License => Ok(project::license(context)),
    }
}

/// Checks for `Bearer <project id>:<management key>`.
pub(crate) fn authorize_management(
    settings: &Settings,
    request: &Request<Vec<u8>>,
) -> Result<(), Refusal> {
    match project_bearer(settings, request)? {
        Some(key) if key == settings.management_key => Ok(()),
        Some(_) => Err(Refusal::unauthorized("The management key is not valid")),
        None => Err(Refusal::unauthorized("This call needs a management key")),
    }
}

/// What follows this project's id in the bearer; none where the id stands alone.
fn project_bearer<'a>(
    settings: &Settings,
    request: &'a Request<Vec<u8>>,
) -> Result<Option<&'a str>, Refusal> {
    let value = request.headers().get(header::AUTHORIZATION);
    let (scheme, bearer) = value
        .and_then(|value| value.to_str().ok()?.split_once(' '))
        .ok_or_else(|| Refusal::unauthorized("The authorization header is missing or malformed"))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::unauthorized("The authorization header holds no bearer"));
    }
    match bearer.trim().strip_prefix(settings.project_id.as_str()) {
        Some("") => Ok(None),
        Some(rest) if rest.starts_with(':') => Ok(Some(&rest[1..])),
        _ => Err(Refusal::unauthorized("The bearer is for another project")),
    }
}

/// Reads a JSON object; an empty body is an empty object, as proto3 has it.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = match body.trim_ascii_start() {
        [] => b"{}",
        object @ [b'{', ..] => object,
        _ => return Err(Refusal::bad_request("The body is not a JSON object")),
    };
    serde_json::from_slice(body).map_err(|error| Refusal::bad_request(error.to_string()))
}

fn required<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, Refusal> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| Refusal::required(name))
}

/// An id that the service could have made.
fn required_id<'a>(context: &Context<'_>, id: Option<&'a str>) -> Result<&'a str, Refusal> {
    let id = required("id", id)?;
    match context.state.store.is_well_formed(id) {
        true => Ok(id),
        false => Err(Refusal::too_short("id", ID_CHARACTERS)),
    }
}

fn key_not_found(context: &Context<'_>) -> Refusal {
    Refusal::key_not_found("Can't find access key", context.settings.not_found_status)
}

fn check_permitted(blocks: &[String]) -> Result<(), Refusal> {
    match blocks.iter().find(|block| !permitted::is_valid(block)) {
        Some(block) => Err(Refusal::invalid_argument(format!(
            "permittedIps: {block:?} is neither an IP address nor a CIDR block"
        ))),
        None => Ok(()),
    }
}

/// Gives tenants their names, and lets tenants take precedence over roles of the project.
pub(crate) fn settle_tenants(settings: &Settings, key: &mut Key) {
    for tenant in &mut key.key_tenants {
        if tenant.tenant_name.is_empty() {
            let declared = settings.tenants.get(&tenant.tenant_id);
            tenant.tenant_name = declared.unwrap_or(&tenant.tenant_id).clone();
        }
    }
    if !key.key_tenants.is_empty() {
        key.role_names.clear();
    }
}

/// `{"key": …}`.
#[derive(Serialize)]
struct KeyAnswer<'a> {
    key: &'a Key,
}

/// `{"cleartext": …, "key": …}`.
#[derive(Serialize)]
struct CleartextAnswer<'a> {
    cleartext: &'a str,
    key: &'a Key,
}

fn empty() -> Answer {
    Answer::Body(b"{}".to_vec())
}
