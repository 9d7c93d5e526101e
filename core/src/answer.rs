//! What is kept of an answer that an error is made of, with every credential replaced.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use http::Response;
use serde_json::Value;

use crate::error::Answer;
use crate::{Now, retry};

/// The most bytes of an error answer's body that are kept.
const KEPT: usize = 64 << 10;
const REPLACEMENT: &str = "[redacted]";
/// Members whose value is a secret wherever it turns up.
const SECRET_MEMBERS: [&str; 3] = ["cleartext", "sessionJwt", "refreshJwt"];

impl Answer {
    /// Reads an answer that is not a success. `credentials` are those of the request.
    pub(crate) fn refusal(response: &Response<Vec<u8>>, now: Now, credentials: &[&str]) -> Self {
        let mut answer = Self::head(response, now, credentials);
        let kept = &response.body()[..response.body().len().min(KEPT)];
        let Ok(mut json) = serde_json::from_slice::<Value>(kept) else {
            let text = String::from_utf8_lossy(kept);
            // A secret that this text may hold cannot be told from the rest of it.
            if !SECRET_MEMBERS.iter().any(|member| text.contains(member)) {
                answer.body = scrub(&text, credentials);
            }
            return answer;
        };
        scrub_json(&mut json, credentials);
        let text = |name| match json.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        answer.code = text("errorCode");
        answer.description = text("errorDescription");
        answer.message = text("errorMessage").or_else(|| text("message"));
        answer.body = json.to_string();
        answer
    }

    /// Reads the head alone: a 2xx, or part of an answer, may hold a cleartext in its body.
    pub(crate) fn head(response: &Response<Vec<u8>>, now: Now, credentials: &[&str]) -> Self {
        let headers = response.headers();
        let request_id = ["cf-ray", "x-request-id"]
            .into_iter()
            .find_map(|name| headers.get(name)?.to_str().ok())
            .map(|id| scrub(&id[..id.len().min(200)], credentials));
        Self {
            status: Some(response.status()),
            request_id,
            retry_after: retry::retry_after(headers, now),
            date: retry::date(headers),
            ..Self::default()
        }
    }
}

fn scrub(text: &str, credentials: &[&str]) -> String {
    credentials
        .iter()
        .filter(|credential| !credential.is_empty())
        .fold(text.to_string(), |text, credential| text.replace(credential, REPLACEMENT))
}

fn scrub_json(value: &mut Value, credentials: &[&str]) {
    match value {
        Value::String(text) => *text = scrub(text, credentials),
        Value::Array(items) => items.iter_mut().for_each(|item| scrub_json(item, credentials)),
        Value::Object(members) => {
            *members = core::mem::take(members)
                .into_iter()
                .map(|(name, mut value)| {
                    if SECRET_MEMBERS.contains(&name.as_str()) {
                        value = Value::from(REPLACEMENT);
                    }
                    scrub_json(&mut value, credentials);
                    (scrub(&name, credentials), value)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
