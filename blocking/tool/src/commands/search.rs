//! `descope-keys search`

use std::time::Duration;

use clap::{Args, ValueEnum};
use descope_blocking::descope_core::Now;
use descope_blocking::{AccessKey, SearchAccessKeys, Status};
use serde_json::Value;

use crate::app::App;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::keys::key_list;
use crate::keys::key_order::{self, Sort};
use crate::text::time;

/// List access keys
///
/// Without a filter it lists all keys of the project; with several, those that match all of them. The
/// table goes to standard output, the keys that expire first at its top. On a terminal it is cut to
/// the terminal's width; ids are never cut.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys search --expiring-within 14d
  descope-keys search --tenant acme --sort name --json
  descope-keys search --older-than 365d --never-expires
  descope-keys search --status expired --ids | descope-keys delete - --yes")]
#[command(after_help = "\
Exit codes:
  0  done, also if no key is found")]
pub(crate) struct Search {
    /// Only keys in which the service finds this text
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// Only keys of this tenant; repeated, of any of these tenants
    #[arg(long, value_name = "ID")]
    tenant: Vec<String>,
    /// Only keys that are bound to this user
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Only keys that this user created
    #[arg(long, value_name = "ID")]
    created_by: Option<String>,
    /// Only keys with this custom attribute; can be repeated
    #[arg(long, value_name = "NAME=JSON", value_parser = value_parsers::member)]
    attribute: Vec<(String, Value)>,
    /// Only keys with this status
    #[arg(long, value_enum)]
    status: Option<State>,
    /// Only keys that expire within this time, such as 14d, and have not expired yet
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    expiring_within: Option<Duration>,
    /// Only keys that do not expire
    #[arg(long, conflicts_with = "expiring_within")]
    never_expires: bool,
    /// Only keys that were created longer ago than this, such as 90d
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    older_than: Option<Duration>,
    /// Sort by id, name, status, created, expires, created-by, client-id, user or description; :desc
    /// reverses the order; repeat it to order equal keys [default: expires]
    #[arg(long, value_name = "FIELD[:desc]")]
    sort: Vec<Sort>,
    /// Request this page of the results, counted from 0 (undocumented by the service)
    #[arg(long, value_name = "NUMBER", requires = "limit")]
    page: Option<u32>,
    /// Request at most this many keys (undocumented by the service) [default: all]
    #[arg(long, value_name = "COUNT")]
    limit: Option<u32>,
    /// Print only the ids, one per line
    #[arg(long)]
    ids: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Active,
    Inactive,
    Expired,
}

impl Search {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let mut keys = client.access_keys().search(&self.request())?;
        let now = client.now();
        keys.retain(|key| self.holds(key, now));
        key_order::sort(&mut keys, &self.sort);
        key_list::print(app, &keys, self.ids, now)
    }

    fn request(&self) -> SearchAccessKeys {
        let mut search = SearchAccessKeys::new();
        if let Some(text) = &self.text {
            search = search.text(text);
        }
        if !self.tenant.is_empty() {
            search = search.tenants(&self.tenant);
        }
        if let Some(user) = &self.user {
            search = search.bound_user_id(user);
        }
        if let Some(user) = &self.created_by {
            search = search.creating_user(user);
        }
        for (name, value) in &self.attribute {
            search = search.attribute(name, value);
        }
        if let Some(limit) = self.limit {
            // The order decides what is on the page.
            let fields = self.sort.iter().map(Sort::field);
            search = fields.fold(search.limit(limit), SearchAccessKeys::sort);
        }
        match self.page {
            Some(page) => search.page(page),
            None => search,
        }
    }

    /// The filters that the service does not have.
    fn holds(&self, key: &AccessKey, now: Now) -> bool {
        let expired = key.is_expired(now) || key.status() == Status::Expired;
        let state = self.status.is_none_or(|state| match state {
            State::Expired => expired,
            State::Inactive => key.status() == Status::Inactive,
            State::Active => key.status() == Status::Active && !expired,
        });
        let ending = self.expiring_within.is_none_or(|within| {
            let left =
                u64::try_from(key.expire_time().saturating_sub(now.unix_seconds())).unwrap_or(0);
            !key.never_expires() && !expired && left <= within.as_secs()
        });
        let old = self.older_than.is_none_or(|age| {
            // 0 is no time that a key was created at.
            let created = Some(key.created_time()).filter(|created| *created != 0);
            created.is_some_and(|created| {
                let lived = u64::try_from(now.unix_seconds().saturating_sub(created));
                lived.is_ok_and(|lived| lived > age.as_secs())
            })
        });
        state && ending && old && (!self.never_expires || key.never_expires())
    }
}
