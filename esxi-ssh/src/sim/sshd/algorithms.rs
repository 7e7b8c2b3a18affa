//! What `sshd` of each version speaks: one table.

use super::settings::SshSettings;
use esxi_core::EsxiVersion;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PublicKey};
use russh::{MethodKind, MethodSet, Preferred, SshId, cipher, compression, kex, mac};
use std::borrow::Cow;

/// The server of the releases from one version to the next row's.
#[derive(Debug)]
pub(super) struct Release {
    /// The first version of which this is so.
    since: EsxiVersion,
    /// How it identifies itself.
    id: &'static str,
    kex: &'static [kex::Name],
    ciphers: &'static [cipher::Name],
    macs: &'static [mac::Name],
    /// Signatures of hosts and users alike.
    pub(super) signatures: &'static [Algorithm],
    /// Bits that an RSA key of a user needs.
    rsa_bits: usize,
    /// Whether the `password` method is offered.
    pub(super) password: bool,
    /// Whether PAM asks the questions of keyboard-interactive: it ends them with one that asks nothing.
    pub(super) pam: bool,
    /// Whether a client may send signals to its command: OpenSSH 7.9.
    pub(super) signals: bool,
}

const fn ecdsa(curve: EcdsaCurve) -> Algorithm {
    Algorithm::Ecdsa { curve }
}
const SHA1_RSA: Algorithm = Algorithm::Rsa { hash: None };
const RSA_256: Algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha256) };
const RSA_512: Algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha512) };
const P256: Algorithm = ecdsa(EcdsaCurve::NistP256);
const P384: Algorithm = ecdsa(EcdsaCurve::NistP384);
const P521: Algorithm = ecdsa(EcdsaCurve::NistP521);

const GCM_AND_CTR: &[cipher::Name] = &[
    cipher::AES_256_GCM,
    cipher::AES_128_GCM,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];
const CTR: &[cipher::Name] = &[cipher::AES_128_CTR, cipher::AES_192_CTR, cipher::AES_256_CTR];
const SHA2: &[mac::Name] = &[mac::HMAC_SHA256, mac::HMAC_SHA512];
const FIPS_KEX: &[kex::Name] = &[
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_GEX_SHA256,
    kex::DH_G14_SHA256,
    kex::DH_G16_SHA512,
    kex::DH_G18_SHA512,
];
const FIPS_SIGNATURES: &[Algorithm] = &[P256, P384, P521, RSA_512, RSA_256];

/// Newest first.
///
/// * 8.0.2: an `sshd_config` of a real host; its lists, FIPS mode and `PasswordAuthentication no` are verified.
///   So is that an 8.0.0 still takes the `password` method, that both refuse SHA-1 signatures, and that a user's
///   Ed25519 key is refused without a word.
/// * 9.0: keyboard-interactive is verified; the lists are believed to be the same.
/// * Before 8.0: believed, from what OpenSSH of the time spoke by default. VMware's manuals say AES of 128 and
///   256 bits only (6.0 to 8.0) and no DSA keys from 6.0 Update 2; the DSA host key that 5.x also has, and its
///   `3des-cbc`, are not simulated. No PAM on 5.x is from a copy of its `sshd_config`.
/// * The version in the identification is believed everywhere.
static RELEASES: &[Release] = &[
    Release {
        since: EsxiVersion { update: 2, ..EsxiVersion::new(8, 0) },
        id: "SSH-2.0-OpenSSH_9.3",
        kex: FIPS_KEX,
        ciphers: GCM_AND_CTR,
        macs: SHA2,
        signatures: FIPS_SIGNATURES,
        rsa_bits: 2048,
        password: false,
        pam: true,
        signals: true,
    },
    Release {
        since: EsxiVersion::new(8, 0),
        id: "SSH-2.0-OpenSSH_8.8",
        kex: FIPS_KEX,
        ciphers: GCM_AND_CTR,
        macs: SHA2,
        signatures: FIPS_SIGNATURES,
        rsa_bits: 2048,
        password: true,
        pam: true,
        signals: true,
    },
    Release {
        since: EsxiVersion::new(6, 5),
        id: "SSH-2.0-OpenSSH_7.9",
        kex: &[
            kex::CURVE25519,
            kex::CURVE25519_PRE_RFC_8731,
            kex::ECDH_SHA2_NISTP256,
            kex::ECDH_SHA2_NISTP384,
            kex::ECDH_SHA2_NISTP521,
            kex::DH_GEX_SHA256,
            kex::DH_G16_SHA512,
            kex::DH_G18_SHA512,
            kex::DH_G14_SHA256,
            kex::DH_G14_SHA1,
        ],
        ciphers: GCM_AND_CTR,
        macs: &[mac::HMAC_SHA256, mac::HMAC_SHA512, mac::HMAC_SHA1],
        signatures: &[P256, P384, P521, Algorithm::Ed25519, RSA_512, RSA_256, SHA1_RSA],
        rsa_bits: 1024,
        password: true,
        pam: true,
        signals: true,
    },
    Release {
        since: EsxiVersion::new(6, 0),
        id: "SSH-2.0-OpenSSH_6.6.1",
        kex: &[
            kex::CURVE25519_PRE_RFC_8731,
            kex::ECDH_SHA2_NISTP256,
            kex::ECDH_SHA2_NISTP384,
            kex::ECDH_SHA2_NISTP521,
            kex::DH_GEX_SHA256,
            kex::DH_GEX_SHA1,
            kex::DH_G14_SHA1,
        ],
        ciphers: CTR,
        macs: &[mac::HMAC_SHA256, mac::HMAC_SHA512, mac::HMAC_SHA1],
        signatures: &[P256, P384, P521, Algorithm::Ed25519, SHA1_RSA],
        rsa_bits: 1024,
        password: true,
        pam: true,
        signals: false,
    },
    Release {
        since: EsxiVersion::new(0, 0),
        id: "SSH-2.0-OpenSSH_5.6",
        kex: &[kex::DH_GEX_SHA256, kex::DH_GEX_SHA1, kex::DH_G14_SHA1],
        ciphers: CTR,
        macs: &[mac::HMAC_SHA1],
        signatures: &[SHA1_RSA],
        rsa_bits: 768,
        password: true,
        pam: false,
        signals: false,
    },
];

