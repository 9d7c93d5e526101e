//! What a file of certificates holds: PEM under any of its labels, or DER.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use ureq::tls::{Certificate, PemItem, parse_pem};

/// More than all the authorities of the world take; a device has no end.
const LARGEST: u64 = 16 << 20;

/// What a file holds that is not too large to be one.
pub(super) fn contents(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)? as u64 {
        0..=LARGEST => Ok(bytes),
        _ => Err(io::Error::other(format!("it has more than {} MiB", LARGEST >> 20))),
    }
}

/// The certificates that can be used, or why there is none.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Certificate<'static>>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut all = pem(bytes);
    // Text before a certificate may begin as DER does, with a 0.
    if all.is_empty() && bytes.first() == Some(&SEQUENCE) {
        all.push(bytes.to_vec());
    }
    let mut usable = Vec::new();
    let mut why = "holds no certificate, in PEM or in DER".to_owned();
    for der in &all {
        let der = first_element(der);
        // ureq would pass over in silence what rustls does not take.
        match RootCertStore::empty().add(CertificateDer::from(der)) {
            Ok(()) => usable.push(Certificate::from_der(der).to_owned()),
            Err(error) => why = format!("holds no certificate that can be used: {error}"),
        }
    }
    if usable.is_empty() { Err(why) } else { Ok(usable) }
}

/// What is broken in a file is passed over, as are keys.
fn pem(bytes: &[u8]) -> Vec<Vec<u8>> {
    // Files that were put together have their marks within, and no line may end between them.
    let text = String::from_utf8_lossy(bytes).replace('\u{feff}', "");
    let mut text = text.replace("----------BEGIN ", "-----\n-----BEGIN ");
    for label in ["TRUSTED CERTIFICATE-----", "X509 CERTIFICATE-----"] {
        text = text.replace(label, "CERTIFICATE-----");
    }
    parse_pem(text.as_bytes())
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate.der().to_vec()),
            _ => None,
        })
        .collect()
}

const SEQUENCE: u8 = 0x30;

/// A certificate is one element of DER. Under the label TRUSTED another follows.
fn first_element(der: &[u8]) -> &[u8] {
    let length = match *der {
        [SEQUENCE, length @ 0..=0x7f, ..] => 2 + usize::from(length),
        [SEQUENCE, 0x81, length, ..] => 3 + usize::from(length),
        [SEQUENCE, 0x82, high, low, ..] => 4 + usize::from(u16::from_be_bytes([high, low])),
        _ => der.len(),
    };
    der.get(..length).unwrap_or(der)
}
