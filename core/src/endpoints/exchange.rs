//! Exchanges an access key for a session token.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use http::{Request, Response};
use serde::{Deserialize, Serialize};

use crate::base::{Class, Now, Operation, Secret};
use crate::call::request::post;
use crate::call::{Auth, Endpoint};
use crate::config::{Config, NO_AUDIENCE};
use crate::endpoints::arguments;
use crate::error::{Error, header_times};
use crate::json::body::{self, Members};
use crate::jwt::Audience;

/// Exchanges an access key for a session token.
///
/// This is the endpoint alone: the token in its answer is not validated and cannot be read.
/// [`Context::exchange`](crate::Context::exchange) validates it before it returns.
///
/// ```
/// use descope_core::ExchangeAccessKey;
///
/// let exchange = ExchangeAccessKey::new("cleartext").selected_tenant("acme").login_claim("job", 7);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ExchangeAccessKey {
    cleartext: Secret,
    login: LoginOptions,
    audience: Option<Audience>,
    key_id: Option<String>,
    invalid: Option<Error>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct LoginOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_claims: Option<Members>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected_tenant: Option<String>,
}

impl ExchangeAccessKey {
    /// The access key's cleartext. White space around it is trimmed.
    pub fn new(cleartext: impl Into<Secret>) -> Self {
        Self {
            cleartext: cleartext.into(),
            login: LoginOptions::default(),
            audience: None,
            key_id: None,
            invalid: None,
        }
    }

    /// The options of exchanges whose key a [`SecretSource`](crate::SecretSource) tells.
    pub fn without_key() -> Self {
        Self::new("")
    }

    /// Adds a claim for this session. It comes back under `nsec`, which must not be used for
    /// authorization: whoever holds the key chooses it.
    pub fn login_claim(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = arguments::value("login_claims", value, &mut self.invalid);
        self.login
            .custom_claims
            .get_or_insert_default()
            .extend(value.map(|value| (name.into(), value)));
        self
    }

    /// Adds claims for this session: the members of a map or a struct.
    pub fn login_claims(mut self, claims: impl Serialize) -> Self {
        let claims = arguments::members("login_claims", claims, &mut self.invalid);
        self.login.custom_claims.get_or_insert_default().extend(claims);
        self
    }

    /// The tenant that the session is for: the token's `dct`.
    pub fn selected_tenant(mut self, tenant_id: impl Into<String>) -> Self {
        self.login.selected_tenant = Some(tenant_id.into());
        self
    }

    /// Which audiences the token may have, in place of the configured ones. It is not sent.
    pub fn audience(mut self, audience: Audience) -> Self {
        if audience.accepts_nothing() {
            self.invalid.get_or_insert(Error::invalid_argument("audience", NO_AUDIENCE));
        }
        self.audience = Some(audience);
        self
    }

    /// The id of the key that this is the secret of. An answer for another key, which somebody else's
    /// is, is then no session. It is not sent.
    pub fn expect_key_id(mut self, id: impl Into<String>) -> Self {
        self.key_id = Some(id.into());
        self
    }

    /// What tells this exchange from others: the key (trimmed, as it is sent), the login options as JSON,
    /// the audience.
    pub(crate) fn identity(&self) -> [Cow<'_, str>; 3] {
        let login = serde_json::to_string(&self.login).unwrap_or_default();
        let audience = format!("{:?}", self.audience);
        [self.cleartext.expose().trim().into(), login.into(), audience.into()]
    }

    /// The key.
    #[must_use]
    pub fn cleartext(&self) -> &Secret {
        &self.cleartext
    }

    /// The same with another key.
    pub(crate) fn of_key(&self, cleartext: Secret) -> Self {
        Self { cleartext, ..self.clone() }
    }

    pub(crate) const OPERATION: Operation = Operation::new("exchange access key", Class::Read);

    pub(crate) fn accepted_audience(&self) -> Option<&Audience> {
        self.audience.as_ref()
    }

    pub(crate) fn expected_key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }
}

/// The answer to an exchange: a token that has not been validated.
#[derive(Debug)]
pub struct UnvalidatedToken {
    /// What to add to this machine's Unix time to get the service's, where the answer told it.
    pub(crate) ahead: Option<i64>,
    pub(crate) token: Secret,
    pub(crate) key_id: Option<String>,
}

impl Endpoint for ExchangeAccessKey {
    type Output = UnvalidatedToken;

    fn operation(&self) -> Operation {
        Self::OPERATION
    }

    fn auth(&self) -> Auth<'_> {
        Auth::AccessKey(&self.cleartext)
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            login_options: &'a LoginOptions,
        }
        match &self.invalid {
            Some(error) => Err(error.clone()),
            None => {
                let body = Body { login_options: &self.login };
                post(config, "/v1/auth/accesskey/exchange", &body)
            }
        }
    }

    fn parse(&self, body: &[u8]) -> Result<UnvalidatedToken, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            #[serde(default, deserialize_with = "body::text")]
            session_jwt: Option<String>,
            #[serde(default, deserialize_with = "body::text")]
            key_id: Option<String>,
        }
        let Answer { session_jwt, key_id } = body::from_body(body)?;
        let token = session_jwt.ok_or_else(|| Error::decode("the answer has no `sessionJwt`"))?;
        Ok(UnvalidatedToken { token: Secret::new(token), key_id, ahead: None })
    }

    fn parse_answer(
        &self,
        answer: &Response<Vec<u8>>,
        now: Now,
    ) -> Result<UnvalidatedToken, Error> {
        let ahead = header_times::ahead(answer.headers(), now);
        Ok(UnvalidatedToken { ahead, ..self.parse(answer.body())? })
    }
}