/// The row of a host.
pub(super) fn release(version: EsxiVersion) -> &'static Release {
    let row = RELEASES.iter().find(|row| row.since <= version);
    // The last row holds for everything older.
    row.unwrap_or(&RELEASES[RELEASES.len() - 1])
}

impl Release {
    /// True when a host has keys on elliptic curves; before that RSA is all there is.
    pub(super) fn ecdsa(&self) -> bool {
        self.signatures.contains(&P256)
    }

    pub(super) fn id(&self) -> SshId {
        SshId::Standard(Cow::Borrowed(self.id))
    }

    /// The ways to log in, with or without the `password` method.
    pub(super) fn methods(&self, password: bool) -> MethodSet {
        let mut methods = vec![MethodKind::PublicKey, MethodKind::KeyboardInteractive];
        if password {
            methods.push(MethodKind::Password);
        }
        MethodSet::from(methods.as_slice())
    }

    pub(super) fn preferred(&self) -> Preferred {
        let mut exchanges = self.kex.to_vec();
        // No algorithms but what the other side may rely on: names of signatures, and the order of messages.
        exchanges.push(kex::EXTENSION_SUPPORT_AS_SERVER);
        exchanges.push(kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER);
        Preferred {
            kex: Cow::Owned(exchanges),
            key: Cow::Borrowed(self.signatures),
            host_key_certificates: Cow::Borrowed(&[]),
            cipher: Cow::Borrowed(self.ciphers),
            mac: Cow::Borrowed(self.macs),
            compression: Cow::Borrowed(&[compression::NONE, compression::ZLIB_LEGACY]),
        }
    }

    /// Whether a user's key may be used at all, in a signature of this kind.
    pub(super) fn takes(&self, key: &PublicKey, algorithm: &Algorithm) -> bool {
        let long_enough = match key.key_data() {
            KeyData::Rsa(rsa) => rsa.key_size() as usize >= self.rsa_bits,
            _ => true,
        };
        long_enough && self.signatures.contains(algorithm)
    }
}

/// The version whose server this is.
pub(super) fn version(settings: &SshSettings, host: EsxiVersion) -> EsxiVersion {
    match settings.algorithms {
        super::settings::SshAlgorithms::OfTheVersion => host,
        super::settings::SshAlgorithms::Of(other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> &'static Release {
        release(text.parse().unwrap())
    }

    #[test]
    fn rows_are_in_order_and_every_version_has_one() {
        assert!(RELEASES.windows(2).all(|pair| pair[0].since > pair[1].since));
        let ids = ["5.0", "5.5", "6.0.3", "6.7", "7.0.3", "8.0.1", "8.0.2", "9.0"].map(|text| of(text).id);
        assert_eq!(ids[0], ids[1]);
        assert_eq!(ids[3], ids[4]);
        assert_eq!(ids[6], ids[7]);
        assert!(ids[1] != ids[2] && ids[2] != ids[3] && ids[4] != ids[5] && ids[5] != ids[6]);
    }

    #[test]
    fn fips_knows_no_curve25519_no_sha1_and_no_ed25519() {
        for version in ["8.0", "8.0.3", "9.0"] {
            let preferred = of(version).preferred();
            let mut names: Vec<String> = preferred.kex.iter().map(|name| name.as_ref().to_owned()).collect();
            names.extend(preferred.cipher.iter().map(|name| name.as_ref().to_owned()));
            names.extend(preferred.mac.iter().map(|name| name.as_ref().to_owned()));
            names.extend(preferred.key.iter().map(Algorithm::to_string));
            for foreign in ["25519", "sha1", "chacha", "ssh-rsa", "etm", "cbc"] {
                assert!(!names.iter().any(|name| name.contains(foreign)), "{version}: {foreign}: {names:?}");
            }
        }
    }

    #[test]
    fn passwords_by_version() {
        let offered = |text| of(text).methods(of(text).password).contains(&MethodKind::Password);
        assert!(offered("5.5") && offered("7.0.3") && offered("8.0") && offered("8.0.1"));
        assert!(!offered("8.0.2") && !offered("9.0"));
    }

    #[test]
    fn short_rsa_keys_are_refused_under_fips() {
        let key = |bits: usize| {
            let mut modulus = vec![0xff; bits / 8];
            modulus[bits / 8 - 1] = 1;
            let rsa = russh::keys::ssh_key::public::RsaPublicKey::new(
                russh::keys::ssh_key::Mpint::from_positive_bytes(&[1, 0, 1]),
                russh::keys::ssh_key::Mpint::from_positive_bytes(&modulus),
            );
            PublicKey::from(KeyData::Rsa(rsa.unwrap()))
        };
        assert!(of("8.0").takes(&key(2048), &RSA_256) && !of("8.0").takes(&key(1024), &RSA_256));
        assert!(!of("8.0").takes(&key(2048), &SHA1_RSA));
        assert!(of("7.0").takes(&key(1024), &SHA1_RSA));
        assert!(!of("5.5").takes(&key(2048), &RSA_256));
    }
}
