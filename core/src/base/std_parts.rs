//! The only door to `std`: what the crate may take from it, and nothing else.
//!
//! The crate is `no_std`, so a clock, a thread, a socket or a file cannot be named elsewhere. Locks
//! guard plain data for the length of a few instructions and are never held across a request;
//! `SystemTime` is only converted from and to, its clock methods are refused by the linter.

extern crate std;

use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(feature = "jwt")]
pub(crate) use std::sync::RwLock;
pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError};
pub(crate) use std::time::{SystemTime, UNIX_EPOCH};

/// Locks, and goes on after another thread's panic: every update is complete before it can panic.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls foreign code. Its panic is reported by the panic hook, and is nobody else's.
pub(crate) fn shielded(call: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(call));
}
