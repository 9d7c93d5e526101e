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
        let Some(mut json) = parsed(response.body()) else {
            // A credential across the edge of what is kept is replaced too; of one across the edge
            // of what is looked at, nothing is kept.
            let longest = credentials.iter().map(|credential| credential.len()).max().unwrap_or(0);
            let body = &response.body()[..response.body().len().min(KEPT + longest)];
            let text = String::from_utf8_lossy(body);
            // A secret that this text may hold cannot be told from the rest of it.
            if !SECRET_MEMBERS.iter().any(|member| text.contains(member)) {
                let text = scrub(&text, credentials);
                let whole = body.len() == response.body().len();
                let end = text.len() - if whole { 0 } else { longest.min(text.len()) };
                answer.body = cut(text, end.min(KEPT));
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
            .map(|id| cut(scrub(id, credentials), 200));
        Self {
            status: Some(response.status()),
            request_id,
            retry_after: retry::retry_after(headers, now),
            date: retry::date(headers),
            ..Self::default()
        }
    }
}

fn parsed(body: &[u8]) -> Option<Value> {
    if body.len() > KEPT { None } else { serde_json::from_slice(body).ok() }
}

/// The beginning of a text, cut only when it holds no credential any more: half of one would not be
/// found.
fn cut(mut text: String, mut end: usize) -> String {
    while !text.is_char_boundary(end.min(text.len())) {
        end -= 1;
    }
    text.truncate(end);
    text
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
