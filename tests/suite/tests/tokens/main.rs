//! Session tokens, always run: what the third-party vectors lack. Every token here is signed with
//! a key made for the test.

mod algorithms;
mod claims;
mod dpop;
#[path = "../../../fuzz/src/entries.rs"]
#[allow(unreachable_pub)]
mod entries;
mod grants;
mod issuer_and_audience;
mod key_sets;
mod mutations;
mod signer;
mod structure;
mod times;
mod verified_tokens;
