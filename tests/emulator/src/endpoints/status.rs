//! Activate, deactivate and delete, for one key and for many.
//!
//! One unknown id is an error. What a batch does with such is told in
//! [`unrecorded`](crate::unrecorded).

use std::time::Duration;

use serde::Deserialize;

use super::{empty, key_not_found, read, required_id};
use crate::error::Refusal;
use crate::service::{Answer, Context};
use crate::store::{ID_CHARACTERS, Store};
use crate::unrecorded;

#[derive(Deserialize)]
struct One {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Many {
    ids: Option<Vec<String>>,
}

/// Changes one key at a time; says whether it exists.
type Change = fn(&mut Store, &str, Duration) -> bool;

pub(super) fn activate(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    one(context, body, |store, id, now| store.set_active(id, true, now))
}

pub(super) fn deactivate(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    one(context, body, |store, id, now| store.set_active(id, false, now))
}

pub(super) fn delete(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    one(context, body, Store::remove)
}

pub(super) fn activate_batch(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    many(context, body, |store, id, now| store.set_active(id, true, now))
}

pub(super) fn deactivate_batch(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    many(context, body, |store, id, now| store.set_active(id, false, now))
}

pub(super) fn delete_batch(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    many(context, body, Store::remove)
}

fn one(context: &mut Context<'_>, body: &[u8], change: Change) -> Result<Answer, Refusal> {
    let body: One = read(body)?;
    let id = required_id(context, body.id.as_deref())?;
    match change(&mut context.state.store, id, context.now) {
        true => Ok(empty()),
        false => Err(key_not_found(context)),
    }
}

fn many(context: &mut Context<'_>, body: &[u8], change: Change) -> Result<Answer, Refusal> {
    let body: Many = read(body)?;
    let ids = body.ids.unwrap_or_default();
    if ids.is_empty() || ids.iter().any(String::is_empty) {
        return Err(Refusal::required("ids"));
    }
    let store = &mut context.state.store;
    if !ids.iter().all(|id| store.is_well_formed(id)) {
        return Err(unrecorded::short_id_in_batch(ID_CHARACTERS));
    }
    for id in &ids {
        change(store, id, context.now);
    }
    Ok(empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Service;
    use crate::{Emulator, Key};

    fn service() -> Service {
        let keys = ["a", "b", "c"].map(|id| Key::new(id).with_id(id));
        Service::with(Emulator::builder().keys(keys))
    }

    fn statuses(service: &Service) -> String {
        let keys = service.0.keys();
        keys.iter().map(|key| format!("{}:{:?} ", key.id, key.status)).collect()
    }

    #[test]
    fn one_key_changes() {
        let service = service();
        assert_eq!(service.post("deactivate", json!({"id": "b"})), (200, json!({})));
        assert_eq!(statuses(&service), "a:Active b:Inactive c:Active ");
        service.post("deactivate", json!({"id": "b"}));
        service.post("activate", json!({"id": "b"}));
        assert_eq!(statuses(&service), "a:Active b:Active c:Active ");
        assert_eq!(service.post("delete", json!({"id": "a"})), (200, json!({})));
        assert_eq!(statuses(&service), "b:Active c:Active ");
    }

    #[test]
    fn batches_pass_over_unknown_and_repeated_ids() {
        let service = service();
        let ids = json!({"ids": ["a", "K2".repeat(14), "c", "a"]});
        assert_eq!(service.post("deactivate/batch", ids.clone()), (200, json!({})));
        assert_eq!(statuses(&service), "a:Inactive b:Active c:Inactive ");
        service.post("activate/batch", ids.clone());
        assert_eq!(statuses(&service), "a:Active b:Active c:Active ");
        service.post("delete/batch", ids);
        assert_eq!(statuses(&service), "b:Active ");
    }

    #[test]
    fn unknown_and_missing_ids_are_refused() {
        let service = service();
        for name in ["activate", "deactivate", "delete"] {
            let refusal = |body| service.refusal(name, body);
            assert_eq!(refusal(json!({"id": "K2".repeat(14)})), (404, "E111502".into()));
            assert_eq!(refusal(json!({"id": "none"})), (400, "E011003".into()));
            assert_eq!(refusal(json!({})), (400, "E011003".into()));
            assert_eq!(refusal(json!({"id": ""})), (400, "E011003".into()));
            let refusal = |body| service.refusal(&format!("{name}/batch"), body);
            assert_eq!(refusal(json!({"ids": []})), (400, "E011003".into()));
            assert_eq!(refusal(json!({"ids": ["a", ""]})), (400, "E011003".into()));
            assert_eq!(refusal(json!({"ids": ["a", "none"]})), (400, "E011003".into()));
            assert_eq!(refusal(json!({"ids": "a"})), (400, "E011001".into()));
        }
        assert_eq!(statuses(&service), "a:Active b:Active c:Active ");
    }
}
