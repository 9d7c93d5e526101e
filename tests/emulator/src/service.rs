//! The sans-IO heart: a request, an address and a time in, a response out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::endpoints;
use crate::error::Refusal;
use crate::fault::{Delivery, Faults};
use crate::key::seconds_of;
use crate::limit::{self, RateLimit};
use crate::received::Log;
use crate::signing::{Algorithm, SigningKey};
use crate::store::Store;
use crate::{Key, Operation, User, random, token, unrecorded};

/// What is fixed when an emulator is built.
pub(crate) struct Settings {
    pub(crate) project_id: String,
    pub(crate) management_key: String,
    pub(crate) auth_management_key: Option<String>,
    pub(crate) issuer: String,
    pub(crate) audience: Vec<String>,
    pub(crate) session_lifetime: Duration,
    pub(crate) license_tier: String,
    pub(crate) created_by: String,
    pub(crate) users: HashMap<String, User>,
    pub(crate) roles: HashMap<String, Vec<String>>,
    pub(crate) tenants: HashMap<String, String>,
    pub(crate) client_ip_header: Option<HeaderName>,
    pub(crate) algorithm: Algorithm,
    pub(crate) not_found_status: StatusCode,
    pub(crate) control: bool,
}

/// What a project holds at the start, and after a reset.
pub(crate) struct Initial {
    pub(crate) keys: Vec<Key>,
    pub(crate) search_lag: Duration,
    pub(crate) limits: Vec<RateLimit>,
    pub(crate) keep_requests: usize,
}

/// What changes while it runs.
pub(crate) struct State {
    pub(crate) store: Store,
    /// The last one signs; all are served.
    pub(crate) signing_keys: Vec<Arc<SigningKey>>,
    pub(crate) signing_keys_made: usize,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) limits: Vec<RateLimit>,
    /// How many sessions were given for each key, by its id.
    pub(crate) sessions: HashMap<String, u64>,
}

pub(crate) struct Service {
    pub(crate) settings: Settings,
    initial: Initial,
    first_signing_key: Arc<SigningKey>,
    state: Mutex<State>,
    answers: AtomicU64,
}

/// What an endpoint works on: one request, with the state locked.
pub(crate) struct Context<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) state: &'a mut State,
    pub(crate) now: Duration,
    /// Where the request came from.
    pub(crate) client: IpAddr,
}

/// What an endpoint answers.
pub(crate) enum Answer {
    /// A body that is ready.
    Body(Vec<u8>),
    /// A session, whose token is signed when the state is unlocked again: RSA takes its time.
    Session { key_id: String, claims: Value, signing_key: Arc<SigningKey> },
}

impl Answer {
    pub(crate) fn json(body: &impl Serialize) -> Self {
        Self::Body(serde_json::to_vec(body).expect("keys are JSON"))
    }
}

impl State {
    fn new(initial: &Initial, first_signing_key: Arc<SigningKey>) -> Self {
        let mut store = Store::default();
        store.search_lag = initial.search_lag;
        for key in &initial.keys {
            store.seed(key.clone());
        }
        Self {
            store,
            signing_keys: vec![first_signing_key],
            signing_keys_made: 1,
            log: Log::new(initial.keep_requests),
            faults: Faults::default(),
            limits: initial.limits.clone(),
            sessions: HashMap::new(),
        }
    }
}

impl Service {
    /// What the initial keys leave open is made up.
    pub(crate) fn new(settings: Settings, mut initial: Initial, now: Duration) -> Self {
        for key in &mut initial.keys {
            complete_key(&settings, key, now);
        }
        let first_signing_key = Arc::new(SigningKey::new(settings.algorithm, 1));
        let state = Mutex::new(State::new(&initial, Arc::clone(&first_signing_key)));
        Self { settings, initial, first_signing_key, state, answers: AtomicU64::new(1) }
    }

    pub(crate) fn reset(&self) {
        *self.state() = State::new(&self.initial, Arc::clone(&self.first_signing_key));
    }

    /// The state; whole even after another thread's panic, as no update can panic half-way.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request.
    pub(crate) fn handle(
        &self,
        request: &Request<Vec<u8>>,
        peer: IpAddr,
        now: Duration,
    ) -> Response<Vec<u8>> {
        let client = self.client(request, peer);
        self.state().log.add(request, peer, client);
        let mut response = self.carry_out(request, client, now);
        self.complete(&mut response, now);
        response
    }

    /// Answers one request, with the fault that it meets, and says how the answer is to be delivered.
    pub(crate) fn serve(
        &self,
        request: &Request<Vec<u8>>,
        peer: IpAddr,
        now: Duration,
    ) -> (Response<Vec<u8>>, Delivery) {
        let path = request.uri().path();
        let fault = self.state().faults.take(Operation::at(path), path);
        let Some(fault) = fault else {
            return (self.handle(request, peer, now), Delivery::Whole);
        };
        let client = self.client(request, peer);
        self.state().log.add(request, peer, client);
        let answer = fault.is_carried_out().then(|| self.carry_out(request, client, now));
        let is_page = fault.is_page();
        let (mut response, delivery) = fault.apply(answer.unwrap_or_default());
        if is_page {
            add_missing(&mut response, header::DATE, http_date(now));
        } else {
            self.complete(&mut response, now);
        }
        (response, delivery)
    }

