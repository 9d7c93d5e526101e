//! The same without the feature `log`: nothing is said.

use std::time::Duration;

use descope_core::{Error, Event, Outgoing, Reply, Transport};

pub(crate) fn again(_delay: Duration, _reason: &Error) {}

pub(crate) fn event(_event: &Event) {}

pub(crate) fn error(_text: std::fmt::Arguments<'_>) {}

pub(crate) fn warning(_text: std::fmt::Arguments<'_>) {}

pub(crate) fn send(transport: &dyn Transport, outgoing: Outgoing) -> Reply {
    transport.send(outgoing)
}
