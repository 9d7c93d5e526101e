//! Faults by name: what goes wrong, for which requests, and how often.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::{Operation, Page, unrecorded};

/// Something that goes wrong with the next requests it applies to.
///
/// A fault applies once, to any request, unless told otherwise. Of several that apply, the one that
/// was injected first is used up first, so a sequence of faults is injected in its order.
///
/// Whether the request is carried out is part of the fault: an answer that is lost, cut or slow is
/// the answer to a change that was made; an error status comes from before it
/// ([`carried_out`](Self::carried_out) changes that).
///
/// ```
/// use descope_emulator::{Emulator, Fault, Operation};
///
/// let emulator = Emulator::start();
/// emulator.inject(Fault::status(503).times(2).on(Operation::Create));
/// emulator.inject(Fault::lost_answer().on(Operation::Create));
/// emulator.inject(Fault::status(429).retry_after(3).on(Operation::Exchange).forever());
/// ```
#[derive(Clone)]
pub struct Fault {
    effect: Effect,
    carried_out: bool,
    operations: Vec<Operation>,
    path: Option<String>,
    skip: u32,
    times: Option<u32>,
}

#[derive(Clone)]
enum Effect {
    /// Of the service, or of what says it is.
    Answer(Response<Vec<u8>>),
    /// Of something in the service's place.
    Page(Response<Vec<u8>>),
    Edited(Arc<dyn Fn(&mut Value) + Send + Sync>),
    Delivered(Delivery),
}

/// How an answer reaches the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    Delayed(Duration),
    Slow(Duration),
    Cut,
    Closed,
    Reset,
    Garbage,
    Stalled,
}

impl Fault {
    fn new(effect: Effect, carried_out: bool) -> Self {
        Self { effect, carried_out, operations: Vec::new(), path: None, skip: 0, times: Some(1) }
    }

