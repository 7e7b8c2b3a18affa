//! The profiles that are known: those that come with this crate, and a user's own.

use super::Profile;
use crate::block::nearest::nearest;
use crate::diag::{Diagnostic, codes};
use std::sync::{Arc, OnceLock};

/// A profile that comes with this crate. It is read when it is first asked for.
struct Shipped {
    name: &'static str,
    json: &'static str,
    profile: OnceLock<Option<Arc<Profile>>>,
}

impl Shipped {
    /// `None` only if the text is no profile, which a test makes sure of.
    fn get(&self) -> Option<&Arc<Profile>> {
        self.profile.get_or_init(|| serde_json::from_str(self.json).ok().map(Arc::new)).as_ref()
    }
}

// Every file of the folder `profiles`, by name: made by build.rs.
include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// Provider profiles by name.
///
/// ```
/// use esxi_core::block::profile::Catalogue;
/// let catalogue = Catalogue::builtin();
/// assert_eq!(catalogue.find("packet")?.title, "Packet / Equinix Metal");
/// assert_eq!(catalogue.find("paket").unwrap_err().fix.as_deref(), Some("packet"));
/// # Ok::<(), Box<esxi_core::diag::Diagnostic>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    own: Vec<Arc<Profile>>,
}

impl Catalogue {
    /// The profiles that come with this crate. None of them is read before it is asked for.
    pub fn builtin() -> Self {
        Catalogue::default()
    }

    /// Takes a user's own profile in, in place of one that has the same name.
    pub fn add(&mut self, profile: impl Into<Arc<Profile>>) {
        let profile = profile.into();
        match self.own.binary_search_by(|other| other.name.cmp(&profile.name)) {
            Ok(at) => self.own[at] = profile,
            Err(at) => self.own.insert(at, profile),
        }
    }

    /// The same profiles and one more; see [`add`](Self::add).
    #[must_use]
    pub fn with(mut self, profile: impl Into<Arc<Profile>>) -> Self {
        self.add(profile);
        self
    }

    /// The profile of this name.
    pub fn get(&self, name: &str) -> Option<Arc<Profile>> {
        if let Ok(at) = self.own.binary_search_by(|other| other.name.as_str().cmp(name)) {
            return Some(Arc::clone(&self.own[at]));
        }
        let at = SHIPPED.binary_search_by(|other| other.name.cmp(name)).ok()?;
        SHIPPED[at].get().cloned()
    }

    /// The profile of this name.
    ///
    /// # Errors
    /// There is none: the finding, at `/provider`, offers the nearest name and lists all.
    pub fn find(&self, name: &str) -> Result<Arc<Profile>, Box<Diagnostic>> {
        self.get(name).ok_or_else(|| {
            let found = format!("the rules of provider \"{name}\" are not known");
            let found = Diagnostic::error(codes::PROVIDER_UNKNOWN, found).at("/provider");
            Box::new(nearest(found, name, &self.names()))
        })
    }

    /// Every name, in order. Reads no profile.
    pub fn names(&self) -> Vec<&str> {
        let own = self.own.iter().map(|profile| profile.name.as_str());
        let mut names: Vec<&str> = SHIPPED.iter().map(|profile| profile.name).chain(own).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Every profile, by name.
    pub fn iter(&self) -> impl Iterator<Item = Arc<Profile>> + '_ {
        self.names().into_iter().filter_map(|name| self.get(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the test compares with the files")]
    fn the_list_is_the_folder_and_every_file_is_a_profile_of_its_name() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles")).unwrap();
        let mut files: Vec<String> =
            folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort_unstable_by_key(|file| file.strip_suffix(".toml").map(str::to_owned));
        let listed: Vec<String> = SHIPPED.iter().map(|profile| format!("{}.toml", profile.name)).collect();
        assert_eq!(listed, files, "every file of profiles/ stands in SHIPPED, by name");
        for Shipped { name, .. } in &SHIPPED {
            let path = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/{}.toml"), name);
            let file = Profile::from_toml(name, &std::fs::read_to_string(path).unwrap()).unwrap();
            assert_eq!(file.profile.name, *name);
            assert_eq!(Catalogue::builtin().get(name).as_deref(), Some(&file.profile));
            assert_eq!(file.diagnostics, [], "every rule rests on a fact");
            let json = serde_json::to_string(&file.profile).unwrap();
            assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), file.profile);
        }
    }

    #[test]
    fn a_profile_is_found_by_its_name_and_a_users_own_comes_first() {
        let mut catalogue = Catalogue::builtin();
        let packet = catalogue.find("packet").unwrap();
        assert!(Arc::ptr_eq(&packet, &catalogue.get("packet").unwrap()), "read once");
        let own = Profile { title: "mine".to_owned(), ..(*packet).clone() };
        let other = Profile { name: "a-rack".to_owned(), ..own.clone() };
        let shipped = catalogue.names().len();
        catalogue = catalogue.with(other).with(own);
        assert_eq!(catalogue.find("packet").unwrap().title, "mine");
        assert_eq!(catalogue.find("a-rack").unwrap().name, "a-rack");
        assert_eq!(catalogue.iter().count(), shipped + 1);
        assert!(catalogue.iter().map(|profile| profile.name.clone()).is_sorted());
        let unknown = catalogue.find("rack").unwrap_err();
        assert_eq!((unknown.code, unknown.path.as_deref()), (codes::PROVIDER_UNKNOWN, Some("/provider")));
        assert_eq!(unknown.fix.as_deref(), Some("a-rack"));
        assert!(unknown.help.unwrap().contains("packet"));
    }
}
