//! Access keys that are exchanged, and the sessions that come of it.

pub(crate) mod access_key_args;
pub(crate) mod exchange_args;
pub(crate) mod held_token;
pub(crate) mod session_view;
pub(crate) mod token_file;
