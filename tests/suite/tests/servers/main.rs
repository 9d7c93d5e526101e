//! What servers do with the tokens and access keys that they are shown.

mod authenticator_table;
mod requirements;
mod signing_key_upkeep;
