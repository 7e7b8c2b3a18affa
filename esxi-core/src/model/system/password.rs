//! Passwords: kept as SHA-512 crypt hashes only, and what quality the host asks of a new one.

use serde::{Deserialize, Serialize};
use sha_crypt::{
    Algorithm, CustomizedPasswordHasher, Params, PasswordHash, PasswordHashRef, PasswordVerifier, ShaCrypt,
};
use std::fmt;

/// The hash of a password, as `/etc/shadow` holds it. Its `Debug` form says nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hashed(String);

impl fmt::Debug for Hashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Hashed {
    /// A hash that was made elsewhere, such as a kickstart's `rootpw --iscrypted`. One that is no SHA crypt hash
    /// fits no password.
    pub fn from_crypt(text: &str) -> Self {
        Hashed(text.to_owned())
    }
    /// Hashes a password. `seed` makes the salt: the model has no randomness of its own. `None` for a password that
    /// cannot be hashed, which none of SHA-512 crypt's inputs is.
    pub(super) fn of(password: &str, seed: &[u8]) -> Option<Self> {
        let hasher = ShaCrypt::new(Algorithm::Sha512Crypt, Params::RECOMMENDED);
        let hash: PasswordHash = hasher
            .hash_password_customized(password.as_bytes(), &salt(seed), None, None, Params::RECOMMENDED)
            .ok()?;
        Some(Hashed(hash.as_str().to_owned()))
    }
    /// Whether a password is this one.
    pub fn fits(&self, password: &str) -> bool {
        PasswordHashRef::new(&self.0)
            .is_ok_and(|hash| ShaCrypt::SHA512.verify_password(password.as_bytes(), hash).is_ok())
    }
    /// As `/etc/shadow` holds it.
    pub fn as_crypt(&self) -> &str {
        &self.0
    }
}

/// Twelve bytes, sixteen characters: two runs of FNV-1a with different starts.
fn salt(seed: &[u8]) -> [u8; 12] {
    let run = |start: u64| {
        seed.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let mut salt = [0; 12];
    salt[..8].copy_from_slice(&run(0xcbf2_9ce4_8422_2325).to_le_bytes());
    salt[8..].copy_from_slice(&run(0x8422_2325_cbf2_9ce4).to_le_bytes()[..4]);
    salt
}

/// What `Security.PasswordQualityControl` asks: the part of `pam_passwdqc`'s options that decides here.
struct Quality {
    /// Least length with one, two, (pass phrase,) three and four classes of characters; `None` = never enough.
    least: [Option<usize>; 5],
    longest: usize,
}

impl Quality {
    fn read(options: &str) -> Self {
        let mut quality = Quality { least: [None, None, None, Some(7), Some(7)], longest: 40 };
        for option in options.split_whitespace() {
            if let Some(list) = option.strip_prefix("min=") {
                for (least, word) in quality.least.iter_mut().zip(list.split(',')) {
                    *least = word.parse().ok();
                }
            }
            if let Some(longest) = option.strip_prefix("max=") {
                quality.longest = longest.parse().unwrap_or(quality.longest);
            }
        }
        quality
    }
}

/// Classes of characters. An upper-case letter at the beginning and a digit at the end do not count
/// (`pam_passwdqc`'s manual).
fn classes(password: &str) -> usize {
    let last = password.chars().count().saturating_sub(1);
    let (mut digit, mut lower, mut upper, mut other) = (false, false, false, false);
    for (at, letter) in password.chars().enumerate() {
        match letter {
            '0'..='9' => digit |= at != last,
            'a'..='z' => lower = true,
            'A'..='Z' => upper |= at != 0,
            _ => other = true,
        }
    }
    [digit, lower, upper, other].into_iter().filter(|has| *has).count()
}

/// Why a new password is not taken; the sentences are `pam_passwdqc`'s (that the host prints them bare is
/// verified, their words here are believed).
pub(super) fn weakness(password: &str, options: &str, user: &str) -> Option<String> {
    let quality = Quality::read(options);
    let length = password.chars().count();
    let classes = classes(password);
    // Index 2 is for pass phrases: three words or more.
    let phrase =
        password.split(|letter: char| !letter.is_alphanumeric()).filter(|w| !w.is_empty()).count() >= 3;
    let index = match classes {
        0 | 1 => 0,
        2 => 1,
        3 => 3,
        _ => 4,
    };
    let enough = |least: Option<usize>| least.is_some_and(|least| length >= least);
    let why = if length == 0 {
        "is empty"
    } else if length > quality.longest {
        "too long"
    } else if quality.least.iter().all(|least| !enough(*least)) {
        "too short"
    } else if !(enough(quality.least[index]) || phrase && enough(quality.least[2])) {
        "not enough different characters or classes for this length"
    } else if !user.is_empty() && password.to_lowercase().contains(&user.to_lowercase()) {
        "based on personal login information"
    } else {
        return None;
    };
    Some(format!("Weak password: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_fits_its_password_only() {
        let hash = Hashed::of("VMware1!", b"root 1").unwrap();
        assert!(hash.as_crypt().starts_with("$6$"), "{}", hash.as_crypt());
        assert!(hash.fits("VMware1!") && !hash.fits("VMware1") && !hash.fits(""));
        assert_ne!(hash, Hashed::of("VMware1!", b"root 2").unwrap(), "the salt follows the seed");
        assert_eq!(format!("{hash:?}"), "***");
        assert!(!Hashed::from_crypt("").fits("") && !Hashed::from_crypt("x").fits("x"));
    }

    /// A hash made elsewhere (by `openssl passwd -6`).
    #[test]
    fn foreign_hashes_are_read() {
        let hash = Hashed::from_crypt(
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
        );
        assert!(hash.fits("Hello world!") && !hash.fits("Hello world"));
    }

    #[test]
    fn quality_follows_the_options() {
        let usual = "retry=3 min=disabled,disabled,disabled,7,7";
        for (password, good) in [
            ("VMware1!", true),
            ("1;Qwerty!", true),
            ("", false),
            ("aB3!", false),
            ("abcdefgh", false),
            // The capital at the beginning and the digit at the end do not count.
            ("Abcdefg1", false),
            ("aBcdefg1x", true),
        ] {
            assert_eq!(weakness(password, usual, "jane").is_none(), good, "{password}");
        }
        assert!(weakness("my-JANE-7-name", usual, "jane").unwrap().contains("personal"));
        let strict = "retry=3 min=disabled,15,15,15,15 max=20";
        assert!(weakness("aB3!efgh", strict, "jane").unwrap().contains("short"));
        assert!(weakness("aB3!efgh aB3!efgh aB3!efgh", strict, "jane").unwrap().contains("long"));
    }
}
