//! Host files: every example and every host file of the importers' goldens, on every release, from what installers leave.

use crate::boots::{RUN, again, assert_reached, boot, reset};
use crate::host::{Host, machine};
use crate::{RELEASES, cases};
use esxi_core::firstboot::{FirstBootOptions, script};
use esxi_core::plan::plan;
use esxi_core::reach::Fabric;
use esxi_core::spec::{HostSpec, NicRef, ResolveOptions, resolve};
use esxi_core::state::{FactoryNic, HostState, KickstartNetwork, factory, installed};
use esxi_core::yaml;
use std::path::{Path, PathBuf};

/// Host files, with their names.
fn files() -> Vec<(String, HostSpec)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let in_folder = |folder: &str| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(root.join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let mut paths = in_folder("examples");
    paths.extend(in_folder("tests/data/curtin").into_iter().map(|case| case.join("expected.yaml")));
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).ok()?;
        let spec = yaml::host_file("host.yaml", &text).ok()?.spec;
        spec.network.is_some().then(|| (path.display().to_string(), spec))
    };
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|kind| kind == "yaml"))
        .filter_map(read)
        .collect()
}

/// What an installer leaves on a machine with the file's cards: by DHCP, or as a kickstart says.
fn bases(spec: &HostSpec, version: &str) -> Vec<HostState> {
    let mut macs: Vec<_> = spec
        .cards()
        .into_iter()
        .filter_map(|nic| match nic {
            NicRef::Mac(mac) => Some(*mac),
            _ => None,
        })
        .collect();
    while macs.len() < 3 {
        macs.push(crate::host::mac(macs.len() as u8));
    }
    let nics: Vec<FactoryNic> = macs.into_iter().map(|mac| FactoryNic { mac, link_up: true }).collect();
    let version = version.parse().unwrap();
    let network = "network --bootproto=static --ip=192.0.2.77 --netmask=255.255.255.0 --gateway=192.0.2.1 \
                   --nameserver=192.0.2.99 --vlanid=7 --device=vmnic1 --addvmportgroup=0";
    let (network, found) = KickstartNetwork::parse(network);
    assert_eq!(found, []);
    vec![factory(version, &nics), installed(version, &nics, &network).unwrap()]
}

#[test]
fn host_files_reach_what_the_plan_reaches() {
    let mut host = Host::start(machine("8.0".parse().unwrap(), 2), |_| ());
    let files = files();
    assert!(files.len() >= 6, "{} files", files.len());
    let mut booted = 0;
    for (number, (name, spec)) in files.iter().enumerate() {
        for release in 0..cases(1, RELEASES.len()) {
            let version = RELEASES[(number + release) % RELEASES.len()];
            for (at, base) in bases(spec, version).into_iter().enumerate() {
                let prune = ResolveOptions { prune: (number + at) % 2 == 1 };
                let resolved = resolve(spec, &base, prune);
                if !resolved.is_ok() {
                    continue;
                }
                let plan = plan(&base, &resolved.desired, &Fabric::default());
                let Ok(text) = script(&base, &resolved.desired, spec, &FirstBootOptions::default()) else {
                    continue;
                };
                let place = format!("{name} on {version}, base {at}");
                reset(&host, &base);
                let first = boot(&mut host, &text).done(&place);
                assert_reached(&host, plan.end(), &place, &first.log);
                let second = again(&mut host, RUN).done(&place);
                assert_eq!(second.changes, Vec::<String>::new(), "{place}");
                booted += 1;
            }
        }
    }
    println!("{booted} boots of {} files", files.len());
    assert!(booted >= 10, "{booted} boots");
}
