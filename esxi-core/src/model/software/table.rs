//! VIBs that come with each release.
//!
//! *Believed*, but for the nine rows of 9.0 that a capture shows: names are those of VMware's images, versions have
//! their form and are near to them, and a part of the drivers is left out. Nothing may depend on the rest.

use super::Vib;
use crate::version::EsxiVersion;

/// First and last release with a VIB; 0 stands for no end.
type Span = (u8, u8, u8, u8);

/// Drivers: name, version of the first release that has it, releases.
const DRIVERS: &[(&str, &str, Span)] = &[
    ("ata-libata-92", "3.00.9.2-16vmw", (6, 5, 6, 7)),
    ("ata-pata-amd", "0.3.10-3vmw", (5, 0, 6, 7)),
    ("atlantic", "1.0.3.0-15vmw", (7, 0, 0, 0)),
    ("bcm-mpi3", "8.11.6.0.0.0-1vmw", (8, 0, 0, 0)),
    ("block-cciss", "3.6.14-10vmw", (5, 0, 6, 5)),
    ("bnxtnet", "20.6.101.7-24vmw", (6, 7, 0, 0)),
    ("bnxtroce", "20.6.101.0-20vmw", (6, 7, 0, 0)),
    ("cndi-igc", "1.2.10.0-1vmw", (8, 0, 0, 0)),
    ("elxnet", "12.0.1250.0-5vmw", (5, 5, 0, 0)),
    ("i40en", "1.8.1.123-1vmw", (6, 7, 0, 0)),
    ("iavmd", "2.7.0.1157-2vmw", (7, 0, 0, 0)),
    ("icen", "1.4.1.7-1vmw", (8, 0, 0, 0)),
    ("igbn", "1.4.11.2-1vmw", (6, 5, 0, 0)),
    ("irdman", "1.3.1.22-1vmw", (8, 0, 0, 0)),
    ("iser", "1.1.0.1-1vmw", (7, 0, 0, 0)),
    ("ixgben", "1.7.1.35-1vmw", (6, 5, 0, 0)),
    ("lpfc", "900.14.4.390.14-36vmw", (5, 5, 0, 0)),
    ("lsi-mr3", "7.718.02.00-1vmw", (5, 5, 0, 0)),
    ("lsi-msgpt2", "20.00.06.00-4vmw", (6, 5, 0, 0)),
    ("lsi-msgpt3", "17.00.12.00-2vmw", (5, 5, 0, 0)),
    ("lsi-msgpt35", "19.00.02.00-1vmw", (6, 7, 0, 0)),
    ("misc-drivers", "5.5.0-0.0", (5, 0, 6, 7)),
    ("mtip32xx-native", "3.9.8-1vmw", (5, 5, 0, 0)),
    ("ne1000", "0.9.0-2vmw", (6, 5, 0, 0)),
    ("nenic", "1.0.35.0-1vmw", (6, 5, 0, 0)),
    ("net-bnx2", "2.2.4f.v60.10-2vmw", (5, 0, 6, 7)),
    ("net-e1000", "8.0.3.1-5vmw", (5, 0, 6, 5)),
    ("net-e1000e", "3.2.2.1-2vmw", (5, 0, 6, 7)),
    ("net-igb", "5.0.5.1.1-5vmw", (5, 0, 6, 7)),
    ("net-ixgbe", "3.7.13.7.14iov-20vmw", (5, 0, 6, 7)),
    ("net-tg3", "3.131d.v60.4-2vmw", (5, 0, 6, 5)),
    ("net-vmxnet3", "1.1.3.0-3vmw", (5, 0, 6, 7)),
    ("nhpsa", "70.0051.0.100-4vmw", (6, 5, 0, 0)),
    ("nmlx4-core", "3.19.16.8-2vmw", (6, 0, 8, 0)),
    ("nmlx5-core", "4.19.16.11-1vmw", (6, 0, 0, 0)),
    ("nmlx5-rdma", "4.19.16.11-1vmw", (6, 5, 0, 0)),
    ("ntg3", "4.1.5.0-0vmw", (6, 5, 0, 0)),
    ("nvme", "1.2.1.34-1vmw", (5, 5, 6, 7)),
    ("nvme-pcie", "1.2.3.16-1vmw", (7, 0, 0, 0)),
    ("nvmerdma", "1.0.3.5-1vmw", (7, 0, 0, 0)),
    ("nvmetcp", "1.0.1.2-1vmw", (8, 0, 0, 0)),
    ("nvmxnet3", "2.0.0.30-1vmw", (6, 5, 0, 0)),
    ("pvscsi", "0.1-4vmw", (6, 5, 0, 0)),
    ("qedentv", "3.40.5.53-22vmw", (6, 7, 0, 0)),
    ("qfle3", "1.0.67.0-22vmw", (6, 5, 0, 0)),
    ("qlnativefc", "4.1.14.0-5vmw", (6, 0, 0, 0)),
    ("sata-ahci", "3.0-26vmw", (5, 0, 6, 7)),
    ("scsi-megaraid-sas", "6.603.55.00-2vmw", (5, 0, 6, 7)),
    ("scsi-mpt2sas", "19.00.00.00-2vmw", (5, 0, 6, 7)),
    ("smartpqi", "70.4149.0.5000-1vmw", (6, 7, 0, 0)),
    ("vmkata", "0.1-1vmw", (6, 5, 0, 0)),
    ("vmkfcoe", "1.0.0.2-1vmw", (6, 7, 0, 0)),
    ("vmkusb", "0.1-1vmw", (6, 5, 0, 0)),
    ("vmw-ahci", "2.0.11-1vmw", (6, 5, 0, 0)),
    ("xhci-xhci", "1.0-3vmw", (5, 5, 6, 7)),
];

