//! What the emulated service can be asked, and at which method and path.

use http::Method;
use serde::{Deserialize, Serialize};

/// One operation of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Operation {
    /// `POST /v1/mgmt/accesskey/create`
    Create,
    /// `GET /v1/mgmt/accesskey?id=…`
    Load,
    /// `POST /v1/mgmt/accesskey/search`
    Search,
    /// `POST /v1/mgmt/accesskey/update`
    Update,
    /// `POST /v1/mgmt/accesskey/activate`
    Activate,
    /// `POST /v1/mgmt/accesskey/deactivate`
    Deactivate,
    /// `POST /v1/mgmt/accesskey/delete`
    Delete,
    /// `POST /v1/mgmt/accesskey/activate/batch`
    ActivateBatch,
    /// `POST /v1/mgmt/accesskey/deactivate/batch`
    DeactivateBatch,
    /// `POST /v1/mgmt/accesskey/delete/batch`
    DeleteBatch,
    /// `POST /v1/mgmt/accesskey/rotate`
    Rotate,
    /// `POST /v1/auth/accesskey/exchange`
    Exchange,
    /// `GET /v2/keys/<project id>`
    SigningKeys,
    /// `GET /v1/mgmt/license`
    License,
}

const FIXED: [(&str, Operation); 13] = [
    ("/v1/mgmt/accesskey/create", Operation::Create),
    ("/v1/mgmt/accesskey", Operation::Load),
    ("/v1/mgmt/accesskey/search", Operation::Search),
    ("/v1/mgmt/accesskey/update", Operation::Update),
    ("/v1/mgmt/accesskey/activate", Operation::Activate),
    ("/v1/mgmt/accesskey/deactivate", Operation::Deactivate),
    ("/v1/mgmt/accesskey/delete", Operation::Delete),
    ("/v1/mgmt/accesskey/activate/batch", Operation::ActivateBatch),
    ("/v1/mgmt/accesskey/deactivate/batch", Operation::DeactivateBatch),
    ("/v1/mgmt/accesskey/delete/batch", Operation::DeleteBatch),
    ("/v1/mgmt/accesskey/rotate", Operation::Rotate),
    ("/v1/auth/accesskey/exchange", Operation::Exchange),
    ("/v1/mgmt/license", Operation::License),
];

impl Operation {
    /// All of them.
    pub(crate) fn all() -> Vec<Self> {
        FIXED.iter().map(|(_, operation)| *operation).chain([Self::SigningKeys]).collect()
    }

    /// The operation at a path, whatever the method.
    pub(crate) fn at(path: &str) -> Option<Self> {
        if let Some((_, operation)) = FIXED.iter().find(|(fixed, _)| *fixed == path) {
            return Some(*operation);
        }
        let project = path.strip_prefix("/v2/keys/")?;
        (!project.is_empty() && !project.contains('/')).then_some(Self::SigningKeys)
    }

    pub(crate) fn method(self) -> Method {
        match self {
            Self::Load | Self::SigningKeys | Self::License => Method::GET,
            _ => Method::POST,
        }
    }

    /// Whether it needs the management key.
    pub(crate) fn is_management(self) -> bool {
        !matches!(self, Self::Exchange | Self::SigningKeys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched_whole() {
        assert_eq!(Operation::at("/v1/mgmt/accesskey"), Some(Operation::Load));
        assert_eq!(Operation::at("/v1/mgmt/accesskey/delete/batch"), Some(Operation::DeleteBatch));
        assert_eq!(Operation::at("/v2/keys/P2abc"), Some(Operation::SigningKeys));
        for path in ["/", "/v2/keys/", "/v2/keys/P2abc/x", "/v1/mgmt/accesskey/", "/v1/mgmt/user"] {
            assert_eq!(Operation::at(path), None, "{path}");
        }
    }
}
