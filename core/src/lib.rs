//! Sans-IO core of the Descope access-key SDK.
#![no_std]

extern crate alloc;

#[cfg(feature = "jwt")]
pub mod jwt;
