//! Programs that run for long: servers that are shown tokens and access keys, and clients whose own key
//! changes.

mod authenticator_table;
mod changing_key;
mod flood;
mod key_places;
mod presented_keys;
mod requirements;
mod signing_key_upkeep;
mod validator;
