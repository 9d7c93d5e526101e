//! From access keys to sessions, and from tokens to claims.

use descope_core::jwt::Claims;
use descope_core::{Error, ExchangeAccessKey, Secret, Session, ValidateToken};

use crate::client::Client;

impl Client {
    /// Exchanges an access key for a session, whose token is validated before it is returned.
    ///
    /// Vendor's page: [exchange key](https://docs.descope.com/api/access-keys/exchange-key).
    ///
    /// # Errors
    ///
    /// `Api` with status 401 or 403 if the service rejects the key: it is wrong, deactivated, expired,
    /// or not permitted from this address. `InvalidToken` if the service answers with an invalid
    /// token. Connection errors, as for every call.
    pub fn exchange(&self, cleartext: impl Into<Secret>) -> Result<Session, Error> {
        self.exchange_with(ExchangeAccessKey::new(cleartext))
    }

    /// Exchanges an access key with login claims, a selected tenant, or audiences of its own.
    ///
    /// # Errors
    ///
    /// Those of [`exchange`](Self::exchange), and `InvalidArgument` for a claim that is not JSON.
    pub fn exchange_with(&self, exchange: ExchangeAccessKey) -> Result<Session, Error> {
        self.drive(self.context().exchange(exchange, self.options().clone(), self.now()))
    }

    /// Validates a session token: a text, or a [`ValidateToken`] with its own audiences or a DPoP proof
    /// (RFC 9449).
    ///
    /// **This may block**: it fetches the [signing keys](https://docs.descope.com/api/session/get-keys-v2)
    /// at the first call, when they are older than 10 minutes, and for a token with an unknown `kid`,
    /// for at most the client's deadline (default: 10 s). On a thread that must not wait, such as one
    /// of an async runtime, use [`validator`](Self::validator).
    ///
    /// # Errors
    ///
    /// `InvalidToken`, with the failed check in [`Error::token_error`]. Connection errors if signing
    /// keys were needed and could not be fetched.
    pub fn validate<'a, T: Into<ValidateToken<'a>>>(&self, token: T) -> Result<Claims, Error> {
        let (token, now) = (token.into(), self.now());
        // A forked child may judge by its parent's keys, and the system need not be asked which it is.
        match self.inherited_context().validate_at_hand(&token, now) {
            Some(verdict) => verdict,
            None => self.drive(self.context().validate(token, self.options().clone(), now)),
        }
    }
}
