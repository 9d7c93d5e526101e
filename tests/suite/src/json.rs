//! JSON compared as values.

use serde_json::Value;

/// Whether two documents say the same: `1` and `1.0` are one number, members have no order.
#[must_use]
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Reads a request's body.
///
/// # Panics
///
/// When it is not JSON.
#[must_use]
pub fn body(request: &http::Request<Vec<u8>>) -> Value {
    serde_json::from_slice(request.body()).expect("the request's body is JSON")
}
