//! Turns an endpoint into a request that a transport can send.

use core::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};

use crate::base::{Class, Now, Operation};
use crate::call::call_context::CallContext;
use crate::call::{Auth, Endpoint, Outgoing};
use crate::config::{CallOptions, Config, EXTERNAL_REQUEST_ID, bearer, credential, header_value};
use crate::error::refusal::most_read;
use crate::error::{Error, ErrorKind};

/// "No deadline", said as a very long one, must not overflow the clock of a transport.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// A request with everything that all requests have, and its bounds.
pub(crate) fn outgoing<E: Endpoint + ?Sized>(
    context: &CallContext,
    endpoint: &E,
    options: &CallOptions,
    first: Now,
    timeout: Duration,
) -> Result<Outgoing, Error> {
    let config = context.config();
    let authorization = authorization(config, endpoint.auth())?;
    let mut request = endpoint.request(config, first)?;
    let has_body = !request.body().is_empty();
    let headers = request.headers_mut();
    headers.clone_from(&config.headers);
    if let Some(authorization) = authorization {
        headers.insert(AUTHORIZATION, authorization);
    }
    if !has_body {
        headers.remove(CONTENT_TYPE);
    }
    if let Some(id) = &options.external_request_id {
        headers.insert(EXTERNAL_REQUEST_ID, header_value("external_request_id", id)?);
    }
    if let (Auth::Management, Some(tier)) = (endpoint.auth(), context.tier().header()) {
        headers.insert("x-descope-license", tier);
    }
    let operation = endpoint.operation();
    let timeout = timeout.min(LONGEST);
    let max_body = max_body(context, operation);
    Ok(Outgoing {
        request,
        timeout,
        connect_timeout: config.limits.connect_timeout.min(timeout),
        reused_timeout: timeout,
        max_header: config.limits.max_header,
        max_body,
        max_refusal_body: most_read(credentials(config, endpoint.auth())).min(max_body),
        fresh_connection: operation.class == Class::OneShot,
        loopback: config.loopback,
        operation,
        attempt: 1,
    })
}

pub(crate) fn max_body(context: &CallContext, operation: Operation) -> usize {
    let limits = context.config().limits();
    if operation.bulk { limits.max_bulk_body } else { limits.max_body }
}

/// What must not be seen of a request with this bearer, even where a server echoes it.
pub(crate) fn credentials<'a>(config: &'a Config, auth: Auth<'a>) -> impl Iterator<Item = &'a str> {
    let own = match auth {
        Auth::AccessKey(key) => Some(key.expose().trim()),
        Auth::Management | Auth::Project => None,
    };
    config.secrets().chain(own)
}

/// The value of `Authorization`, where it is not that of the configuration's headers.
fn authorization(config: &Config, auth: Auth<'_>) -> Result<Option<HeaderValue>, Error> {
    match (auth, &config.management_bearer, &config.auth_management) {
        (Auth::Project, _, _) => Ok(None),
        (Auth::Management, Some(bearer), _) => Ok(Some(bearer.clone())),
        (Auth::Management, None, _) => Err(Error::new(
            ErrorKind::MissingCredential,
            "needs a management key, and none is configured (DESCOPE_MANAGEMENT_KEY)",
        )),
        (Auth::AccessKey(key), _, Some(management)) => {
            let key = credential(key, "access key")?;
            bearer(&[&config.project_id, key, management.expose()]).map(Some)
        }
        (Auth::AccessKey(key), _, None) => {
            bearer(&[&config.project_id, credential(key, "access key")?]).map(Some)
        }
    }
}
