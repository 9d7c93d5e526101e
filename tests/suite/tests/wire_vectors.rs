//! What the vendor's SDKs put on the wire: every case gives exactly that request.

mod vectors;

use std::collections::BTreeMap;
use std::time::Duration;

use descope_core::{
    ActOnAccessKey, ActOnAccessKeys, CallOptions, Config, Context, CreateAccessKey, Endpoint,
    Error, ExchangeAccessKey, Expiry, LoadAccessKey, Outgoing, RotateAccessKey, SearchAccessKeys,
    TenantGrant, UpdateAccessKey,
};
use descope_suite::scenario::{MANAGEMENT_KEY, PROJECT, first};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Case {
    name: String,
    operation: String,
    args: Map<String, Value>,
    request: Option<Expected>,
    #[serde(default)]
    invalid_argument: bool,
}

#[derive(Deserialize)]
struct Expected {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    authorization: String,
    content_type: Option<String>,
    body: Option<Value>,
}

#[derive(Deserialize)]
struct Tenant {
    tenant_id: String,
    role_names: Option<Vec<String>>,
}

impl From<Tenant> for TenantGrant {
    fn from(tenant: Tenant) -> Self {
        match tenant.role_names {
            Some(roles) => Self::with_roles(tenant.tenant_id, roles),
            None => Self::new(tenant.tenant_id),
        }
    }
}

/// A case's arguments, each of which has to be taken.
struct Args(Map<String, Value>);

impl Args {
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        Some(serde_json::from_value(self.0.remove(name)?).unwrap())
    }

    fn text(&mut self, name: &str) -> String {
        self.take(name).unwrap()
    }
}

fn create(args: &mut Args) -> CreateAccessKey {
    let expiry = match args.take("expire_time") {
        None | Some(0) => Expiry::Never,
        Some(seconds) => Expiry::AtUnix(seconds),
    };
    let mut create = CreateAccessKey::new(args.text("name"), expiry);
    if let Some(roles) = args.take::<Vec<String>>("role_names") {
        create = create.roles(roles);
    }
    if let Some(tenants) = args.take::<Vec<Tenant>>("key_tenants") {
        create = create.tenants(tenants.into_iter().map(TenantGrant::from));
    }
    if let Some(user) = args.take::<String>("user_id") {
        create = create.user_id(user);
    }
    if let Some(claims) = args.take::<Value>("custom_claims") {
        create = create.claims(claims);
    }
    if let Some(description) = args.take::<String>("description") {
        create = create.description(description);
    }
    if let Some(addresses) = args.take::<Vec<String>>("permitted_ips") {
        create = create.permitted_ips(addresses);
    }
    if let Some(attributes) = args.take::<Value>("custom_attributes") {
        create = create.attributes(attributes);
    }
    create
}

fn search(args: &mut Args) -> SearchAccessKeys {
    let mut search = SearchAccessKeys::new();
    if let Some(tenants) = args.take::<Vec<String>>("tenant_ids") {
        search = search.tenants(tenants);
    }
    if let Some(user) = args.take::<String>("bound_user_id") {
        search = search.bound_user_id(user);
    }
    if let Some(user) = args.take::<String>("creating_user") {
        search = search.creating_user(user);
    }
    if let Some(attributes) = args.take::<Value>("custom_attributes") {
        search = search.attributes(attributes);
    }
    search
}

fn update(args: &mut Args) -> UpdateAccessKey {
    let mut update = UpdateAccessKey::new(args.text("id"), args.text("name"));
    match args.take::<String>("description").as_deref() {
        None => {}
        Some("") => update = update.clear_description(),
        Some(description) => update = update.set_description(description),
    }
    match args.take::<Vec<String>>("permitted_ips") {
        None => {}
        Some(addresses) if addresses.is_empty() => update = update.clear_permitted_ips(),
        Some(addresses) => update = update.set_permitted_ips(addresses),
    }
    update
}

