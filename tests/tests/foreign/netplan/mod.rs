//! Beside packer-maas's `netplan-esxi`: of each curtin document both make a host's network, and the two are the same, or
//! what differs is what a known fault of that script does to such a document.
//!
//! Their script runs as it is, in the jail of a simulated host. Ours is the first-boot script of the imported document.
//!
//! What the two call their vSwitches, port groups and adapters is not compared, nor what they do beside the document:
//! * they remove what the installer made; here what a document does not speak of stays,
//! * here every adapter's port group has one for virtual machines beside it, and a device without an address has one, too;
//!   there a bond or a VLAN without an address gets an adapter without one,
//! * here management is the adapter with the way out and is tagged so; there it is vmk0, whichever that is,
//! * here an adapter takes a hardware address only where the document gives a bond or a VLAN its own,
//! * of several addresses on one device, IPv4 and IPv6 go to one adapter here and to two there.

mod faults;
mod make;
mod normal;

use crate::elsewhere;
use crate::host::{End, Host, mac};
use crate::maas::{FOLDER, deployed, python, scripts};
use esxi_core::EsxiVersion;
use esxi_core::firstboot::{FirstBootOptions, script};
use esxi_core::import::{ImportOptions, curtin};
use esxi_core::model::Machine;
use esxi_core::spec::{ResolveOptions, resolve};
use esxi_core::state::{FactoryNic, HostState, factory};
use esxi_core::teaming::Compat;
use esxi_core::value::MacAddr;
use normal::Normal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

const RELEASES: [&str; 4] = ["6.7", "7.0", "8.0", "9.0"];

/// One document and the cards of its machine.
pub struct Document {
    name: String,
    text: Value,
    cards: Vec<MacAddr>,
}

/// Two hosts that take one document after the other.
struct Both {
    theirs: Host,
    ours: Host,
}

/// Gives a host another network; its disks stay, and the scripts on them.
fn reset(host: &Host, state: &HostState) {
    let Machine { state, network, .. } = Machine::new(state.clone());
    host.sim.change(|now, _| (now.state, now.network) = (state, network));
    host.sim.save();
}

impl Both {
    fn start(from: &(PathBuf, PathBuf), version: &str) -> Both {
        let machine = || Machine::new(factory(version.parse().unwrap(), &[]));
        Both { theirs: deployed(from, machine(), "{}"), ours: Host::start(machine(), |_| ()) }
    }

    /// Whether theirs came to an end, and what it said; what either left. `None` for ours when the document is refused.
    fn run(&mut self, document: &Document, base: &HostState) -> (End, String, Normal, Option<Normal>) {
        reset(&self.theirs, base);
        self.theirs.write(&format!("{FOLDER}/curtin.cfg"), document.text.to_string().as_bytes());
        let ran = python(&mut self.theirs, "netplan-esxi", "apply");
        let theirs = Normal::of(&self.theirs.sim.state());
        let options = ImportOptions { compat: Some(Compat::PackerMaas), ..ImportOptions::default() };
        let imported = curtin(&document.name, &document.text.to_string(), &options);
        let resolved = imported.spec.map(|spec| (resolve(&spec, base, ResolveOptions::default()), spec));
        let program = resolved.filter(|(resolved, _)| resolved.is_ok()).and_then(|(resolved, spec)| {
            script(base, &resolved.desired, &spec, &FirstBootOptions::default()).ok()
        });
        let ours = program.map(|text| {
            reset(&self.ours, base);
            self.ours.write("/tmp/first-boot.sh", text.as_bytes());
            let ran = self.ours.shell("( sleep() { :; }; . /tmp/first-boot.sh ) 2>&1", b"");
            assert_eq!(ran.end, End::Status(0), "{}: {}", document.name, ran.said);
            Normal::of(&self.ours.sim.state())
        });
        (ran.end, ran.said, theirs, ours)
    }
}

/// What became of the documents.
#[derive(Default)]
struct Tally {
    same: usize,
    /// Fault, and how many documents differ by it (alone or with others).
    by_fault: BTreeMap<String, usize>,
    unexplained: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.same += other.same;
        self.unexplained.extend(other.unexplained);
        for (fault, count) in other.by_fault {
            *self.by_fault.entry(fault).or_default() += count;
        }
    }

    fn show(&self, what: &str, total: usize) {
        println!("{what}: {total} documents, the same on {}", self.same);
        for (fault, count) in &self.by_fault {
            println!("{count:5}  {fault}");
        }
    }
}

