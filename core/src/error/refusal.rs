//! What is kept of an answer that an error is made of, with every credential replaced.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use http::header::LOCATION;
use http::{Response, StatusCode, Uri};
use serde_json::Value;

use super::header_times;
use super::headline::{Excerpt, headline};
use super::redact::{REPLACEMENT, contains, scrub};
use crate::base::Now;
use crate::json::body;

/// The most bytes of an error answer's body that are kept.
const KEPT: usize = 64 << 10;
/// The most bytes of a request id that are kept.
const KEPT_ID: usize = 200;
/// Members whose value is a secret wherever it turns up.
const SECRET_MEMBERS: [&str; 3] = ["cleartext", "sessionJwt", "refreshJwt"];

/// The most bytes of a refusal's body that are looked at: a credential across the edge of what is kept is
/// replaced before it is cut.
pub(crate) fn most_read(credentials: impl Iterator<Item = impl AsRef<str>>) -> usize {
    let longest = credentials.map(|credential| credential.as_ref().len()).max();
    KEPT.saturating_add(longest.unwrap_or(0))
}

/// Who is known to have refused. Gateways, edges, proxies and captive portals answer too; only a
/// body with one of the service's codes (`E` and six digits or more) counts as the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Word {
    /// Nothing shows that the service said it: nothing follows from it about any key.
    Unproven,
    /// The service's.
    Service,
    /// The service's: there is no such access key (`E111502`), whatever the status.
    KeyNotFound,
    /// The service's: too many requests (`E130429`), whatever the status.
    TooManyRequests,
}

impl Word {
    fn of(code: &str) -> Self {
        let digits = code.strip_prefix('E').unwrap_or_default();
        match code {
            "E111502" => Self::KeyNotFound,
            "E130429" => Self::TooManyRequests,
            _ if digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Self::Service
            }
            _ => Self::Unproven,
        }
    }
}

/// What is kept of an answer that an error is made of, already free of credentials.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: Option<StatusCode>,
    /// Host and port that were asked.
    pub(crate) server: String,
    /// The host that a redirect leads to.
    pub(crate) redirects_to: Option<String>,
    /// Where it is the service's word, as the two that follow.
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
    pub(crate) fn refusal(
        response: &Response<Vec<u8>>,
        now: Now,
        server: &str,
        credentials: &[&str],
    ) -> Self {
        let mut answer = Self::head(response, now, server, credentials);
        let body = response.body();
        let kept = &body[..body.len().min(most_read(credentials.iter()))];
        let whole = serde_json::from_slice::<Value>(kept);
        let is_whole = whole.is_ok();
        let mut json = whole.unwrap_or_else(|error| match error.is_eof() {
            true => Value::Object(body::beginning(kept)),
            false => Value::Null,
        });
        scrub_json(&mut json, credentials);
        if is_whole {
            answer.body = shortened(json.to_string(), KEPT);
        } else {
            let text = String::from_utf8_lossy(kept);
            // A secret that this text may hold cannot be told from the rest of it.
            if !SECRET_MEMBERS.iter().any(|member| contains(&text, member)) {
                answer.body = shortened(scrub(&text, credentials), KEPT);
            }
        }
        let text = |name| match json.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        answer.code = text("errorCode").filter(|code| Word::of(code) != Word::Unproven);
        if answer.code.is_some() {
            answer.description = text("errorDescription");
            answer.message = text("errorMessage").or_else(|| text("message"));
        }
        answer
    }

    pub(crate) fn word(&self) -> Word {
        self.code.as_deref().map_or(Word::Unproven, Word::of)
    }

    /// Reads the head alone: a 2xx, or part of an answer, may hold a cleartext in its body.
    pub(crate) fn head(
        response: &Response<Vec<u8>>,
        now: Now,
        server: &str,
        credentials: &[&str],
    ) -> Self {
        let headers = response.headers();
        let location = headers.get(LOCATION).filter(|_| response.status().is_redirection());
        let redirects_to = location
            .and_then(|location| location.to_str().ok()?.parse::<Uri>().ok())
            .and_then(|location| location.host().map(|host| scrub(host, credentials)))
            .map(|host| shortened(host, KEPT_ID));
        let request_id = ["cf-ray", "x-request-id"]
            .into_iter()
            .find_map(|name| headers.get(name)?.to_str().ok())
            .map(|id| shortened(scrub(id, credentials), KEPT_ID));
        Self {
            status: Some(response.status()),
            server: server.into(),
            redirects_to,
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
            write!(f, " (status {}", status.as_u16())?;
            // An edge's 526 has no name that HTTP knows.
            if let Some(reason) = status.canonical_reason() {
                write!(f, " {reason}")?;
            }
            if self.word() == Word::Unproven {
                write!(f, " from {}", self.server)?;
                if let Some(line) = headline(&self.body) {
                    write!(f, ": {}", Excerpt(&line))?;
                }
            }
            if let Some(host) = &self.redirects_to {
                write!(f, ", leads to {}", Excerpt(host))?;
            }
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
