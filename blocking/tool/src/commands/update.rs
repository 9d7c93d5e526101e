//! `descope-keys update`

use clap::Args;
use descope_blocking::UpdateAccessKey;

use crate::app::App;
use crate::arguments::field_args::{Field, FieldArgs};
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::keys::hardly_meant::ask_if_meant;
use crate::keys::key_view;

/// Change fields of an access key
///
/// Fields that are not named keep their values. A field that is named is replaced as a whole: name
/// every role, tenant, claim, address or attribute that the key is to have. The expiry and the user of
/// a key cannot be changed. The changed key is printed on standard output.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys update K2abc --description 'deploys from the build farm'
  descope-keys update K2abc --tenant acme=deployer,viewer --clear permitted-ips")]
#[command(after_help = "\
Exit codes:
  2  nothing to change, or a field that is both set and cleared
  3  there is no such key")]
pub(crate) struct Update {
    /// The key's id
    #[arg(value_parser = value_parsers::id)]
    id: String,
    /// A new name [default: the present one, for which the key is loaded first]
    #[arg(long, value_parser = value_parsers::non_empty)]
    name: Option<String>,
    /// Do not ask about arguments that look like mistakes, such as roles beside tenants (without a
    /// terminal: only a warning)
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    fields: FieldArgs,
    /// Empty this field, or several separated by commas; can be repeated
    #[arg(long, value_name = "FIELD", value_enum, value_delimiter = ',', help_heading = "Fields")]
    clear: Vec<Field>,
}

impl Update {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let given = self.fields.given();
        if self.name.is_none() && given.is_empty() && self.clear.is_empty() {
            return Err(Failure::Usage("nothing to change: name a field".to_owned()));
        }
        if let Some(both) = self.clear.iter().find(|field| given.contains(field)) {
            return Err(Failure::Usage(format!("{both} cannot be both set and cleared")));
        }
        let client = app.client()?;
        let keys = client.access_keys();
        let update = match self.name {
            Some(name) => UpdateAccessKey::new(self.id, name),
            None => UpdateAccessKey::of(&keys.load(&self.id)?),
        };
        let update = self.clear.iter().fold(self.fields.update(update), clear);
        if !self.yes {
            ask_if_meant(app, &client, &update)?;
        }
        let key = keys.update(&update)?;
        app.out.data(&key, || key_view::details(&key, client.now()))
    }
}

fn clear(update: UpdateAccessKey, field: &Field) -> UpdateAccessKey {
    match field {
        Field::Description => update.clear_description(),
        Field::Roles => update.clear_roles(),
        Field::Tenants => update.clear_tenants(),
        Field::Claims => update.clear_claims(),
        Field::PermittedIps => update.clear_permitted_ips(),
        Field::Attributes => update.clear_attributes(),
    }
}
