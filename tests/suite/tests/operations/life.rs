//! What every operation is for.

use descope_blocking::{
    CreateAccessKey, ExchangeAccessKey, Expiry, Status, TenantGrant, UpdateAccessKey,
};
use descope_core::jwt::Audience;
use descope_emulator::{Emulator, Operation, User};
use descope_suite::service::{Service, both_ways};
use serde_json::json;

use crate::{every_type, members, plain_key, unix};

#[test]
fn a_key_lives() {
    both_ways(Emulator::builder, |service| {
        let (client, keys) = (&service.client, service.client.access_keys());
        let created = plain_key(service, "ci");
        let id = created.key.id();
        assert_eq!(keys.load(id).unwrap(), created.key);
        assert_eq!(created.key.status(), Status::Active);

        let session = client.exchange(&created.cleartext).unwrap();
        assert_eq!(session.key_id(), id);
        assert_eq!(client.validate(session.token().expose()).unwrap().key_id(), Some(id));

        let updated = keys.update(&UpdateAccessKey::new(id, "ci-2")).unwrap();
        assert_eq!((updated.id(), updated.name()), (id, "ci-2"));
        assert_eq!(keys.load(id).unwrap(), updated);

        keys.deactivate(id).unwrap();
        assert_eq!(keys.load(id).unwrap().status(), Status::Inactive);
        assert!(client.exchange(&created.cleartext).unwrap_err().is_unauthorized());
        keys.activate(id).unwrap();
        client.exchange(&created.cleartext).unwrap();

        let rotated = keys.rotate(id).unwrap();
        assert_eq!(rotated.key.id(), id);
        assert!(client.exchange(&created.cleartext).unwrap_err().is_unauthorized());
        assert_eq!(client.exchange(&rotated.cleartext).unwrap().key_id(), id);

        keys.delete(id).unwrap();
        assert!(keys.load(id).unwrap_err().is_not_found());
        assert!(client.exchange(&rotated.cleartext).unwrap_err().is_unauthorized());
        assert!(service.emulator.keys().is_empty());
    });
}