    fn carry_out(
        &self,
        request: &Request<Vec<u8>>,
        client: IpAddr,
        now: Duration,
    ) -> Response<Vec<u8>> {
        let mut state = self.state();
        let operation = Operation::at(request.uri().path());
        if let Some(refused) = limit::refuse(&mut state.limits, operation, client, now) {
            return refused;
        }
        let context = Context { settings: &self.settings, state: &mut state, now, client };
        let answer = dispatch(context, request);
        drop(state);
        respond(answer)
    }

    /// Adds a seeded key with what it leaves open made up.
    pub(crate) fn seed(&self, mut key: Key, now: Duration) -> Key {
        complete_key(&self.settings, &mut key, now);
        self.state().store.seed(key.clone());
        key
    }

    pub(crate) fn clear_log(&self) {
        let mut state = self.state();
        state.log.clear();
        state.sessions.clear();
    }

    pub(crate) fn rotate_signing_key(&self) {
        let mut state = self.state();
        state.signing_keys_made += 1;
        let key = SigningKey::new(self.settings.algorithm, state.signing_keys_made);
        state.signing_keys.push(Arc::new(key));
    }

    pub(crate) fn retire_signing_keys(&self) {
        let mut state = self.state();
        let current = state.signing_keys.len() - 1;
        state.signing_keys.drain(..current);
    }

    /// The key that signs now.
    pub(crate) fn signing_key(&self) -> Arc<SigningKey> {
        Arc::clone(self.state().signing_keys.last().expect("one signs at any time"))
    }

    /// Where a request came from: the peer, or what the header that was chosen for it says.
    fn client(&self, request: &Request<Vec<u8>>, peer: IpAddr) -> IpAddr {
        let told = self.settings.client_ip_header.as_ref().and_then(|name| {
            let value = request.headers().get(name)?.to_str().ok()?;
            value.split(',').next()?.trim().parse().ok()
        });
        told.unwrap_or(peer)
    }

    /// Adds the headers that every answer of the service has.
    pub(crate) fn complete(&self, response: &mut Response<Vec<u8>>, now: Duration) {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        add_missing(response, header::CONTENT_TYPE, "application/json".to_owned());
        add_missing(response, header::DATE, http_date(now));
        add_missing(response, HeaderName::from_static("cf-ray"), format!("{number:016x}-EMU"));
    }
}

fn add_missing(response: &mut Response<Vec<u8>>, name: HeaderName, value: String) {
    let value = HeaderValue::from_str(&value).expect("plain ASCII");
    response.headers_mut().entry(name).or_insert(value);
}

/// The date format of HTTP, which ends with the year 9999.
fn http_date(unix: Duration) -> String {
    let latest = Duration::from_secs(253_402_300_799);
    httpdate::fmt_http_date(UNIX_EPOCH + unix.min(latest))
}

pub(crate) fn client_id(project_id: &str, key_id: &str) -> String {
    token::base64url(format!("{project_id}:{key_id}").as_bytes())
}

/// Makes up what a seeded key leaves open.
fn complete_key(settings: &Settings, key: &mut Key, now: Duration) {
    fill(&mut key.id, || random::text("K2", 26));
    fill(&mut key.cleartext, || random::text("K2", 54));
    fill(&mut key.client_id, || client_id(&settings.project_id, &key.id));
    fill(&mut key.created_by, || settings.created_by.clone());
    if key.created_time == 0 {
        key.created_time = seconds_of(now);
    }
    endpoints::settle_tenants(settings, key);
    key.refresh(now);
}

fn fill(field: &mut String, make: impl FnOnce() -> String) {
    if field.is_empty() {
        *field = make();
    }
}

fn dispatch(mut context: Context<'_>, request: &Request<Vec<u8>>) -> Result<Answer, Refusal> {
    let path = request.uri().path();
    let operation = Operation::at(path).ok_or_else(|| unrecorded::no_such_path(path))?;
    if operation.method() != request.method() {
        return Err(unrecorded::wrong_method());
    }
    if operation.is_management() {
        endpoints::authorize_management(context.settings, request)?;
    }
    endpoints::run(operation, &mut context, request)
}

