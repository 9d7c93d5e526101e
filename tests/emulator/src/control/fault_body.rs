//! A fault in JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::Refusal;
use crate::{Fault, Operation, Page};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FaultBody {
    fault: Kind,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
    page: Option<Page>,
    #[serde(default)]
    merge: Map<String, Value>,
    #[serde(default)]
    milliseconds: u64,
    #[serde(default)]
    on: Vec<Operation>,
    path: Option<String>,
    #[serde(default)]
    after: u32,
    times: Option<u32>,
    #[serde(default)]
    forever: bool,
    #[serde(default)]
    carried_out: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Answer,
    Refusal,
    Page,
    Edited,
    LostAnswer,
    Closed,
    Reset,
    Cut,
    Garbage,
    Delayed,
    Slow,
    Stalled,
}

impl FaultBody {
    pub(super) fn fault(self) -> Result<Fault, Refusal> {
        let time = Duration::from_millis(self.milliseconds);
        let mut fault = match self.fault {
            Kind::Answer => answered(self.status.unwrap_or(200), &self.headers, self.body)?,
            Kind::Refusal => Fault::refusal(status(self.status)?, &self.code, &self.message),
            Kind::Page => Fault::page(self.page.ok_or_else(|| Refusal::required("page"))?),
            Kind::Edited => Fault::edited(move |answer| merge(answer, &self.merge)),
            Kind::LostAnswer => Fault::lost_answer(),
            Kind::Closed => Fault::closed(),
            Kind::Reset => Fault::reset(),
            Kind::Cut => Fault::cut(),
            Kind::Garbage => Fault::garbage(),
            Kind::Delayed => Fault::delayed(time),
            Kind::Slow => Fault::slow(time),
            Kind::Stalled => Fault::stalled(),
        };
        fault = fault.after(self.after).times(self.times.unwrap_or(1));
        if self.forever {
            fault = fault.forever();
        }
        if self.carried_out {
            fault = fault.carried_out();
        }
        if let Some(prefix) = self.path {
            fault = fault.on_path(prefix);
        }
        Ok(self.on.into_iter().fold(fault, Fault::on))
    }
}

fn status(given: Option<u16>) -> Result<u16, Refusal> {
    given
        .filter(|status| (100..1000).contains(status))
        .ok_or_else(|| Refusal::invalid_argument("status: it is between 100 and 999"))
}

/// A text is sent as it is, anything else as JSON; without a body, that of an error is made up.
fn answered(
    code: u16,
    headers: &BTreeMap<String, String>,
    body: Option<Value>,
) -> Result<Fault, Refusal> {
    let code = status(Some(code))?;
    let mut response = Response::builder().status(code);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    let body = match body {
        Some(Value::String(text)) => text.into_bytes(),
        Some(json) => json.to_string().into_bytes(),
        None => Fault::body_of(code),
    };
    let response = response.body(body);
    response.map(Fault::answer).map_err(|error| Refusal::invalid_argument(error.to_string()))
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Map<String, Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.remove(name)),
            Value::Object(patch) => merge(target.entry(name).or_insert(Value::Null), patch),
            value => drop(target.insert(name.clone(), value.clone())),
        }
    }
}