fn exchange(args: &mut Args) -> ExchangeAccessKey {
    let mut exchange = ExchangeAccessKey::new(args.text("access_key"));
    if let Some(options) = args.take::<Map<String, Value>>("login_options") {
        let mut options = Args(options);
        if let Some(claims) = options.take::<Value>("custom_claims") {
            exchange = exchange.login_claims(claims);
        }
        if let Some(tenant) = options.take::<String>("selected_tenant") {
            exchange = exchange.selected_tenant(tenant);
        }
        assert!(options.0.is_empty(), "unknown options {:?}", options.0);
    }
    // What the token's audience may be is the caller's business and not sent.
    args.0.remove("audience");
    exchange
}

fn outgoing(case: &Case) -> Result<Outgoing, Error> {
    let mut args = Args(case.args.clone());
    let mut config = Config::builder(PROJECT).management_key(MANAGEMENT_KEY);
    if let Some(key) = args.take::<String>("auth_management_key") {
        config = config.auth_management_key(key);
    }
    let context = Context::new(config.build()?, [1; 32]);
    fn sent(context: &Context, endpoint: impl Endpoint) -> Result<Outgoing, Error> {
        first(context, endpoint, CallOptions::new())
    }
    let ids = |args: &mut Args| args.take::<Vec<String>>("ids").unwrap();
    let outgoing = match case.operation.as_str() {
        "create" => sent(&context, create(&mut args)),
        "load" => sent(&context, LoadAccessKey::new(args.text("id"))),
        "search" => sent(&context, search(&mut args)),
        "update" => sent(&context, update(&mut args)),
        "activate" => sent(&context, ActOnAccessKey::activate(args.text("id"))),
        "deactivate" => sent(&context, ActOnAccessKey::deactivate(args.text("id"))),
        "delete" => sent(&context, ActOnAccessKey::delete(args.text("id"))),
        "rotate" => sent(&context, RotateAccessKey::new(args.text("id"))),
        "activate_batch" => sent(&context, ActOnAccessKeys::activate(ids(&mut args))),
        "deactivate_batch" => sent(&context, ActOnAccessKeys::deactivate(ids(&mut args))),
        "delete_batch" => sent(&context, ActOnAccessKeys::delete(ids(&mut args))),
        "exchange" => sent(&context, exchange(&mut args)),
        other => panic!("an unknown operation {other}"),
    };
    assert!(args.0.is_empty(), "{}: unknown arguments {:?}", case.name, args.0);
    outgoing
}

/// A query's members after decoding.
fn query(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// A form's decoding, as the vendor's servers do it: `+` is a space.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

fn check(case: &Case, expected: &Expected, outgoing: &Outgoing) {
    let name = &case.name;
    let request = &outgoing.request;
    let header = |header| request.headers().get(header).map(|value| value.to_str().unwrap());
    assert_eq!(request.method().as_str(), expected.method, "{name}");
    assert_eq!(request.uri().host(), Some("api.descope.com"), "{name}");
    assert_eq!(request.uri().path(), expected.path, "{name}");
    assert_eq!(query(request.uri().query().unwrap_or("")), expected.query, "{name}");
    assert_eq!(header("authorization"), Some(expected.authorization.as_str()), "{name}");
    assert_eq!(header("content-type"), expected.content_type.as_deref(), "{name}");
    match &expected.body {
        None => assert!(request.body().is_empty(), "{name}"),
        Some(body) => {
            let sent = descope_suite::json::body(request);
            assert!(descope_suite::json::same(&sent, body), "{name}: {sent} instead of {body}");
        }
    }
}

#[test]
fn every_case_gives_exactly_that_request() {
    let Some(cases) = vectors::read::<Vec<Case>>("wire.json") else { return };
    for case in &cases {
        match (&case.request, outgoing(case)) {
            (Some(expected), Ok(outgoing)) => {
                assert!(!case.invalid_argument, "{}", case.name);
                assert!(outgoing.timeout > Duration::ZERO, "{}", case.name);
                check(case, expected, &outgoing);
            }
            (None, Err(error)) => {
                assert!(case.invalid_argument, "{}", case.name);
                assert!(error.is_invalid_argument(), "{}: {error:?}", case.name);
                let field = error.field().expect("the error names the field");
                assert!(error.to_string().contains(field), "{}: {error}", case.name);
                assert!(error.to_string().contains("empty"), "{}: {error}", case.name);
            }
            (_, result) => panic!("{}: {result:?}", case.name),
        }
    }
    println!("{} cases", cases.len());
    assert!(cases.len() >= 77);
}
