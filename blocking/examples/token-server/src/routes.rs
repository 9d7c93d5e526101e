//! What is served to whom.

use std::io::Cursor;

use descope_blocking::Client;
use serde_json::json;
use tiny_http::{Header, Method, Request, Response};

use crate::guard::{Refusal, authenticate};

pub(crate) fn answer(client: &Client, request: Request) {
    let response = match route(client, &request) {
        Ok(response) => response,
        Err(refusal) => {
            let response = Response::from_data(Vec::new()).with_status_code(refusal.status());
            match refusal.challenge() {
                Some(challenge) => response.with_header(header("WWW-Authenticate", challenge)),
                None => response,
            }
        }
    };
    // The caller may be gone.
    let _ = request.respond(response);
}

type Answer = Response<Cursor<Vec<u8>>>;

fn route(client: &Client, request: &Request) -> Result<Answer, Refusal> {
    let headers = request.headers().iter();
    let authorization = headers.filter(|header| header.field.equiv("Authorization"));
    let authorization: Vec<&str> = authorization.map(|header| header.value.as_str()).collect();
    let claims = || authenticate(client, &authorization);
    Ok(match (request.method(), request.url()) {
        (Method::Get, "/whoami") => {
            let claims = claims()?;
            let tenants: Vec<_> = claims.tenants().collect();
            json_answer(&json!({"key": claims.key_id(), "tenants": tenants}))
        }
        (Method::Post, "/deploy") => {
            if !claims()?.tenant("acme").has_role("deployer") {
                return Err(Refusal::Forbidden);
            }
            json_answer(&json!({"deployed": true}))
        }
        _ => Response::from_data(Vec::new()).with_status_code(404),
    })
}

fn json_answer(value: &serde_json::Value) -> Answer {
    let response = Response::from_data(value.to_string().into_bytes());
    response.with_header(header("Content-Type", "application/json"))
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("the names and values here are ASCII")
}
