//! What a transport of the SDK must hold to, tried over real sockets.

#[doc(hidden)]
pub mod faults;
