//! `POST /v1/mgmt/accesskey/rotate`: a new secret, the same id, and the old secret dead at once.

use serde::Deserialize;

use super::{CleartextAnswer, key_not_found, read, required_id};
use crate::error::Refusal;
use crate::service::{Answer, Context};
use crate::{Status, random, unrecorded};

#[derive(Deserialize)]
struct Body {
    id: Option<String>,
}

pub(super) fn run(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    let body: Body = read(body)?;
    let id = required_id(context, body.id.as_deref())?;
    let Some(key) = context.state.store.get(id, context.now).cloned() else {
        return Err(key_not_found(context));
    };
    match key.status {
        Status::Active => {}
        Status::Inactive => return Err(unrecorded::key_is_inactive()),
        Status::Expired => return Err(unrecorded::key_has_expired()),
    }
    let cleartext = random::text("K2", 54);
    context.state.store.replace_cleartext(id, cleartext.clone());
    Ok(Answer::json(&CleartextAnswer { cleartext: &cleartext, key: &key }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{NOW, Service};
    use crate::{Emulator, Key};

    #[test]
    fn the_id_stays_and_the_old_secret_dies() {
        let key = Key::new("k").with_id("K2one").with_cleartext("old").claim("c", 1);
        let service = Service::with(Emulator::builder().key(key));
        let before = service.load("K2one");
        let (status, answer) = service.post("rotate", json!({"id": "K2one"}));
        assert_eq!((status, &answer["key"]), (200, &before));
        let new = answer["cleartext"].as_str().unwrap();
        assert_eq!(service.exchange("old", json!({})).0, 401);
        assert_eq!(service.session(new, json!({}))["sub"], "K2one");
        assert_eq!(service.0.key("K2one").unwrap().cleartext(), new);
    }

    #[test]
    fn only_keys_that_work_rotate() {
        let keys = [
            Key::new("off").with_id("off").with_cleartext("off").inactive(),
            Key::new("old").with_id("old").with_cleartext("old").expires_at(NOW),
        ];
        let service = Service::with(Emulator::builder().keys(keys));
        let unknown = "K2".repeat(14);
        for (id, status, code) in [
            ("off", 400, "E011003"),
            ("old", 400, "E011003"),
            ("none", 400, "E011003"),
            (&unknown, 404, "E111502"),
        ] {
            assert_eq!(service.refusal("rotate", json!({"id": id})), (status, code.into()), "{id}");
        }
        assert_eq!(service.0.key("off").unwrap().cleartext(), "off");
    }
}
