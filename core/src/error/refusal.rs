//! What is kept of an answer that an error is made of, with every credential replaced.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use http::{Response, StatusCode};
use serde_json::Value;

use super::header_times;
use super::redact::{REPLACEMENT, contains, scrub};
use crate::base::Now;

/// The most bytes of an error answer's body that are kept.
const KEPT: usize = 64 << 10;
/// The most bytes of a request id that are kept.
const KEPT_ID: usize = 200;
/// Members whose value is a secret wherever it turns up.
const SECRET_MEMBERS: [&str; 3] = ["cleartext", "sessionJwt", "refreshJwt"];

/// What is kept of an answer that an error is made of, already free of credentials.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) body: String,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// The service's clock, in Unix seconds, from the answer's `Date`.
    pub(crate) date: Option<i64>,
}

impl Answer {
    /// Reads an answer that is not a success. `credentials` are those of the request.
    pub(crate) fn refusal(response: &Response<Vec<u8>>, now: Now, credentials: &[&str]) -> Self {
        let mut answer = Self::head(response, now, credentials);
        let body = response.body();
        // A credential across the edge of what is kept is replaced before it is cut.
        let longest = credentials.iter().map(|credential| credential.len()).max().unwrap_or(0);
        let kept = &body[..body.len().min(KEPT + longest)];
        let Ok(mut json) = serde_json::from_slice::<Value>(kept) else {
            let text = String::from_utf8_lossy(kept);
            // A secret that this text may hold cannot be told from the rest of it.
            if !SECRET_MEMBERS.iter().any(|member| contains(&text, member)) {
                answer.body = shortened(scrub(&text, credentials), KEPT);
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
        answer.body = shortened(json.to_string(), KEPT);
        answer
    }

    /// Reads the head alone: a 2xx, or part of an answer, may hold a cleartext in its body.
    pub(crate) fn head(response: &Response<Vec<u8>>, now: Now, credentials: &[&str]) -> Self {
        let headers = response.headers();
        let request_id = ["cf-ray", "x-request-id"]
            .into_iter()
            .find_map(|name| headers.get(name)?.to_str().ok())
            .map(|id| shortened(scrub(id, credentials), KEPT_ID));
        Self {
            status: Some(response.status()),
            request_id,
            retry_after: header_times::retry_after(headers, now),
            date: header_times::date(headers),
            ..Self::default()
        }
    }
}

/// Cut at a character's end, to at most so many bytes.
fn shortened(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
    }
    text
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
        // A credential of nothing but digits.
        Value::Number(number) if credentials.contains(&number.to_string().as_str()) => {
            *value = Value::from(REPLACEMENT);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(status) = self.status {
            write!(f, " (status {status}")?;
            let texts = [&self.code, &self.description, &self.message];
            for text in texts.into_iter().flatten() {
                write!(f, ", {}", Excerpt(text))?;
            }
            if let Some(retry_after) = self.retry_after {
                write!(f, ", retry after {} s", retry_after.as_secs())?;
            }
            if let Some(request_id) = &self.request_id {
                write!(f, ", request id {request_id}")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// The beginning of a text of the service's, in one line.
struct Excerpt<'a>(&'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LENGTH: usize = 300;
        let end = self.0.char_indices().nth(LENGTH).map_or(self.0.len(), |(end, _)| end);
        write!(f, "{}", self.0[..end].escape_debug())?;
        if end < self.0.len() { f.write_str("…") } else { Ok(()) }
    }
}
