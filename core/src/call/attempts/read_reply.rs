//! What a reply amounts to: a success, or an error with what it means that it is none.

use alloc::borrow::{Cow, ToOwned};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use http::Response;

use super::{Call, End};
use crate::base::Now;
use crate::call::outgoing::{credentials, max_body};
use crate::call::retry::{self, Ending, Verdict, Word};
use crate::call::{Auth, Endpoint, Failure, FailureKind, Reply, Salvaged};
use crate::error::Error;
use crate::error::refusal::Answer;
use crate::error::wording::{
    access_key_refused, connection_text, failure_text, management_refused, project_refused,
    refusal_text,
};

impl<E: Endpoint> Call<E> {
    pub(super) fn read(&self, reply: Reply, now: Now) -> End {
        match self.bounded(reply) {
            Ok(response) if response.status().is_success() => Ok(response),
            Ok(response) => Err(self.read_refusal(&response, now)),
            Err(failure) => {
                // Part of an answer proves that the request was sent, whatever the transport says.
                let sent = failure.sent || failure.partial.is_some();
                let verdict = self.judge(Ending::Failure { kind: failure.kind, sent });
                Err((self.read_failure(failure, verdict, now), verdict))
            }
        }
    }

    /// A complete answer that is no success.
    fn read_refusal(&self, response: &Response<Vec<u8>>, now: Now) -> (Error, Verdict) {
        let server = self.context.config().server();
        let answer = Answer::refusal(response, now, &server, &self.credentials());
        let status = response.status().as_u16();
        let verdict = self.judge(Ending::Status { status, word: answer.word() });
        let text = self.refusal_text(verdict, status, answer.word());
        (Error::new(verdict.kind, text).with_answer(answer), verdict)
    }

    fn refusal_text(&self, verdict: Verdict, status: u16, word: Word) -> Cow<'static, str> {
        let project = self.context.config().project_id();
        let about_credential = match self.endpoint.auth() {
            Auth::Management => management_refused(status, project),
            Auth::AccessKey(_) => access_key_refused(status, project),
            Auth::Project => project_refused(status, project),
        };
        match (word, about_credential) {
            (Word::Service, Some(text)) => text.into(),
            (Word::KeyNotFound, _) => "this project has no such access key".into(),
            _ => refusal_text(verdict.kind, verdict.outcome, status).into(),
        }
    }

    pub(super) fn head(&self, response: &Response<Vec<u8>>, now: Now) -> Answer {
        let server = self.context.config().server();
        Answer::head(response, now, &server, &self.credentials())
    }

    pub(super) fn with_salvaged(&self, error: Error, body: &[u8]) -> Error {
        match self.endpoint.salvage(body) {
            Some(Salvaged { cleartext, id }) => error.with_cleartext(cleartext, id),
            None => error,
        }
    }

    fn read_failure(&self, failure: Failure, verdict: Verdict, now: Now) -> Error {
        let mut error = match self.connection_text(&failure, verdict) {
            Some(text) => Error::new(verdict.kind, text),
            None => Error::new(verdict.kind, failure_text(verdict.kind, failure.sent)),
        };
        if let Some(partial) = failure.partial {
            if partial.status().is_success() {
                error = self.with_salvaged(error, partial.body());
            }
            error = error.with_answer(self.head(&partial, now));
        }
        match failure.source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }

    fn connection_text(&self, failure: &Failure, verdict: Verdict) -> Option<String> {
        match (failure.kind, &failure.proxy) {
            (FailureKind::Proxy, Some(proxy)) => Some(format!(
                "the proxy {proxy} rejects the login: check its user name \
                 and password"
            )),
            (FailureKind::Proxy, None) => {
                Some("the proxy setting is invalid, and no request bypasses it".to_owned())
            }
            (_, proxy) => {
                let server = self.context.config().server();
                connection_text(verdict.kind, &server, proxy.as_deref())
            }
        }
    }

    /// A transport bounds bodies; one that did not is not relied on. Of a refusal, what is kept of
    /// the body is enough.
    fn bounded(&self, reply: Reply) -> Reply {
        match reply {
            Ok(answer) if !answer.status().is_success() => Ok(answer),
            Ok(answer) if answer.body().len() > max_body(&self.context, self.operation()) => {
                Err(Failure::new(FailureKind::BodyTooLarge).with_partial(answer))
            }
            Err(failure) => failure.refusal().cloned().ok_or(failure),
            reply => reply,
        }
    }

    pub(super) fn judge(&self, ending: Ending) -> Verdict {
        retry::judge(self.endpoint.operation().class, ending)
    }

    fn credentials(&self) -> Vec<&str> {
        credentials(self.context.config(), self.endpoint.auth()).collect()
    }
}
