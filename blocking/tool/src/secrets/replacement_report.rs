//! What a replacement has done, as text and as JSON.

use descope_blocking::Replaced;
use serde_json::{Value, json};

use crate::app::App;
use crate::secrets::replacement::EndOfOld;
use crate::text::time;

/// What was done, and what is worth a look.
pub(crate) fn tell(app: &App, id: &str, old: EndOfOld, replaced: &Replaced) {
    let deployed = match replaced.deployed {
        true => "Deployed".to_owned(),
        false => format!("{} was deployed by an earlier run", replaced.key.id()),
    };
    let old = match (old, replaced.due) {
        (EndOfOld::InGrace, Some(due)) => format!("works until {}", time::absolute(due)),
        (old, _) => format!("is {}", old.as_str()),
    };
    app.out.note(format_args!("{deployed}; the old key {id} {old}."));
    let others = replaced.retired.iter().filter(|other| *other != id);
    for other in others {
        app.out.note(format_args!("{other}, which an earlier run had left, is retired too."));
    }
    for other in &replaced.left_alone {
        app.out.warn(format_args!("{other} says that it replaces {id}; it was left alone"));
    }
    if let Some(other) = &replaced.rolled_back {
        app.out.warn(format_args!("somebody had gone back from {other} to the old key"));
    }
    if let Some(error) = &replaced.unmarked {
        app.out.warn(format_args!("`descope-keys unfinished` lists the new key still: {error}"));
    }
}

pub(crate) fn to_json(id: &str, old: EndOfOld, replaced: &Replaced) -> Value {
    json!({
        "key": replaced.key,
        "oldId": id,
        "old": old.as_str(),
        "deployed": replaced.deployed,
        "due": replaced.due,
        "retired": replaced.retired,
        "leftAlone": replaced.left_alone,
    })
}
