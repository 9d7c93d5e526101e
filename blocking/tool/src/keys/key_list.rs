//! Keys that were found, as a table or as their ids alone.

use descope_blocking::AccessKey;
use descope_blocking::descope_core::Now;

use crate::app::App;
use crate::failure::Failure;
use crate::keys::key_view::{access, expires, status};
use crate::text::table::{Cell, Fit, render, terminal_width};
use crate::text::time;

/// Prints keys that were found: as a table, or their ids alone.
pub(crate) fn print(app: &App, keys: &[AccessKey], ids: bool, now: Now) -> Result<(), Failure> {
    if keys.is_empty() {
        app.out.note("No access key was found.");
    }
    if ids {
        let ids: Vec<&str> = keys.iter().map(AccessKey::id).collect();
        return app.out.data(&ids, || ids.iter().map(|id| format!("{id}\n")).collect());
    }
    app.out.data(&keys, || table(keys, now))
}

/// The description without what the SDK keeps in it: nobody reads that in a list.
pub(crate) fn table(keys: &[AccessKey], now: Now) -> String {
    if keys.is_empty() {
        return String::new();
    }
    let columns = [
        ("ID", Fit::Whole),
        ("NAME", Fit::AtLeast(16)),
        ("STATUS", Fit::Whole),
        ("EXPIRES", Fit::Whole),
        ("ACCESS", Fit::IfRoom(12)),
        ("CREATED", Fit::IfRoom(14)),
        ("DESCRIPTION", Fit::IfRoom(12)),
    ];
    let row = |key: &AccessKey| {
        let created = match key.created_time() {
            0 => String::new(),
            at => time::relative(at, now.unix_seconds()),
        };
        vec![
            Cell::new(key.id()),
            Cell::new(key.name()),
            status(key, now),
            expires(key, now),
            Cell::new(access(key)),
            Cell::new(created),
            Cell::new(key.plain_description()),
        ]
    };
    render(&columns, keys.iter().map(row).collect(), terminal_width())
}
