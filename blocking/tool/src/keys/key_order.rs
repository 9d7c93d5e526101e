//! The order of found keys.

use std::cmp::Ordering;
use std::str::FromStr;

use descope_blocking::{AccessKey, SortField};

/// A field to sort by, and which way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sort {
    field: &'static Field,
    descending: bool,
}

#[derive(Debug)]
struct Field {
    name: &'static str,
    /// As the service calls it.
    wire: &'static str,
    order: fn(&AccessKey, &AccessKey) -> Ordering,
}

const fn field(
    name: &'static str,
    wire: &'static str,
    order: fn(&AccessKey, &AccessKey) -> Ordering,
) -> Field {
    Field { name, wire, order }
}

static FIELDS: [Field; 9] = [
    field("id", "id", |a, b| a.id().cmp(b.id())),
    field("name", "name", |a, b| a.name().cmp(b.name())),
    field("status", "status", |a, b| a.status().as_str().cmp(b.status().as_str())),
    field("created", "createdTime", |a, b| a.created_time().cmp(&b.created_time())),
    EXPIRES,
    field("created-by", "createdBy", |a, b| a.created_by().cmp(&b.created_by())),
    field("client-id", "clientId", |a, b| a.client_id().cmp(&b.client_id())),
    field("user", "boundUserId", |a, b| a.user_id().cmp(&b.user_id())),
    field("description", "description", |a, b| a.description().cmp(&b.description())),
];

const EXPIRES: Field = field("expires", "expireTime", |a, b| ends(a).cmp(&ends(b)));

/// Sorts by these fields, or else by expiry, and equal keys by their ids.
pub(crate) fn sort(keys: &mut [AccessKey], by: &[Sort]) {
    let by = if by.is_empty() { &[Sort { field: &EXPIRES, descending: false }] } else { by };
    keys.sort_by(|a, b| {
        let orders = by.iter().map(|sort| sort.compare(a, b));
        orders.fold(Ordering::Equal, Ordering::then).then_with(|| a.id().cmp(b.id()))
    });
}

/// A key that never ends does so after all others.
fn ends(key: &AccessKey) -> i64 {
    if key.never_expires() { i64::MAX } else { key.expire_time() }
}

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, descending) = match text.split_once(':') {
            None => (text, false),
            Some((name, "asc")) => (name, false),
            Some((name, "desc")) => (name, true),
            Some(_) => return Err("after the colon, write desc or asc".to_owned()),
        };
        match FIELDS.iter().find(|field| field.name == name) {
            Some(field) => Ok(Self { field, descending }),
            None => {
                let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
                Err(format!("is none of {}", names.join(", ")))
            }
        }
    }
}

impl Sort {
    fn compare(&self, a: &AccessKey, b: &AccessKey) -> Ordering {
        let order = (self.field.order)(a, b);
        if self.descending { order.reverse() } else { order }
    }

    /// The same for the service.
    pub(crate) fn field(&self) -> SortField {
        let wire = self.field.wire;
        if self.descending { SortField::descending(wire) } else { SortField::ascending(wire) }
    }
}
