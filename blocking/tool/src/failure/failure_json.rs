//! A failure as `--json` prints it. The library's texts are the library's: [`ErrorKind::as_str`] and
//! [`Outcome::as_str`].

use descope_blocking::{ErrorKind, Outcome, ReplaceError, Secret};
use serde_json::{Value, json};

use crate::failure::Failure;

impl Failure {
    /// The failure as `--json` prints it.
    pub(crate) fn to_json(&self) -> Value {
        let mut object = json!({
            "exit": self.exit().as_str(),
            "exitCode": self.code(),
            "kind": self.kind(),
            "message": self.to_string(),
        });
        if let Some(error) = self.error() {
            object["outcome"] = error.outcome().as_str().into();
            object["attempts"] = error.attempts().into();
            let texts = [
                ("operation", error.operation().map(|operation| operation.name)),
                ("code", error.code()),
                ("requestId", error.request_id()),
            ];
            for (name, text) in texts {
                object[name] = text.into();
            }
            object["status"] = error.status().map(|status| status.as_u16()).into();
            object["retryAfter"] = error.retry_after().map(|wait| wait.as_secs()).into();
            match self {
                Self::Kept(path, _) => object["secretFile"] = path.display().to_string().into(),
                // Delivered this once; a script that asked for JSON looks for it here.
                Self::Call(_) => {
                    object["cleartext"] = error.cleartext().map(Secret::expose).into();
                    object["cleartextId"] = error.cleartext_id().into();
                }
                _ => {}
            }
        }
        if let Self::Interrupted(_) = self {
            object["outcome"] = Outcome::Unknown.as_str().into();
        }
        if let Some(id) = self.left() {
            object["leftId"] = id.as_str().into();
        }
        if let Self::PartlyChanged(change) = self {
            object[change.done] = change.changed.as_slice().into();
            object["notFound"] = change.missing.as_slice().into();
            object["unchanged"] = change.unchanged.as_slice().into();
        }
        if let Self::SecretLost(lost) = self {
            object["keyId"] = lost.key_id.as_deref().into();
        }
        json!({"error": object})
    }

    /// What failed: in the library's text where it knows such a failure, else in one of the tool's.
    fn kind(&self) -> &'static str {
        match self {
            Self::Call(error)
            | Self::Reported(error)
            | Self::Kept(_, error)
            | Self::Unidentified(error) => error.kind().as_str(),
            Self::Usage(_) => ErrorKind::InvalidArgument.as_str(),
            Self::NoCredential(_) => ErrorKind::MissingCredential.as_str(),
            Self::Token(_) => ErrorKind::InvalidToken.as_str(),
            Self::Refused(_) | Self::Declined | Self::Found(..) => "refused",
            Self::PartlyChanged(change) => match &change.cause {
                Some(cause) => cause.kind().as_str(),
                None if change.unchanged.is_empty() => "not_found",
                None => "refused",
            },
            Self::Replace { error, .. } => kind_of_replacement(error),
            Self::Local(..) => "local",
            Self::Child(_) | Self::NotRun(..) => "command",
            Self::OutputClosed => "output_closed",
            Self::SecretLost(_) => "secret_lost",
            Self::Interrupted(_) => "interrupted",
        }
    }
}

fn kind_of_replacement(error: &ReplaceError) -> &'static str {
    match error {
        ReplaceError::Read(error) | ReplaceError::Create(error) => error.kind().as_str(),
        ReplaceError::Unfinished { .. } => "unfinished",
        ReplaceError::Busy { .. } => "busy",
        ReplaceError::DeployedElsewhere { .. } => "deployed_elsewhere",
        ReplaceError::TooMany { .. } => "too_many",
        ReplaceError::AlreadyReplaced { .. } => "already_replaced",
        ReplaceError::RolledBack { .. } => "rolled_back",
        ReplaceError::SuccessorLeft { .. } => "successor_left",
        ReplaceError::MayBeDeployed { .. } => "may_be_deployed",
        ReplaceError::Overtaken { .. } => "overtaken",
        ReplaceError::OldLeft { .. } => "old_left",
        _ => "replace",
    }
}