fn respond(answer: Result<Answer, Refusal>) -> Response<Vec<u8>> {
    match answer {
        Err(refusal) => refusal.into_response(),
        Ok(Answer::Body(body)) => Response::new(body),
        Ok(Answer::Session { key_id, claims, signing_key }) => {
            let jwt = token::sign(&signing_key, &claims);
            let body = json!({"keyId": key_id, "sessionJwt": jwt, "expiration": claims["exp"]});
            Response::new(body.to_string().into_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{MANAGEMENT_KEY, PROJECT, Service};

    fn status(authorization: Option<&str>) -> u16 {
        let mut request = Request::get("/v1/mgmt/license");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        Service::new().send(request.body(Vec::new()).unwrap()).0
    }

    #[test]
    fn management_needs_the_project_and_its_key() {
        assert_eq!(status(Some(&format!("Bearer {PROJECT}:{MANAGEMENT_KEY}"))), 200);
        assert_eq!(status(Some(&format!("bearer {PROJECT}:{MANAGEMENT_KEY}"))), 200);
        assert_eq!(status(None), 401);
        for wrong in [
            format!("Bearer {PROJECT}"),
            format!("Bearer {PROJECT}:"),
            format!("Bearer {PROJECT}:other"),
            format!("Bearer {PROJECT}2:{MANAGEMENT_KEY}"),
            format!("Bearer {PROJECT}{MANAGEMENT_KEY}"),
            format!("Bearer {MANAGEMENT_KEY}"),
            format!("Basic {PROJECT}:{MANAGEMENT_KEY}"),
            format!("{PROJECT}:{MANAGEMENT_KEY}"),
        ] {
            assert_eq!(status(Some(&wrong)), 401, "{wrong}");
        }
    }

    #[test]
    fn a_refused_call_changes_nothing() {
        let service = Service::new();
        let request = Request::post("/v1/mgmt/accesskey/create");
        let (status, answer) = service.send(request.body(b"{\"name\":\"n\"}".to_vec()).unwrap());
        assert_eq!((status, &answer["errorCode"]), (401, &json!("E064001")));
        assert!(service.0.keys().is_empty());
    }

    #[test]
    fn unknown_paths_and_methods_are_descope_errors() {
        let service = Service::new();
        assert_eq!(service.get("/v1/mgmt/user").0, 404);
        assert_eq!(service.get("/v1/mgmt/accesskey/create").0, 405);
        assert_eq!(service.get("/").1["errorCode"], "E011001");
    }

    #[test]
    fn requests_are_limited_by_address_and_sessions_counted_by_key() {
        let key = Key::new("k").with_id("K2k").with_cleartext("c");
        let limit = RateLimit::new(2, Duration::from_secs(10)).on(Operation::Exchange);
        let service = Service::with(crate::Emulator::builder().key(key).limit(limit));
        let exchange = |secret| service.exchange(secret, json!({}));
        assert_eq!((exchange("c").0, exchange("other").0), (200, 401));
        let (status, answer) = exchange("c");
        assert_eq!((status, &answer["errorCode"]), (429, &json!("E130429")));
        assert_eq!(service.get("/v1/mgmt/license").0, 200, "not an exchange");
        service.0.advance(Duration::from_secs(10));
        assert_eq!(exchange("c").0, 200);
        assert_eq!((service.0.sessions("K2k"), service.0.count(Operation::Exchange)), (2, 4));
        let here = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(service.0.count_from(here, Operation::Exchange), 4);
        service.0.clear_limits();
        assert_eq!((exchange("c").0, exchange("c").0, exchange("c").0), (200, 200, 200));
        service.0.clear_requests();
        assert_eq!((service.0.sessions("K2k"), service.0.total()), (0, 0));
    }

    #[test]
    fn every_answer_has_a_date_an_id_and_a_type() {
        let service = Service::new();
        let request = Request::get("/").body(Vec::new()).unwrap();
        let handle = |seconds| {
            let peer = IpAddr::from([127, 0, 0, 1]);
            service.0.handle(&request, peer, Duration::from_secs(seconds))
        };
        let (first, second) = (handle(784_111_777), handle(u64::MAX));
        assert_eq!(first.headers()["date"], "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(second.headers()["date"], "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(first.headers()["content-type"], "application/json");
        assert_ne!(first.headers()["cf-ray"], second.headers()["cf-ray"]);
    }

    #[test]
    fn no_debug_output_shows_a_secret() {
        let builder = crate::Emulator::builder().auth_management_key("hush-auth");
        let builder = builder.key(Key::new("k").with_cleartext("hush-clear"));
        let shown = format!("{builder:?}");
        let service = Service::with(builder.management_key(MANAGEMENT_KEY));
        let emulator = &service.0;
        service.exchange("hush-clear", json!({}));
        let jwt = emulator.mint(json!({}));
        let signature = jwt.rsplit('.').next().unwrap();
        let all = format!(
            "{shown} {emulator:?} {:?} {:?} {:?} {:?}",
            emulator.keys(),
            emulator.requests(),
            emulator.token(),
            emulator.transport(),
        );
        for secret in ["hush-", MANAGEMENT_KEY, signature] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
}
