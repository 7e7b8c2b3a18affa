//! Virtual machines: registered, on and off, no more. Their life cycle belongs to other tools; scripts ask whether
//! any runs, and stop them before maintenance.

mod process;
mod rows;
mod vmx;

pub use vmx::Vmx;

use super::family::{Console, Family, Reply};
use super::parse::Invocation;
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};

pub(super) static FAMILY: Family = Family { rows: &[rows::ROWS], parse_only: &[], run, tools: &[] };

/// The virtual machines of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Guests {
    /// Registered machines in the order of their ids.
    list: Vec<Guest>,
    /// The id that the next one gets; ids are never used again.
    next_id: u32,
    /// The next number of a world; a machine takes two when it is powered on.
    next_world: u64,
}

/// A registered virtual machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Guest {
    /// Number that `vim-cmd vmsvc` knows it by.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Path of its configuration file below `/vmfs/volumes`, with the volume's UUID.
    pub path: String,
    /// Guest operating system: `otherGuest64` and the like.
    pub os: String,
    /// Hardware version: `vmx-13`.
    pub hardware: String,
    /// Note.
    pub annotation: String,
    /// BIOS UUID.
    pub uuid: [u8; 16],
    /// Power state.
    pub power: Power,
}

/// Power state of a virtual machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Power {
    /// Off.
    Off,
    /// Running.
    On {
        /// Number of its first world.
        world: u64,
        /// Number of the process group.
        cartel: u64,
    },
    /// Suspended to disk.
    Suspended,
}

/// What is done to a machine's power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PowerChange {
    /// From off or suspended.
    On,
    /// From on or suspended.
    Off,
    /// From on.
    Suspend,
    /// Off and on again: it keeps its worlds.
    Reset,
}

/// Why something was not done to a machine. The text is ours: tools have words of their own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuestError {
    /// No machine has this id.
    #[error("no virtual machine has the id {0}")]
    Unknown(u32),
    /// Its power state does not allow it.
    #[error("virtual machine {id} is not in the power state for that")]
    State {
        /// The machine.
        id: u32,
        /// Its power state.
        now: Power,
    },
    /// The configuration file is registered already.
    #[error("{0} is registered already")]
    Exists(String),
}

