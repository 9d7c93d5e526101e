//! The ids of keys in what was piped in: words, or what this tool prints as JSON.

use serde_json::Value;

use crate::arguments::value_parsers;
use crate::failure::Failure;

pub(crate) fn read(text: &str) -> Result<Vec<String>, Failure> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(['{', '[', '"']) {
        let document: Option<Value> = serde_json::from_str(text).ok();
        let ids = document.as_ref().and_then(in_document);
        return checked(&ids.ok_or_else(|| {
            usage("is JSON that this tool does not print; no ids are read from it")
        })?);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.starts_with(&["ID", "NAME"]) {
        return Err(usage("is a table; `descope-keys search --ids` prints the ids alone"));
    }
    checked(&words)
}

fn checked(ids: &[&str]) -> Result<Vec<String>, Failure> {
    let id = |id: &&str| value_parsers::id(id).map_err(|why| usage(&format!("holds what {why}")));
    ids.iter().map(id).collect()
}

fn usage(what: &str) -> Failure {
    Failure::Usage(format!("standard input {what}"))
}

/// What `search`, `load`, `create` and the commands on many keys print.
fn in_document(document: &Value) -> Option<Vec<&str>> {
    match document {
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().or_else(|| key(item))).collect()
        }
        _ => {
            let done = ["activated", "deactivated", "deleted"];
            match done.iter().find_map(|done| document[done].as_array()) {
                Some(ids) => ids.iter().map(Value::as_str).collect(),
                None => Some(vec![key(document).or_else(|| key(&document["key"]))?]),
            }
        }
    }
}

/// The id of a key, which other things with an id are not.
fn key(value: &Value) -> Option<&str> {
    let is_key = ["name", "status", "expireTime"].iter().all(|name| value.get(name).is_some());
    value["id"].as_str().filter(|_| is_key)
}
