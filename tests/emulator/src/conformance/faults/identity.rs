//! Certificates made for the test at hand.

use std::sync::{Arc, LazyLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

/// Which certificate a server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Identity {
    /// One to be trusted by who trusts [`authority_pem`].
    Trusted,
    /// One that has run out.
    Expired,
    /// One that is not valid yet.
    NotYetValid,
    /// One of another host.
    OtherHost,
    /// One by an authority that nobody knows.
    UnknownIssuer,
}

type Authority = CertifiedIssuer<'static, KeyPair>;

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| authority("faults"));
static STRANGER: LazyLock<Authority> = LazyLock::new(|| authority("stranger"));

/// The certificate of the authority to trust.
#[must_use]
pub fn authority_pem() -> String {
    AUTHORITY.pem()
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

impl Identity {
    /// What a rustls server needs to show it.
    pub(super) fn config(self) -> Arc<ServerConfig> {
        let host = if self == Self::OtherHost { "other.example" } else { "127.0.0.1" };
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        match self {
            Self::Expired => params.not_after = date_time_ymd(2020, 1, 1),
            Self::NotYetValid => params.not_before = date_time_ymd(2090, 1, 1),
            _ => {}
        }
        let issuer = if self == Self::UnknownIssuer { &STRANGER } else { &AUTHORITY };
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], key)
            .unwrap();
        Arc::new(config)
    }
}
