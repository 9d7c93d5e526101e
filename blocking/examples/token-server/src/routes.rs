//! What is served to whom.

use std::io::Cursor;

use descope_blocking::http::{self, request::Parts};
use descope_blocking::{Authenticator, Rejection};
use serde_json::json;
use tiny_http::{Header, Method, Request, Response};

pub(crate) fn answer(auth: &Authenticator, request: Request) {
    let response = match route(auth, &request) {
        Ok(response) => response,
        Err(rejection) => refusal(rejection),
    };
    // The caller may be gone.
    let _ = request.respond(response);
}

type Answer = Response<Cursor<Vec<u8>>>;

fn route(auth: &Authenticator, request: &Request) -> Result<Answer, Rejection> {
    let head = head(request);
    Ok(match (request.method(), request.url()) {
        (Method::Get, "/whoami") => {
            let caller = auth.check(&head)?;
            let tenants: Vec<_> = caller.claims().tenants().collect();
            json_answer(&json!({"key": caller.claims().key_id(), "tenants": tenants}))
        }
        (Method::Post, "/deploy") => {
            let caller = auth.check(&head)?.in_tenant("acme")?.with_role("deployer")?;
            json_answer(&json!({"deployed_by": caller.claims().key_id()}))
        }
        _ => Response::from_data(Vec::new()).with_status_code(404),
    })
}

/// The head as the authenticator takes it. A header that is none is left out.
fn head(request: &Request) -> Parts {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().as_str().parse().unwrap_or_default();
    head.uri = request.url().parse().unwrap_or_default();
    for header in request.headers() {
        let name = http::HeaderName::from_bytes(header.field.as_str().as_bytes());
        if let (Ok(name), Ok(value)) = (name, header.value.as_str().parse()) {
            head.headers.append(name, value);
        }
    }
    head
}

fn refusal(rejection: Rejection) -> Answer {
    // Why exactly is for the log alone. No secret is in it.
    eprintln!("{rejection}");
    let refusal: http::Response<Vec<u8>> = rejection.into();
    let response = Response::from_data(Vec::new()).with_status_code(refusal.status().as_u16());
    refusal.headers().iter().fold(response, |response, (name, value)| {
        let header = Header::from_bytes(name.as_str(), value.as_bytes());
        response.with_header(header.expect("it is a header already"))
    })
}

fn json_answer(value: &serde_json::Value) -> Answer {
    let response = Response::from_data(value.to_string().into_bytes());
    let json = Header::from_bytes("Content-Type", "application/json");
    response.with_header(json.expect("name and value are ASCII"))
}
