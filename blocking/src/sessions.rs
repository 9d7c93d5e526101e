//! From access keys to sessions, and from tokens to claims.

use descope_core::jwt::Claims;
use descope_core::{Error, ExchangeAccessKey, Secret, Session, ValidateToken};

use crate::client::Client;

impl Client {
    /// Exchanges an access key for a session, whose token is validated before it is returned.
    ///
    /// # Errors
    ///
    /// `Api` with status 401 or 403 when the service refuses the key: wrong, deactivated, expired,
    /// or not permitted from this address. `InvalidToken` when it answers with a token that is not
    /// to be trusted. Failures of the connection as for every call.
    pub fn exchange(&self, cleartext: impl Into<Secret>) -> Result<Session, Error> {
        self.exchange_with(ExchangeAccessKey::new(cleartext))
    }

    /// The same with login claims, a selected tenant, or audiences of its own.
    ///
    /// # Errors
    ///
    /// As [`exchange`](Self::exchange); `InvalidArgument` for a claim that is no JSON.
    pub fn exchange_with(&self, exchange: ExchangeAccessKey) -> Result<Session, Error> {
        self.drive(self.context().exchange(exchange, self.options().clone(), self.now()))
    }

    /// Validates a session token that somebody presents: a text, or a [`ValidateToken`] with audiences
    /// of its own or a DPoP proof (RFC 9449).
    ///
    /// **It may block**: the signing keys are fetched at the first call, when they are older than 10
    /// minutes, and for a token with an unknown `kid`, for as long as the client's deadline allows (10
    /// s). A thread that must not wait, such as one of an async runtime, uses
    /// [`validator`](Self::validator).
    ///
    /// # Errors
    ///
    /// `InvalidToken`, with the check that failed in [`Error::token_error`]. Failures of the
    /// connection when signing keys had to be fetched and could not be.
    pub fn validate<'a, T: Into<ValidateToken<'a>>>(&self, token: T) -> Result<Claims, Error> {
        let (token, now) = (token.into(), self.now());
        // A forked child may judge by its parent's keys, and the system need not be asked which it is.
        match self.inherited_context().validate_at_hand(&token, now) {
            Some(verdict) => verdict,
            None => self.drive(self.context().validate(token, self.options().clone(), now)),
        }
    }
}