impl Guests {
    /// A fresh host has none.
    pub fn factory(version: EsxiVersion) -> Self {
        // World numbers count from boot; from 6.5 on they begin above two million (believed).
        let next_world = if version >= EsxiVersion::new(6, 5) { 2_100_000 } else { 35_000 };
        Guests { list: Vec::new(), next_id: 1, next_world }
    }
    /// Every registered machine, by id.
    pub fn list(&self) -> &[Guest] {
        &self.list
    }
    /// A machine by its id.
    ///
    /// # Errors
    /// [`GuestError::Unknown`].
    pub fn get(&self, id: u32) -> Result<&Guest, GuestError> {
        self.list.iter().find(|guest| guest.id == id).ok_or(GuestError::Unknown(id))
    }
    fn get_mut(&mut self, id: u32) -> Result<&mut Guest, GuestError> {
        self.list.iter_mut().find(|guest| guest.id == id).ok_or(GuestError::Unknown(id))
    }
    /// Registers a machine by the path of its configuration file and what stands in it; gives its id.
    ///
    /// ```
    /// use esxi_core::model::{Guests, PowerChange, Vmx};
    /// let mut guests = Guests::factory("7.0".parse()?);
    /// let vmx = Vmx::read("displayName = \"web\"\nguestOS = \"ubuntu-64\"\nvirtualHW.version = \"17\"\n");
    /// let id = guests.register("/vmfs/volumes/5ad72ff6-920c8d20-3ee7-848f69e3e398/web/web.vmx", vmx)?;
    /// guests.power(id, PowerChange::On)?;
    /// assert!(guests.get(id)?.is_on());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`GuestError::Exists`].
    pub fn register(&mut self, path: &str, vmx: Vmx) -> Result<u32, GuestError> {
        if self.list.iter().any(|guest| guest.path == path) {
            return Err(GuestError::Exists(path.to_owned()));
        }
        let id = self.next_id;
        self.next_id += 1;
        let uuid = vmx.uuid.unwrap_or_else(|| {
            let halves = [super::storage::hash(path, 1), super::storage::hash(path, 2)].map(u64::to_be_bytes);
            // VMware's own identifiers begin so.
            let mut bytes = [0x56, 0x4d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            for (byte, random) in bytes.iter_mut().skip(2).zip(halves.into_iter().flatten()) {
                *byte = random;
            }
            bytes
        });
        let file = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".vmx");
        self.list.push(Guest {
            id,
            name: vmx.name.unwrap_or_else(|| file.to_owned()),
            path: path.to_owned(),
            os: vmx.os,
            hardware: vmx.hardware,
            annotation: vmx.annotation,
            uuid,
            power: Power::Off,
        });
        Ok(id)
    }
    /// Takes a machine out of the inventory; its files stay.
    ///
    /// # Errors
    /// [`GuestError::Unknown`], and [`GuestError::State`] while it runs.
    pub fn unregister(&mut self, id: u32) -> Result<(), GuestError> {
        let guest = self.get(id)?;
        if guest.is_on() {
            return Err(GuestError::State { id, now: guest.power });
        }
        self.list.retain(|guest| guest.id != id);
        Ok(())
    }
    /// Changes a machine's power.
    ///
    /// # Errors
    /// [`GuestError::Unknown`], and [`GuestError::State`] where it is in that state already or cannot get there.
    pub fn power(&mut self, id: u32, change: PowerChange) -> Result<(), GuestError> {
        let world = self.next_world;
        let guest = self.get_mut(id)?;
        guest.power = match (change, guest.power) {
            (PowerChange::On, Power::Off | Power::Suspended) => Power::On { world: world + 1, cartel: world },
            (PowerChange::Off, Power::On { .. } | Power::Suspended) => Power::Off,
            (PowerChange::Suspend, Power::On { .. }) => Power::Suspended,
            (PowerChange::Reset, now @ Power::On { .. }) => now,
            (_, now) => return Err(GuestError::State { id, now }),
        };
        if change == PowerChange::On {
            self.next_world += 143;
        }
        Ok(())
    }
    /// All off: what a restart of the host does to them.
    pub fn all_off(&mut self) {
        for guest in &mut self.list {
            if guest.is_on() {
                guest.power = Power::Off;
            }
        }
    }
}

impl Guest {
    /// Whether it runs.
    pub fn is_on(&self) -> bool {
        matches!(self.power, Power::On { .. })
    }
    /// UUID as ESXi writes it: `56 4d 12 f0 01 11 99 9e-24 51 75 dc de 5f 4b 10`.
    pub fn uuid_text(&self) -> String {
        let half = |bytes: &[u8]| {
            let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            pairs.join(" ")
        };
        let (first, second) = self.uuid.split_at(8);
        format!("{}-{}", half(first), half(second))
    }
}

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    process::run(console, call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_goes_through_its_states() {
        let mut guests = Guests::factory(EsxiVersion::new(6, 7));
        let path = "/vmfs/volumes/u/a/a.vmx";
        let id = guests.register(path, Vmx::default()).unwrap();
        assert_eq!(guests.register(path, Vmx::default()), Err(GuestError::Exists(path.into())));
        assert_eq!(guests.get(id).unwrap().name, "a");
        assert!(guests.get(id).unwrap().uuid_text().starts_with("56 4d "));
        for (change, fine) in [
            (PowerChange::Off, false),
            (PowerChange::Suspend, false),
            (PowerChange::Reset, false),
            (PowerChange::On, true),
            (PowerChange::On, false),
            (PowerChange::Reset, true),
            (PowerChange::Suspend, true),
            (PowerChange::On, true),
            (PowerChange::Off, true),
        ] {
            assert_eq!(guests.power(id, change).is_ok(), fine, "{change:?}");
        }
        guests.power(id, PowerChange::On).unwrap();
        assert!(guests.unregister(id).is_err());
        guests.all_off();
        guests.unregister(id).unwrap();
        assert_eq!(guests.unregister(id), Err(GuestError::Unknown(id)));
        // Ids are not used again.
        assert_eq!(guests.register(path, Vmx::default()), Ok(2));
    }
}