    /// An error with this status and a Descope error as its body; the request is not carried out.
    ///
    /// # Panics
    ///
    /// When the status is not between 100 and 999.
    #[must_use]
    pub fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("a status is between 100 and 999");
        Self::answer(unrecorded::injected(status).into_response())
    }

    /// A refusal of the service with this status, code (such as `E111502`) and message; the request
    /// is not carried out.
    ///
    /// # Panics
    ///
    /// When the status is not between 100 and 999.
    #[must_use]
    pub fn refusal(status: u16, code: &str, message: &str) -> Self {
        let status = StatusCode::from_u16(status).expect("a status is between 100 and 999");
        let body = json!({"errorCode": code, "errorDescription": message, "errorMessage": message});
        let mut response = Response::new(body.to_string().into_bytes());
        *response.status_mut() = status;
        Self::answer(response)
    }

    /// The answer of something that stands in the service's place; the request is not carried out.
    /// With [`carried_out`](Self::carried_out) the change is made, and the page replaces its answer.
    #[must_use]
    pub fn page(page: Page) -> Self {
        Self::new(Effect::Page(page.response()), false)
    }

    /// Exactly this answer; the request is not carried out. `content-length`, and where they are
    /// missing `content-type`, `date` and `cf-ray`, are added.
    #[must_use]
    pub fn answer(response: Response<Vec<u8>>) -> Self {
        Self::new(Effect::Answer(response), false)
    }

    /// The request is carried out, and the JSON of its answer is changed: members added, nulled,
    /// of another type.
    ///
    /// ```
    /// # use descope_emulator::Fault;
    /// Fault::edited(|answer| answer["key"]["expireTime"] = "4102444800".into());
    /// ```
    #[must_use]
    pub fn edited(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::new(Effect::Edited(Arc::new(edit)), true)
    }

    /// The request is carried out, and the connection closed without an answer.
    #[must_use]
    pub fn lost_answer() -> Self {
        Self::closed().carried_out()
    }

    /// The connection is closed without an answer; the request is not carried out.
    #[must_use]
    pub fn closed() -> Self {
        Self::new(Effect::Delivered(Delivery::Closed), false)
    }

    /// The connection is reset; the request is not carried out.
    #[must_use]
    pub fn reset() -> Self {
        Self::new(Effect::Delivered(Delivery::Reset), false)
    }

    /// The request is carried out; the connection closes in the middle of the answer's body.
    #[must_use]
    pub fn cut() -> Self {
        Self::new(Effect::Delivered(Delivery::Cut), true)
    }

    /// The answer is not HTTP; the request is not carried out.
    #[must_use]
    pub fn garbage() -> Self {
        Self::new(Effect::Delivered(Delivery::Garbage), false)
    }

    /// The request is carried out; its answer comes this much later.
    #[must_use]
    pub fn delayed(by: Duration) -> Self {
        Self::new(Effect::Delivered(Delivery::Delayed(by)), true)
    }

    /// The request is carried out; its answer comes byte by byte, with this pause before each.
    #[must_use]
    pub fn slow(pause: Duration) -> Self {
        Self::new(Effect::Delivered(Delivery::Slow(pause)), true)
    }

    /// There is no answer, and the connection stays open until the caller closes it or the emulator
    /// stops; the request is not carried out.
    #[must_use]
    pub fn stalled() -> Self {
        Self::new(Effect::Delivered(Delivery::Stalled), false)
    }

    /// The request is carried out all the same: the change is made, then comes the fault.
    #[must_use]
    pub fn carried_out(mut self) -> Self {
        self.carried_out = true;
        self
    }

    /// Adds a header to an answer that is made up (from [`status`](Self::status),
    /// [`refusal`](Self::refusal), [`answer`](Self::answer) or [`page`](Self::page)); other faults
    /// have none.
    ///
    /// # Panics
    ///
    /// When it is no header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Effect::Answer(response) | Effect::Page(response) = &mut self.effect {
            let name: HeaderName = name.parse().expect("a header's name");
            response.headers_mut().append(name, HeaderValue::from_str(value).expect("its value"));
        }
        self
    }

    /// Adds `Retry-After` with this many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("retry-after", &seconds.to_string())
    }

    /// Restricts it to this operation, or to one more.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Restricts it to paths that begin with this.
    #[must_use]
    pub fn on_path(mut self, prefix: impl Into<String>) -> Self {
        self.path = Some(prefix.into());
        self
    }

    /// Lets so many of the requests that it would apply to pass, counted from now on and whether or
    /// not they meet another fault: with `on(Operation::Delete).after(2)` it is the third deletion.
    #[must_use]
    pub fn after(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// How many requests it applies to, instead of one.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Applies it until the faults are cleared.
    #[must_use]
    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    /// The body of an answer with this status that says nothing in particular.
    pub(crate) fn body_of(status: u16) -> Vec<u8> {
        let status = StatusCode::from_u16(status).unwrap_or_default();
        if status.is_success() {
            b"{}".to_vec()
        } else {
            unrecorded::injected(status).into_response().into_body()
        }
    }

    fn applies(&self, operation: Option<Operation>, path: &str) -> bool {
        self.times != Some(0)
            && (self.operations.is_empty()
                || operation.is_some_and(|it| self.operations.contains(&it)))
            && self.path.as_ref().is_none_or(|prefix| path.starts_with(prefix))
    }

    pub(crate) fn is_carried_out(&self) -> bool {
        self.carried_out
    }

    /// Whether the answer is somebody else's than the service's.
    pub(crate) fn is_page(&self) -> bool {
        matches!(self.effect, Effect::Page(_))
    }

    /// What becomes of the answer; one that was not carried out is empty.
    pub(crate) fn apply(self, answer: Response<Vec<u8>>) -> (Response<Vec<u8>>, Delivery) {
        match self.effect {
            Effect::Answer(response) | Effect::Page(response) => (response, Delivery::Whole),
            Effect::Delivered(how) => (answer, how),
            Effect::Edited(edit) => {
                let (head, body) = answer.into_parts();
                let mut json: Value = serde_json::from_slice(&body).unwrap_or_default();
                edit(&mut json);
                (Response::from_parts(head, json.to_string().into_bytes()), Delivery::Whole)
            }
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect: &dyn fmt::Debug = match &self.effect {
            Effect::Answer(response) | Effect::Page(response) => &response.status(),
            Effect::Edited(_) => &"Edited",
            Effect::Delivered(how) => how,
        };
        f.debug_struct("Fault")
            .field("effect", effect)
            .field("carried_out", &self.carried_out)
            .field("operations", &self.operations)
            .field("path", &self.path)
            .field("skip", &self.skip)
            .field("times", &self.times)
            .finish()
    }
}

/// The faults that are still to come.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes the fault that this request meets, if any.
    pub(crate) fn take(&mut self, operation: Option<Operation>, path: &str) -> Option<Fault> {
        let mut met = None;
        for fault in self.0.iter_mut().filter(|fault| fault.applies(operation, path)) {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if met.is_none() {
                met = Some(fault.clone());
                fault.times = fault.times.map(|times| times.saturating_sub(1));
            }
        }
        self.0.retain(|fault| fault.times != Some(0));
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(fault: Option<Fault>) -> u16 {
        fault.map_or(0, |fault| fault.apply(Response::default()).0.status().as_u16())
    }

    #[test]
    fn faults_are_used_up_in_their_order() {
        let mut faults = Faults::default();
        faults.add(Fault::status(503).times(2));
        faults.add(Fault::status(429));
        let seen: Vec<u16> = (0..4).map(|_| status(faults.take(None, "/"))).collect();
        assert_eq!(seen, [503, 503, 429, 0]);
    }

    #[test]
    fn a_fault_counts_the_requests_that_meet_others_too() {
        let mut faults = Faults::default();
        faults.add(Fault::status(503).times(2));
        faults.add(Fault::status(429).after(3));
        faults.add(Fault::status(500).after(2).times(0));
        let seen: Vec<u16> = (0..5).map(|_| status(faults.take(None, "/"))).collect();
        assert_eq!(seen, [503, 503, 0, 429, 0]);
    }

    #[test]
    fn a_fault_keeps_to_its_operation_path_and_start() {
        let mut faults = Faults::default();
        faults.add(Fault::status(500).on(Operation::Load).after(1).forever());
        faults.add(Fault::status(501).on_path("/v2/"));
        assert_eq!(status(faults.take(Some(Operation::Create), "/v1/x")), 0);
        assert_eq!(status(faults.take(Some(Operation::Load), "/v1/x")), 0);
        assert_eq!(status(faults.take(Some(Operation::Load), "/v1/x")), 500);
        assert_eq!(status(faults.take(Some(Operation::SigningKeys), "/v2/keys/P")), 501);
        assert_eq!(status(faults.take(Some(Operation::Load), "/v1/x")), 500);
        faults.clear();
        assert_eq!(status(faults.take(Some(Operation::Load), "/v1/x")), 0);
    }
}
