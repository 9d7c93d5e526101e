//! `descope-keys whoami`

use clap::Args;
use descope_blocking::Client;
use serde_json::{Value, json};

use crate::app::App;
use crate::app::connection::Setting;
use crate::failure::Failure;
use crate::sessions::access_key_args::AccessKeyArgs;
use crate::sessions::session_view;
use crate::text::lines::lines;
use crate::text::time;

/// Show the project, the credentials, and whose access key it is
///
/// It names the source of each setting and shows no credential. An access key is exchanged to learn its
/// id and what it may do; with a management key, its name and expiry are shown too. Without an access
/// key nothing is sent.
#[derive(Debug, Args)]
#[command(before_help = "\
Example:
  descope-keys whoami")]
#[command(after_help = "\
Exit codes:
  4  the service refuses the access key; the rest is shown")]
pub(crate) struct Whoami {
    #[command(flatten)]
    key: AccessKeyArgs,
}

impl Whoami {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let settings = app.settings()?;
        let config = client.context().config();
        let source = |name: &str| settings.get(name).map(|setting| setting.source.clone());
        let base_source = source("DESCOPE_BASE_URL")
            .or_else(|| source("DESCOPE_BASE_URI"))
            .unwrap_or_else(|| "from the project id".to_owned());
        let access_key = self.key.find(app)?;
        let credentials = [
            ("managementKey", "management", settings.get("DESCOPE_MANAGEMENT_KEY")),
            ("authManagementKey", "auth mgmt", settings.get("DESCOPE_AUTH_MANAGEMENT_KEY")),
            ("accessKey", "access key", access_key.as_ref()),
        ];

        let mut value = json!({"projectId": config.project_id(), "baseUrl": config.base_url()});
        let project_source = source("DESCOPE_PROJECT_ID").unwrap_or_default();
        let mut text = lines([
            ("project", format!("{} ({project_source})", config.project_id())),
            ("base URL", format!("{} ({base_source})", config.base_url())),
        ]);
        for (name, label, setting) in credentials {
            let source = setting.map(|setting| setting.source.as_str());
            value[name] = json!({"present": setting.is_some(), "source": source});
            let told = source.map_or("none".to_owned(), |source| format!("present ({source})"));
            text += &lines([(label, told)]);
        }

        let mut refused = None;
        if let Some(access_key) = &access_key {
            match identify(&client, access_key) {
                Ok((session, told)) => {
                    value["accessKey"]["session"] = session;
                    text += &told;
                }
                Err(Failure::Call(error)) => {
                    let failure = Failure::Reported(error);
                    value["accessKey"]["error"] = failure.to_json()["error"].take();
                    refused = Some(failure);
                }
                Err(other) => return Err(other),
            }
        }
        app.out.data(&value, || text)?;
        refused.map_or(Ok(()), Err)
    }
}

/// Who the access key is, as a value and as text.
fn identify(client: &Client, access_key: &Setting) -> Result<(Value, String), Failure> {
    let session = client.exchange(&access_key.value)?;
    let claims = session.claims();
    let mut value = session_view::to_json(claims)?;
    value["keyId"] = session.key_id().into();
    let mut text = String::new();
    if client.context().config().has_management_key() {
        // An extra: a management key that may not load keys spoils nothing.
        if let Ok(key) = client.access_keys().load(session.key_id()) {
            let expires = time::expiry(key.expire_time(), client.now().unix_seconds());
            text = lines([("name", key.name().to_owned()), ("expires", expires)]);
            value["key"] = json!(key);
        }
    }
    text += &session_view::details(claims, client.now().unix_seconds())?;
    Ok((value, text))
}
