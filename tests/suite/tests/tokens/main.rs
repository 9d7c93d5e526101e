//! Session tokens, always run: what the third-party vectors lack. Every token here is signed with
//! a key made for the test.

mod claims;
mod dpop;
mod grants;
mod issuer_and_audience;
mod key_sets;
mod signer;
mod structure;
mod times;
mod verified_tokens;
