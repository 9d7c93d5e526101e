//! A function as a transport.

use core::fmt;

use crate::call::{Outgoing, Reply, Transport};

/// Makes a transport of a function: canned answers in a test, a layer over another transport.
///
/// ```
/// use descope_core::{Transport, transport_fn};
///
/// let canned = transport_fn(|outgoing| {
///     assert_eq!(outgoing.request.method(), "GET");
///     Ok(http::Response::new(b"{}".to_vec()))
/// });
/// fn takes(_: impl Transport) {}
/// takes(canned);
/// ```
pub const fn transport_fn<F>(send: F) -> TransportFn<F>
where
    F: Fn(Outgoing) -> Reply + Send + Sync,
{
    TransportFn(send)
}

/// A function as a transport: see [`transport_fn`].
#[derive(Clone, Copy)]
pub struct TransportFn<F>(F);

impl<F: Fn(Outgoing) -> Reply + Send + Sync> Transport for TransportFn<F> {
    fn send(&self, outgoing: Outgoing) -> Reply {
        self.0(outgoing)
    }
}

impl<F> fmt::Debug for TransportFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportFn").finish_non_exhaustive()
    }
}
