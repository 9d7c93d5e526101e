//! `POST /v1/mgmt/accesskey/rotate`: a new secret, the same id, and the old secret dead at once.

use serde::Deserialize;

use super::{CleartextAnswer, read, required};
use crate::error::Refusal;
use crate::service::{Answer, Context};
use crate::{Status, random};

#[derive(Deserialize)]
struct Body {
    id: Option<String>,
}

pub(super) fn run(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    let body: Body = read(body)?;
    let id = required("id", body.id.as_deref())?;
    let key = context.state.store.get(id).ok_or_else(Refusal::key_not_found)?;
    match key.status_at(context.now) {
        Status::Active => {}
        Status::Inactive => return Err(Refusal::validation_failed("The access key is inactive")),
        Status::Expired => return Err(Refusal::validation_failed("The access key has expired")),
    }
    let key = key.clone();
    let cleartext = random::text("K2", 54);
    context.state.store.replace_cleartext(id, cleartext.clone());
    Ok(Answer::json(&CleartextAnswer { cleartext, key }))
}
