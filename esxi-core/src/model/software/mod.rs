//! VIBs and image profiles.
//!
//! What a release ships is a table; the machine keeps what was added, replaced and removed. A VIB that cannot be
//! installed live waits for the next boot: [`Software::booted`] is called when it comes.

mod archive;
mod change;
mod depot;
mod rows;
mod show;
mod table;
#[cfg(test)]
mod tests;
mod wording;

use super::family::{Console, Family, Reply};
use super::parse::Invocation;
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};

pub(super) static FAMILY: Family = Family { rows: &[rows::ROWS], parse_only: &[], run, tools: &[] };

/// The part of a machine that this family is about: only what differs from the tables of its release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Software {
    /// What the host demands of a VIB.
    pub acceptance: Level,
    /// What differs from the release in what runs now.
    pub live: Image,
    /// The same for the next boot, where that is another.
    pub next: Option<Image>,
}

/// How an image differs from the release's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Image {
    /// VIBs that were installed, those among them that replace one of the release.
    pub added: Vec<Vib>,
    /// Names of VIBs of the release that were removed.
    pub removed: Vec<String>,
    /// Name of the image profile, where one was installed.
    pub profile: Option<String>,
}

/// A VIB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Vib {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Vendor.
    pub vendor: String,
    /// `bootbank` or `locker`.
    pub kind: String,
    /// Acceptance level.
    pub level: Level,
    /// One line about it.
    pub summary: String,
    /// Can be installed while the host runs.
    pub live_install: bool,
    /// Can be removed while the host runs.
    pub live_remove: bool,
    /// Needs maintenance mode for either.
    pub maintenance: bool,
    /// When it was installed, seconds since 1970; 0 with the host itself.
    pub installed: u64,
}

/// Acceptance levels, the strictest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Level {
    /// Signed by nobody.
    #[serde(rename = "CommunitySupported")]
    Community,
    /// Signed by a partner.
    #[serde(rename = "PartnerSupported")]
    Partner,
    /// Tested by a partner, accepted by VMware.
    #[serde(rename = "VMwareAccepted")]
    Accepted,
    /// Tested by VMware.
    #[serde(rename = "VMwareCertified")]
    Certified,
}

/// Level, its name on the command line, its name in descriptors.
const LEVELS: [(Level, &str, &str); 4] = [
    (Level::Community, "CommunitySupported", "community"),
    (Level::Partner, "PartnerSupported", "partner"),
    (Level::Accepted, "VMwareAccepted", "accepted"),
    (Level::Certified, "VMwareCertified", "certified"),
];

impl Level {
    /// As the command line names it.
    pub fn text(self) -> &'static str {
        LEVELS.iter().find(|(level, ..)| *level == self).map_or("", |(_, text, _)| text)
    }
    fn word(self) -> &'static str {
        LEVELS.iter().find(|(level, ..)| *level == self).map_or("", |(.., word)| word)
    }
    fn from_text(text: &str) -> Option<Self> {
        LEVELS.iter().find(|(_, name, _)| *name == text).map(|(level, ..)| *level)
    }
    fn from_descriptor(text: &str) -> Option<Self> {
        LEVELS.iter().find(|(.., word)| *word == text).map(|(level, ..)| *level)
    }
}

impl Vib {
    fn shipped(name: &str, version: String, vendor: &str) -> Self {
        let kind = if name == "tools-light" { "locker" } else { "bootbank" };
        Vib {
            name: name.to_owned(),
            version,
            vendor: vendor.to_owned(),
            kind: kind.to_owned(),
            level: Level::Certified,
            summary: name.to_owned(),
            live_install: false,
            live_remove: false,
            maintenance: true,
            installed: 0,
        }
    }
    /// `Home_bootbank_custom-firewall_5.0.0-6.5.0`.
    pub fn id(&self) -> String {
        format!("{}_{}_{}_{}", self.vendor, self.kind, self.name, self.version)
    }
}

impl Software {
    /// As the installer leaves it.
    pub fn factory(_version: EsxiVersion) -> Self {
        // Verified (5.x): `PartnerSupported`.
        Software { acceptance: Level::Partner, live: Image::default(), next: None }
    }
    /// What waited for a boot is there now.
    pub fn booted(&mut self) {
        if let Some(next) = self.next.take() {
            self.live = next;
        }
    }
    /// VIBs of a release's host that shows this build, as they are now or, where they differ, at the next boot.
    ///
    /// ```
    /// use esxi_core::model::Software;
    /// let software = Software::factory("8.0".parse()?);
    /// let vibs = software.vibs("8.0".parse()?, 22_380_479, false);
    /// assert!(vibs.iter().any(|vib| vib.name == "esx-base"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn vibs(&self, version: EsxiVersion, build: u32, at_next_boot: bool) -> Vec<Vib> {
        let image = if at_next_boot { self.next.as_ref().unwrap_or(&self.live) } else { &self.live };
        image.vibs(version, build)
    }
}

impl Image {
    fn vibs(&self, version: EsxiVersion, build: u32) -> Vec<Vib> {
        let gone = |vib: &Vib| {
            self.removed.contains(&vib.name) || self.added.iter().any(|added| added.name == vib.name)
        };
        let mut vibs = table::shipped(version, build);
        vibs.retain(|vib| !gone(vib));
        for added in &self.added {
            // Lists go by vendor, then by name.
            let place = vibs.iter().position(|vib| (&vib.vendor, &vib.name) > (&added.vendor, &added.name));
            vibs.insert(place.unwrap_or(vibs.len()), added.clone());
        }
        vibs
    }
}

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    show::run(console, call).or_else(|| change::run(console, call))
}
