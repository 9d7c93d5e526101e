//! One fetch of the signing keys, on behalf of all who need them.

use alloc::sync::Arc;
use core::time::Duration;

use super::session_context::SessionContext;
use super::signing_key_cache::{FetchResult, Fetched};
use crate::base::Now;
use crate::call::Call;
use crate::call::flight::Lease;
use crate::call::patience::Patience;
use crate::call::step::Step;
use crate::config::{Cache, CallOptions, Event};
use crate::endpoints::FetchSigningKeys;
use crate::error::Error;
use crate::jwt::SigningKeys;

/// The right to fetch them.
pub(crate) struct SigningKeyFetch {
    lease: Lease<FetchResult>,
    patience: Patience,
    /// The caller had as much of it as is configured when it began.
    patient: bool,
}

impl SigningKeyFetch {
    /// Begins. `again`: the last fetch failed. The call is to be over at `deadline` (monotonic).
    pub(crate) fn start(
        context: &SessionContext,
        (lease, again): (Lease<FetchResult>, bool),
        options: &CallOptions,
        deadline: Duration,
        now: Now,
    ) -> (Self, Step<Call<FetchSigningKeys>>) {
        let patience = context.patience(options, deadline);
        let patient = context.is_patient(patience, now);
        let options = context.for_fetch(options, deadline, again, now);
        let calls = context.calls().clone();
        let step = Call::start(calls, FetchSigningKeys::new(), options, now);
        (Self { lease, patience, patient }, step)
    }

    /// Takes what it brought, and shares it with those who waited.
    pub(crate) fn end(
        self,
        context: &SessionContext,
        result: Result<SigningKeys, Error>,
        now: Now,
    ) -> Result<Arc<Fetched>, Error> {
        let (cache, random) = (context.signing_keys(), context.calls().random(now));
        let patience = (self.patience, self.patient);
        let (result, turned) = cache.fetched(self.lease, result, patience, random, now);
        let failed = result.as_ref().err();
        if failed.is_none_or(|error| error.attempts() > 0) {
            let (status, failure) = (failed.and_then(Error::status), failed.map(Error::kind));
            context.tell(Event::SigningKeyFetch { status, failure });
        }
        if turned {
            context.tell_turn(Cache::SigningKeys, failed, cache.stock(now).keys.is_some());
        }
        result
    }
}