/// What makes the host itself: name, releases.
const BASE: &[(&str, Span)] = &[
    ("bmcal", (7, 0, 0, 0)),
    ("clusterstore", (7, 0, 0, 0)),
    ("cpu-microcode", (6, 0, 0, 0)),
    ("crx", (7, 0, 0, 0)),
    ("drivervm-gpu-base", (8, 0, 0, 0)),
    ("esx-base", (5, 0, 0, 0)),
    ("esx-dvfilter-generic-fastpath", (5, 5, 0, 0)),
    ("esx-tboot", (5, 0, 6, 7)),
    ("esx-ui", (6, 0, 0, 0)),
    ("esx-update", (6, 7, 0, 0)),
    ("esx-xlibs", (5, 1, 6, 7)),
    ("esx-xserver", (5, 1, 0, 0)),
    ("esxio-combiner", (8, 0, 0, 0)),
    ("gc", (8, 0, 0, 0)),
    ("loadesx", (7, 0, 0, 0)),
    ("lsuv2-hpv2-hpsa-plugin", (7, 0, 0, 0)),
    ("native-misc-drivers", (6, 5, 0, 0)),
    ("tools-light", (5, 0, 0, 0)),
    ("trx", (8, 0, 0, 0)),
    ("vds-vsip", (8, 0, 0, 0)),
    ("vsan", (6, 0, 0, 0)),
    ("vsanhealth", (6, 5, 0, 0)),
];

/// Builds of the first release of each version (public release notes).
const BUILDS: [(EsxiVersion, u32); 9] = [
    (EsxiVersion::new(5, 0), 469_512),
    (EsxiVersion::new(5, 1), 799_733),
    (EsxiVersion::new(5, 5), 1_331_820),
    (EsxiVersion::new(6, 0), 2_494_585),
    (EsxiVersion::new(6, 5), 4_564_106),
    (EsxiVersion::new(6, 7), 8_169_922),
    (EsxiVersion::new(7, 0), 15_843_807),
    (EsxiVersion::new(8, 0), 20_513_097),
    (EsxiVersion::new(9, 0), 24_755_229),
];

/// The build that a host shows, or that of the first release where it has none.
pub(super) fn build(version: EsxiVersion, shown: u32) -> u32 {
    if shown > 0 {
        return shown;
    }
    BUILDS.iter().rev().find(|(first, _)| version >= *first).map_or(0, |(_, build)| *build)
}

fn within(version: EsxiVersion, (major, minor, last_major, last_minor): Span) -> bool {
    let release = EsxiVersion::new(version.major, version.minor);
    let ended = last_major > 0 && release > EsxiVersion::new(last_major, last_minor);
    release >= EsxiVersion::new(major, minor) && !ended
}

/// Every VIB of a release, drivers first, each part by name (verified order: 9.0).
pub(super) fn shipped(version: EsxiVersion, shown: u32) -> Vec<Vib> {
    let build = build(version, shown);
    let release = u32::from(version.major) * 100 + u32::from(version.minor) * 10;
    // The tail of a driver's version names the release it was made for.
    let tail = match version.major {
        9.. => format!("{release}.0.{build}"),
        7 | 8 => format!("{release}.1.0.{build}"),
        _ => format!("{release}.0.0.{build}"),
    };
    let number = crate::model::system::number(version);
    let base = |name: &str| match (name, version.major) {
        ("esx-ui", 9..) => "9.0.0.0-24645992".to_owned(),
        ("esx-ui", 7 | 8) => format!("{}.{}.0-{build}", version.major + 1 - 6, version.minor),
        ("esx-ui", _) => format!("1.0.0-{build}"),
        ("lsuv2-hpv2-hpsa-plugin", _) => format!("1.0.0-5vmw.{tail}"),
        ("tools-light", 9..) => format!("13.0.0-0.{build}"),
        ("tools-light", 7 | 8) => format!("12.0.0.{build}-1"),
        (_, 9..) => format!("{number}-0.{build}"),
        (_, 7 | 8) => format!("{number}-{}.0.{build}", u8::from(version.update == 0)),
        _ => format!("{number}-{}.0.{build}", version.update),
    };
    // Up to 5.x drivers are of VMware too (verified: 5.0, 9.0).
    let maker = if version.major >= 6 { "VMW" } else { "VMware" };
    let drivers = DRIVERS.iter().filter(|(.., span)| within(version, *span)).map(|(name, own, _)| {
        let version =
            if *name == "misc-drivers" { format!("{number}-0.0.{build}") } else { format!("{own}.{tail}") };
        Vib::shipped(name, version, maker)
    });
    let system = BASE.iter().filter(|(_, span)| within(version, *span));
    drivers.chain(system.map(|(name, _)| Vib::shipped(name, base(name), "VMware"))).collect()
}

/// Name of the image profile that the installer left (verified forms: 5.1, 8.0).
pub(super) fn profile(version: EsxiVersion, shown: u32) -> String {
    let build = build(version, shown);
    let number = crate::model::system::number(version);
    match (version.major, version.update) {
        (7.., 0) => format!("ESXi-{number}-{build}-standard"),
        (7.., update) => format!("ESXi-{}.{}U{update}-{build}-standard", version.major, version.minor),
        _ => format!("ESXi-{number}-{build}-standard"),
    }
}
