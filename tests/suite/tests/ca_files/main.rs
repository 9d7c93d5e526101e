//! Files of certificates to trust, in every form that other programs take, and what rustls refuses,
//! told in words.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use descope_blocking::{Client, ErrorKind, UreqTransport};
use descope_suite::faults::{Act, Behaviour, Identity, Server, authority_pem};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

fn authority_der() -> Vec<u8> {
    let pem = authority_pem();
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(lines).unwrap()
}

fn labelled(label: &str, der: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n").into_bytes()
}

/// What OpenSSL puts behind a certificate that it trusts for a purpose: another sequence.
fn with_trust(der: &[u8]) -> Vec<u8> {
    [der, b"\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"].concat()
}

#[test]
fn a_certificate_is_taken_in_every_form() {
    let (pem, der) = (authority_pem().into_bytes(), authority_der());
    let broken = labelled("CERTIFICATE", b"\x30\x03\x02\x01\x01");
    let unreadable = b"-----BEGIN CERTIFICATE-----\n?!\n-----END CERTIFICATE-----\n";
    let key = KeyPair::generate().unwrap().serialize_pem();
    let forms = [
        ("PEM", pem.clone()),
        ("DER", der.clone()),
        ("a byte order mark", [b"\xef\xbb\xbf", &pem[..]].concat()),
        ("one between two files", [key.as_bytes(), b"\xef\xbb\xbf", &pem[..]].concat()),
        ("no line end between two files", [key.trim_end().as_bytes(), &pem[..]].concat()),
        ("TRUSTED", labelled("TRUSTED CERTIFICATE", &with_trust(&der))),
        ("TRUSTED with nothing behind", labelled("TRUSTED CERTIFICATE", &der)),
        ("X509", labelled("X509 CERTIFICATE", &der)),
        ("CRLF", String::from_utf8(pem.clone()).unwrap().replace('\n', "\r\n").into_bytes()),
        ("text around it", [b"Gr\xfc\xdfe\n", &pem[..], b"the end"].concat()),
        ("text that begins as DER does", [b"0 s:CN = Company CA\n", &pem[..]].concat()),
        ("a key beside it", [key.as_bytes(), &pem].concat()),
        ("a broken one before it", [&broken[..], &pem].concat()),
        ("an unreadable one before it", [&unreadable[..], &pem].concat()),
    ];
    let server = Server::start(Behaviour {
        https: true,
        identity: Some(Identity::Trusted),
        answer: Some(Arc::new(|_| {
            vec![Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 31\r\n\r\n".to_vec()), {
                Act::Send(br#"{"key":{"id":"K1","name":"ci"}}"#.to_vec())
            }]
        })),
        ..Behaviour::default()
    });
    for (form, content) in forms {
        let path = scratch(&content);
        let transport = UreqTransport::builder().ca_file(&path).build();
        std::fs::remove_file(&path).unwrap();
        let transport = transport.unwrap_or_else(|error| panic!("{form}: {error}"));
        let loaded = client(&server.url(), transport).access_keys().load("K1");
        assert_eq!(loaded.unwrap_or_else(|error| panic!("{form}: {error}")).id(), "K1");
    }
}

#[test]
fn a_file_with_nothing_usable_is_named_when_the_transport_is_made() {
    let key = KeyPair::generate().unwrap().serialize_pem();
    let utf_16: Vec<u8> = authority_pem().encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (content, reason) in [
        (&b""[..], "holds no certificate"),
        (b"some text", "holds no certificate"),
        (key.as_bytes(), "holds no certificate"),
        (&utf_16, "holds no certificate"),
        (b"-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n", "holds no certificate"),
        (&labelled("CERTIFICATE", b"\x30\x03\x02\x01\x01"), "that can be used"),
        (b"\x30\x82\x7f", "that can be used"),
        (&authority_der()[..100], "that can be used"),
    ] {
        let path = scratch(content);
        let error = UreqTransport::builder().ca_file(&path).build().unwrap_err();
        std::fs::remove_file(&path).unwrap();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidArgument, Some("ca_file")));
        let text = error.to_string();
        assert!(text.contains(reason) && text.contains(path.to_str().unwrap()), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_not_read_to_it() {
    let error = UreqTransport::builder().ca_file("/dev/zero").build().unwrap_err();
    assert!(error.to_string().contains("/dev/zero cannot be read: it has more"), "{error}");
}

#[test]
fn an_authority_that_serves_as_a_server_is_told_in_words() {
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let address = shaking_hands(certificate.der().clone(), key.serialize_der());
    let transport = UreqTransport::builder().ca_pem(certificate.pem()).build().unwrap();
    let told = refusal(address, transport);
    assert!(told.contains("shows the certificate of an authority as its own"), "{told}");
}

#[test]
fn a_signature_that_is_not_verified_is_told_in_words() {
    let chain = CertificateDer::from_pem_slice(include_bytes!("p521_server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("p521_server_key.pem")).unwrap();
    let address = shaking_hands(chain, key.secret_der().to_vec());
    let authority = include_bytes!("p521_authority.pem");
    let transport = UreqTransport::builder().ca_pem(authority).build().unwrap();
    let told = refusal(address, transport);
    assert!(told.contains("P-521"), "{told}");
}

#[test]
fn a_server_with_nothing_in_common_is_told_in_words() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        // A fatal alert: handshake_failure.
        stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).unwrap();
        let _ = stream.read(&mut [0]);
    });
    let told = refusal(address, UreqTransport::new());
    assert!(told.contains("no TLS version, cipher suite"), "{told}");
}

/// The error of a call, with its sources.
fn refusal(address: SocketAddr, transport: UreqTransport) -> String {
    let client = client(&format!("https://{address}"), transport);
    let error = client.access_keys().load("K1").unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Tls, 1), "{error}");
    let mut told = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        told += &format!(": {error}");
        source = error.source();
    }
    told
}

fn client(url: &str, transport: UreqTransport) -> Client {
    Client::builder("P1")
        .management_key("K2management")
        .base_url(url)
        .transport(transport)
        .build()
        .unwrap()
}

/// A server that makes one handshake, as far as it comes.
fn shaking_hands(certificate: CertificateDer<'static>, key: Vec<u8>) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::try_from(key).unwrap())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        let _ = connection.complete_io(&mut stream);
    });
    address
}

/// A file of its own with this content.
fn scratch(content: &[u8]) -> std::path::PathBuf {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("ca-{}-{number}.pem", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path
}
