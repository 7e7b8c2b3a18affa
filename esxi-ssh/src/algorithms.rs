//! Which algorithms are offered, and in what order.
//!
//! ESXi 8.0 and later run sshd in FIPS mode: `ecdh-sha2-nistp*` and Diffie-Hellman of 2048 bits and more, AES in
//! CTR and GCM, HMAC-SHA2, RSA and ECDSA host keys, nothing of curve25519 or chacha20 (sshd_config of 8.0.2).
//! Hosts of 6.5 and 6.7 offer a superset. Before that it is an OpenSSH of the 5.x and 6.x line.

use std::borrow::Cow;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, cipher, compression, kex, mac};

use crate::hostkey::plain;

const KEX: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_G16_SHA512,
    kex::DH_G18_SHA512,
    kex::DH_G14_SHA256,
    kex::DH_GEX_SHA256,
];
/// Only with the legacy set: SHA-1.
const LEGACY_KEX: &[kex::Name] = &[kex::DH_GEX_SHA1, kex::DH_G14_SHA1];
/// Not algorithms but what both sides understand; these stand at the end of the same list.
const EXTENSIONS: &[kex::Name] =
    &[kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT];

const CIPHERS: &[cipher::Name] = &[
    cipher::AES_256_GCM,
    cipher::AES_128_GCM,
    cipher::CHACHA20_POLY1305,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];

const MACS: &[mac::Name] = &[mac::HMAC_SHA256_ETM, mac::HMAC_SHA512_ETM, mac::HMAC_SHA256, mac::HMAC_SHA512];
const LEGACY_MACS: &[mac::Name] = &[mac::HMAC_SHA1_ETM, mac::HMAC_SHA1];

const fn ecdsa(curve: EcdsaCurve) -> Algorithm {
    Algorithm::Ecdsa { curve }
}
const fn rsa(hash: Option<HashAlg>) -> Algorithm {
    Algorithm::Rsa { hash }
}

/// Every host key algorithm of today. ed25519 stands last, as ESXi 8 has no such host key: a key recorded from
/// an older release is then of a type that the host still has after an upgrade.
const HOST_KEYS: [Algorithm; 6] = [
    ecdsa(EcdsaCurve::NistP256),
    ecdsa(EcdsaCurve::NistP384),
    ecdsa(EcdsaCurve::NistP521),
    rsa(Some(HashAlg::Sha512)),
    rsa(Some(HashAlg::Sha256)),
    Algorithm::Ed25519,
];

/// What to offer to a host of which keys of the `recorded` types are known; these come first.
pub(crate) fn preferred(legacy: bool, recorded: &[Algorithm]) -> Preferred {
    let mut host_keys = HOST_KEYS.to_vec();
    let mut kex = KEX.to_vec();
    let mut mac = MACS.to_vec();
    if legacy {
        host_keys.push(rsa(None));
        kex.extend(LEGACY_KEX);
        mac.extend(LEGACY_MACS);
    }
    kex.extend(EXTENSIONS);
    // Stable: within each half the order above remains.
    host_keys.sort_by_key(|algorithm| !recorded.contains(&plain(algorithm.clone())));
    Preferred {
        kex: Cow::Owned(kex),
        key: Cow::Owned(host_keys),
        host_key_certificates: Cow::Borrowed(&[]),
        cipher: Cow::Borrowed(CIPHERS),
        mac: Cow::Owned(mac),
        compression: Cow::Borrowed(&[compression::NONE, compression::ZLIB_LEGACY]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lists of an ESXi 8.0.2 host in FIPS mode.
    const FIPS_KEX: &[&str] = &[
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512",
    ];

    #[test]
    fn every_algorithm_of_a_fips_host_is_offered() {
        let offered = preferred(false, &[]);
        for name in FIPS_KEX {
            assert!(offered.kex.iter().any(|k| k.as_ref() == *name), "{name}");
        }
        for name in
            ["aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr"]
        {
            assert!(offered.cipher.iter().any(|k| k.as_ref() == name), "{name}");
        }
        for name in ["hmac-sha2-256", "hmac-sha2-512"] {
            assert!(offered.mac.iter().any(|k| k.as_ref() == name), "{name}");
        }
    }

    #[test]
    fn sha1_only_with_the_legacy_set() {
        let names = |legacy| {
            let offered = preferred(legacy, &[]);
            let mut names: Vec<String> = offered.kex.iter().map(|k| k.as_ref().to_owned()).collect();
            names.extend(offered.mac.iter().map(|m| m.as_ref().to_owned()));
            names.extend(offered.key.iter().map(Algorithm::to_string));
            names
        };
        let sha1 = |name: &String| name.contains("sha1") || name == "ssh-rsa";
        assert_eq!(names(false).iter().filter(|name| sha1(name)).count(), 0);
        assert_eq!(names(true).iter().filter(|name| sha1(name)).count(), 5);
    }

    #[test]
    fn recorded_types_come_first() {
        let first = |recorded: &[Algorithm]| preferred(false, recorded).key[0].clone();
        assert_eq!(first(&[]), ecdsa(EcdsaCurve::NistP256));
        assert_eq!(first(&[Algorithm::Ed25519]), Algorithm::Ed25519);
        assert_eq!(first(&[rsa(None)]), rsa(Some(HashAlg::Sha512)));
        assert_eq!(preferred(false, &[rsa(None)]).key.len(), HOST_KEYS.len());
    }
}
