//! Activate, deactivate and delete, for one key and for many.
//!
//! One unknown id is an error. In a batch, unknown and repeated ids are passed over and the rest is
//! carried out: a batch asks for a state, which what does not exist cannot be in. An empty list is
//! refused.

use serde::Deserialize;

use super::{empty, read, required};
use crate::Status;
use crate::error::Refusal;
use crate::service::{Answer, Context};
use crate::store::Store;

#[derive(Deserialize)]
struct One {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Many {
    ids: Option<Vec<String>>,
}

/// Changes one key; says whether it exists.
type Change = fn(&mut Store, &str) -> bool;

pub(super) fn activate(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    one(context, body, set_active)
}

pub(super) fn deactivate(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    one(context, body, set_inactive)
}

pub(super) fn delete(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    one(context, body, Store::remove)
}

pub(super) fn activate_batch(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    many(context, body, set_active)
}

pub(super) fn deactivate_batch(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    many(context, body, set_inactive)
}

pub(super) fn delete_batch(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    many(context, body, Store::remove)
}

fn one(context: &mut Context<'_>, body: &[u8], change: Change) -> Result<Answer, Refusal> {
    let body: One = read(body)?;
    let id = required("id", body.id.as_deref())?;
    if change(&mut context.state.store, id) { Ok(empty()) } else { Err(Refusal::key_not_found()) }
}

fn many(context: &mut Context<'_>, body: &[u8], change: Change) -> Result<Answer, Refusal> {
    let body: Many = read(body)?;
    let ids = body.ids.unwrap_or_default();
    if ids.is_empty() || ids.iter().any(String::is_empty) {
        return Err(Refusal::missing_argument("ids"));
    }
    for id in &ids {
        change(&mut context.state.store, id);
    }
    Ok(empty())
}

fn set_active(store: &mut Store, id: &str) -> bool {
    store.get_mut(id).map(|key| key.status = Status::Active).is_some()
}

fn set_inactive(store: &mut Store, id: &str) -> bool {
    store.get_mut(id).map(|key| key.status = Status::Inactive).is_some()
}