fn compare(from: &(PathBuf, PathBuf), version: &str, documents: &[Document]) -> Tally {
    let mut both = Both::start(from, version);
    let version: EsxiVersion = version.parse().unwrap();
    let mut tally = Tally::default();
    for document in documents {
        let nics: Vec<FactoryNic> =
            document.cards.iter().map(|mac| FactoryNic { mac: *mac, link_up: true }).collect();
        let base = factory(version, &nics);
        let (end, said, theirs, ours) = both.run(document, &base);
        let differences = normal::differences(end == End::Status(0), &theirs, ours.as_ref());
        if differences.is_empty() {
            tally.same += 1;
            continue;
        }
        // What a document has in it is looked up there, whatever came of it.
        let faults = faults::of(&document.text, &base);
        let mut named = std::collections::BTreeSet::new();
        for difference in &differences {
            let explains = |fault: &&faults::Fault| fault.explains(difference.aspect);
            match faults.iter().find(explains) {
                Some(fault) => drop(named.insert(fault.to_string())),
                None => tally.unexplained.push(format!(
                    "{} on {version}: {difference:?}\nfaults in it: {faults:?}\n{}\n{said}\ntheirs {theirs:#?}\nours {ours:#?}",
                    document.name, document.text
                )),
            }
        }
        for fault in named {
            *tally.by_fault.entry(fault).or_default() += 1;
        }
    }
    tally
}

fn judge(what: &str, documents: Vec<Document>) -> Option<Tally> {
    let from = scripts()?;
    let total = documents.len();
    // Each release has its own hosts; two at a time.
    let mut shares: Vec<Vec<Document>> = RELEASES.iter().map(|_| Vec::new()).collect();
    for (number, document) in documents.into_iter().enumerate() {
        shares[number % RELEASES.len()].push(document);
    }
    let mut tally = Tally::default();
    for pair in shares.chunks(2).zip(RELEASES.chunks(2)) {
        std::thread::scope(|scope| {
            let from = &from;
            let runs: Vec<_> = pair
                .0
                .iter()
                .zip(pair.1)
                .filter(|(share, _)| !share.is_empty())
                .map(|(share, version)| scope.spawn(move || compare(from, version, share)))
                .collect();
            for run in runs {
                tally.add(run.join().unwrap());
            }
        });
    }
    tally.show(what, total);
    for one in &tally.unexplained {
        println!("unexplained: {}", one.lines().take(2).collect::<Vec<_>>().join("\n    "));
    }
    assert!(
        tally.unexplained.is_empty(),
        "{} differences that no known fault explains\n{}",
        tally.unexplained.len(),
        tally.unexplained.iter().take(2).cloned().collect::<Vec<_>>().join("\n\n")
    );
    Some(tally)
}

#[test]
fn generated_documents_end_the_same_or_by_a_known_fault() {
    let count = if std::env::var_os("ESXI_SLOW").is_some() { 520 } else { 20 };
    let Some(tally) = judge("generated", make::documents(count)) else { return };
    assert!(tally.same * 4 >= count, "only {} of {count} are the same", tally.same);
}

/// One document for each known fault, so that the table above has every row.
#[test]
fn each_known_fault_is_one() {
    let Some(tally) = judge("one a fault", make::each_fault()) else { return };
    for number in 1..=14 {
        let shown = tally.by_fault.keys().any(|fault| fault.starts_with(&format!("{number:2} ")));
        assert!(shown, "fault {number} makes no difference here");
    }
}

#[test]
fn public_documents_end_the_same_or_by_a_known_fault() {
    let Some(samples) = elsewhere("ESXI_SAMPLES", "../shared/samples") else { return };
    let mut documents = Vec::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(samples.join("netconfig/curtin"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let Ok(document) = serde_saphyr::from_str::<Value>(&text) else { continue };
        let network = document.get("network").cloned().unwrap_or(document);
        let Some(config) = network.get("config").and_then(Value::as_array).cloned() else { continue };
        let mut cards = Vec::new();
        let config: Vec<Value> = config
            .into_iter()
            .map(|mut entry| {
                // MAAS writes an `id` beside every name, and their script needs it.
                if let (Some(name), None) = (entry.get("name").cloned(), entry.get("id")) {
                    entry["id"] = name;
                }
                let mac: Option<MacAddr> =
                    entry.get("mac_address").and_then(Value::as_str).and_then(|mac| mac.parse().ok());
                if entry["type"] == "physical" {
                    cards.extend(mac);
                }
                entry
            })
            .collect();
        if cards.is_empty() {
            cards.push(mac(0));
        }
        let sized = config.iter().cloned().map(|mut entry| {
            // MAAS also writes the MTU of every device.
            if entry.get("mtu").is_none()
                && ["physical", "bond", "vlan"].iter().any(|kind| entry["type"] == *kind)
            {
                entry["mtu"] = 1500.into();
            }
            entry
        });
        let sized = json!({ "version": 1, "config": sized.collect::<Vec<_>>() });
        documents.push(Document { name: format!("{name} with MTUs"), text: sized, cards: cards.clone() });
        documents.push(Document { name, text: json!({ "version": 1, "config": config }), cards });
    }
    assert!(documents.len() >= 10, "{} documents", documents.len());
    judge("public", documents);
}