#[test]
fn every_argument_of_create_arrives_and_comes_back() {
    let builder = || Emulator::builder().tenant("acme", "Acme Inc.");
    both_ways(builder, |service| {
        let created = service.client.access_keys().create(
            &CreateAccessKey::new("näme \"1\"", Expiry::AtUnix(4_102_444_800))
                .tenant("globex")
                .tenant_roles("acme", ["deployer", "viewer"])
                .tenants([TenantGrant::with_roles("initech", ["owner"])])
                .user_id("U2someone")
                .claims(every_type())
                .claim("team", "build")
                .description("two\nlines")
                .permitted_ip("127.0.0.1")
                .permitted_ips(["10.0.0.0/8", "2001:db8::/32"])
                .attributes(every_type())
                .attribute("level", 3),
        );
        let created = created.unwrap();
        let key = &created.key;
        assert_eq!(key.name(), "näme \"1\"");
        assert_eq!(key.expire_time(), 4_102_444_800);
        assert_eq!(key.expires_at(), Some(unix(4_102_444_800)));
        let tenants: Vec<_> = key
            .key_tenants()
            .iter()
            .map(|tenant| (tenant.tenant_id(), tenant.tenant_name(), tenant.role_names()))
            .collect();
        let expected = [
            ("globex", "globex", vec![]),
            ("acme", "Acme Inc.", vec!["deployer", "viewer"]),
            ("initech", "initech", vec!["owner"]),
        ];
        assert_eq!(tenants, expected);
        assert!(key.role_names().is_empty());
        assert_eq!(key.user_id(), Some("U2someone"));
        let mut claims = members(every_type());
        claims.insert("team".to_owned(), json!("build"));
        assert_eq!(key.custom_claims(), claims);
        assert_eq!(key.description(), Some("two\nlines"));
        assert_eq!(key.permitted_ips(), ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"]);
        let mut attributes = members(every_type());
        attributes.insert("level".to_owned(), json!(3));
        assert_eq!(key.custom_attributes(), attributes);
        assert_eq!((key.status().as_str(), key.editable()), ("active", Some(true)));
        assert!(key.created_by().is_some() && key.client_id().is_some());
        assert!(
            (key.created_time() - service.emulator.now()).abs() <= 60,
            "{}",
            key.created_time()
        );

        // What the service holds, and what it tells at any later time, is the same.
        let held = service.emulator.key(key.id()).unwrap();
        assert_eq!(held.cleartext(), created.cleartext.expose());
        assert_eq!(
            (&held.custom_claims, held.description.as_str()),
            (&claims, key.description().unwrap())
        );
        assert_eq!(&service.client.access_keys().load(key.id()).unwrap(), key);
    });
}

#[test]
fn a_key_has_roles_of_the_project_or_tenants() {
    both_ways(Emulator::builder, |service| {
        let create =
            |create: CreateAccessKey| service.client.access_keys().create(&create).unwrap();
        let new = || CreateAccessKey::new("k", Expiry::Never).role("admin").roles(["viewer"]);
        assert_eq!(create(new()).key.role_names(), ["admin", "viewer"]);
        let both = create(new().tenant("acme")).key;
        assert!(both.role_names().is_empty() && both.tenant("acme").is_some(), "tenants precede");
    });
}

#[test]
fn an_expiry_is_told_in_four_ways() {
    both_ways(Emulator::builder, |service| {
        let expire_time = |expiry: Expiry| {
            let create = CreateAccessKey::new("k", expiry);
            service.client.access_keys().create(&create).unwrap().key.expire_time()
        };
        assert_eq!(expire_time(Expiry::Never), 0);
        assert_eq!(expire_time(Expiry::AtUnix(253_402_300_799)), 253_402_300_799);
        assert_eq!(expire_time(Expiry::from(unix(2_500_000_000))), 2_500_000_000);
        let in_a_month = service.emulator.now() + 30 * 86_400;
        assert!((expire_time(Expiry::days(30)) - in_a_month).abs() <= 60);
    });
}

#[test]
fn a_key_bound_to_a_user_has_what_the_user_has() {
    let builder = || Emulator::builder().user(User::new("U2a").roles(["owner"]));
    both_ways(builder, |service| {
        let create = CreateAccessKey::new("bound", Expiry::Never).user_id("U2a").tenant("acme");
        let created = service.client.access_keys().create(&create).unwrap();
        let session = service.client.exchange(&created.cleartext).unwrap();
        assert!(session.claims().has_role("owner"));
        assert!(!session.claims().tenant("acme").is_associated());
    });
}

#[test]
fn every_argument_of_exchange_arrives_and_comes_back() {
    let builder =
        || Emulator::builder().audience("https://peer.example.com").role("deployer", ["deploy"]);
    both_ways(builder, |service| {
        let create = CreateAccessKey::new("ci", Expiry::Never)
            .tenant_roles("acme", ["deployer"])
            .tenant("globex")
            .claims(every_type());
        let created = service.client.access_keys().create(&create).unwrap();
        let exchange = ExchangeAccessKey::new(&created.cleartext)
            .login_claim("job", 7)
            .login_claims(every_type())
            .selected_tenant("acme")
            .audience(Audience::any_of(["https://peer.example.com"]));
        let session = service.client.exchange_with(exchange).unwrap();

        let claims = session.claims();
        assert_eq!(session.key_id(), created.key.id());
        assert_eq!(
            (claims.subject(), claims.current_tenant()),
            (Some(session.key_id()), Some("acme"))
        );
        assert!(claims.audience().eq(["https://peer.example.com"]));
        assert!(claims.tenant("acme").has_role("deployer"));
        assert!(claims.tenant("acme").has_permission("deploy"));
        assert!(claims.tenants().eq(["acme", "globex"]));
        // The key's own claims are at the top level, those of the login apart.
        for (name, value) in members(every_type()) {
            assert_eq!(claims.get::<serde_json::Value>(&name).unwrap(), Some(value), "{name}");
        }
        let mut login = members(every_type());
        login.insert("job".to_owned(), json!(7));
        assert_eq!(claims.untrusted_login_claims().to_map().unwrap(), login);
        assert_eq!(claims.get::<u64>("job").unwrap(), None);
        let lifetime =
            claims.expires_at().unix_seconds() - claims.issued_at().unwrap().unix_seconds();
        assert_eq!(lifetime, 600);
    });
}

#[test]
fn an_auth_management_key_goes_along_with_an_exchange() {
    let builder = || Emulator::builder().auth_management_key("auth-management");
    both_ways(builder, |service| {
        let created = plain_key(service, "ci");
        let client = service.client(|client| client.auth_management_key(" auth-management\n"));
        assert_eq!(client.exchange(&created.cleartext).unwrap().key_id(), created.key.id());
        assert!(service.client.exchange(&created.cleartext).unwrap_err().is_unauthorized());
        let wrong = service.client(|client| client.auth_management_key("other"));
        assert!(wrong.exchange(&created.cleartext).unwrap_err().is_unauthorized());
    });
}

#[test]
fn a_batch_does_to_many_what_the_operation_does_to_one() {
    both_ways(Emulator::builder, |service| {
        let keys = service.client.access_keys();
        let ids: Vec<String> = (0..3)
            .map(|number| plain_key(service, &format!("k{number}")).key.id().to_owned())
            .collect();
        let statuses = || -> Vec<String> {
            service.emulator.keys().iter().map(|key| format!("{:?}", key.status)).collect()
        };
        keys.deactivate_batch(&ids[..2]).unwrap();
        assert_eq!(statuses(), ["Inactive", "Inactive", "Active"]);
        keys.activate_batch([ids[1].as_str()]).unwrap();
        assert_eq!(statuses(), ["Inactive", "Active", "Active"]);
        keys.delete_batch(ids[1..].to_vec()).unwrap();
        assert_eq!(statuses(), ["Inactive"]);
        assert_eq!(service.emulator.keys()[0].id, ids[0]);
        for operation in
            [Operation::DeactivateBatch, Operation::ActivateBatch, Operation::DeleteBatch]
        {
            assert_eq!(service.emulator.count(operation), 1, "{operation:?}");
        }
    });
}

#[test]
fn ids_and_secrets_reach_the_service_as_they_are() {
    for id in ["K2 a+b&c=d/e?f#g%h", "ключ-\u{1F511}", "..", "a;b,c:d@e"] {
        let builder = || {
            Emulator::builder()
                .key(descope_emulator::Key::new("odd").with_id(id).with_cleartext("s:e:c"))
        };
        both_ways(builder, |service| {
            let keys = service.client.access_keys();
            assert_eq!(keys.load(id).unwrap().id(), id);
            keys.deactivate(id).unwrap();
            keys.activate_batch([id]).unwrap();
            assert_eq!(service.client.exchange(" s:e:c\r\n").unwrap().key_id(), id);
            keys.delete(id).unwrap();
        });
    }
}

#[test]
fn the_license_tier_is_told_and_then_sent_along() {
    let builder = || Emulator::builder().license_tier("tier3");
    both_ways(builder, |service| {
        assert_eq!(service.client.license_tier().unwrap(), "tier3");
        let created = plain_key(service, "k");
        service.client.exchange(&created.cleartext).unwrap();
        let sent: Vec<_> = service
            .emulator
            .requests()
            .iter()
            .map(|request| request.header("x-descope-license").map(str::to_owned))
            .collect();
        // The license itself, create, exchange, key set.
        assert_eq!(sent, [None, Some("tier3".to_owned()), None, None]);
    });
}

#[test]
fn a_client_is_built_without_a_request() {
    let service = Service::start();
    let client = service.client(|client| client);
    let _ = (client.access_keys(), client.token_source("K2"));
    assert_eq!(service.emulator.total(), 0);
}
