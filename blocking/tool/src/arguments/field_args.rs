//! The fields of a key that create and update take alike.

use std::fmt;

use clap::{Args, ValueEnum};
use descope_blocking::{CreateAccessKey, UpdateAccessKey};
use serde_json::{Map, Value};

use crate::arguments::value_parsers::{self, TenantArg};

#[derive(Debug, Args)]
#[command(next_help_heading = "Fields")]
pub(crate) struct FieldArgs {
    /// A project-level role; it has an effect only on a key without tenants; can be repeated
    #[arg(long, value_name = "ROLE", value_parser = value_parsers::non_empty)]
    role: Vec<String>,
    /// A tenant of the key, and the key's roles in it; can be repeated
    #[arg(long, value_name = "TENANT[=ROLE,ROLE]", value_parser = value_parsers::tenant)]
    tenant: Vec<TenantArg>,
    /// A custom claim in the key's session tokens, such as team='"build"'; can be repeated
    #[arg(long, value_name = "NAME=JSON", value_parser = value_parsers::member)]
    claim: Vec<(String, Value)>,
    /// An IP address or CIDR block from which the key can be exchanged; can be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = value_parsers::non_empty)]
    permitted_ip: Vec<String>,
    /// A custom attribute, as the project defines them; can be repeated
    #[arg(long, value_name = "NAME=JSON", value_parser = value_parsers::member)]
    attribute: Vec<(String, Value)>,
    /// A description, as free text
    #[arg(long, value_name = "TEXT", value_parser = value_parsers::non_empty)]
    description: Option<String>,
}

/// A field that can be emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Field {
    Description,
    Roles,
    Tenants,
    Claims,
    PermittedIps,
    Attributes,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

impl FieldArgs {
    /// The fields that are given.
    pub(crate) fn given(&self) -> Vec<Field> {
        let fields = [
            (Field::Roles, !self.role.is_empty()),
            (Field::Tenants, !self.tenant.is_empty()),
            (Field::Claims, !self.claim.is_empty()),
            (Field::PermittedIps, !self.permitted_ip.is_empty()),
            (Field::Attributes, !self.attribute.is_empty()),
            (Field::Description, self.description.is_some()),
        ];
        fields.into_iter().filter_map(|(field, given)| given.then_some(field)).collect()
    }

    /// Adds what is given to a key that is to be created.
    pub(crate) fn create(&self, mut create: CreateAccessKey) -> CreateAccessKey {
        if !self.role.is_empty() {
            create = create.roles(&self.role);
        }
        if !self.tenant.is_empty() {
            create = create.tenants(value_parsers::grants(&self.tenant));
        }
        for (name, value) in &self.claim {
            create = create.claim(name, value);
        }
        if !self.permitted_ip.is_empty() {
            create = create.permitted_ips(&self.permitted_ip);
        }
        for (name, value) in &self.attribute {
            create = create.attribute(name, value);
        }
        match &self.description {
            Some(text) => create.description(text),
            None => create,
        }
    }

    /// Replaces what is given.
    pub(crate) fn update(&self, mut update: UpdateAccessKey) -> UpdateAccessKey {
        if !self.role.is_empty() {
            update = update.set_roles(&self.role);
        }
        if !self.tenant.is_empty() {
            update = update.set_tenants(value_parsers::grants(&self.tenant));
        }
        if !self.claim.is_empty() {
            update = update.set_claims(object(&self.claim));
        }
        if !self.permitted_ip.is_empty() {
            update = update.set_permitted_ips(&self.permitted_ip);
        }
        if !self.attribute.is_empty() {
            update = update.set_attributes(object(&self.attribute));
        }
        match &self.description {
            Some(text) => update.set_description(text),
            None => update,
        }
    }
}

fn object(members: &[(String, Value)]) -> Map<String, Value> {
    members.iter().cloned().collect()
}
