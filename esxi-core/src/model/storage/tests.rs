//! `esxcli storage`, `iscsi` and `nvme`: output against captures, and behaviour from one command to the next.

use super::{Disk, Extent, NfsMount, Volume, VolumeKind};
use crate::model::samples;
use crate::model::testhost::{TestHost, lines, same, same_labels};

/// A volume of a capture: `mount label uuid true type size free`.
fn volume(
    label: &str,
    uuid: &str,
    kind: VolumeKind,
    size: u64,
    free: u64,
    device: &str,
    partition: u8,
) -> Volume {
    Volume {
        label: label.into(),
        uuid: uuid.into(),
        kind,
        size,
        used: size - free,
        extents: vec![Extent { device: device.into(), partition }],
        mounted: true,
        copy: false,
        reclaim: None,
    }
}

fn virtual_disk(host: &mut TestHost) -> Disk {
    Disk {
        name: "mpx.vmhba0:C0:T0:L0".into(),
        vendor: "VMware".into(),
        model: "Virtual disk".into(),
        revision: "2.0".into(),
        sectors: 40_960 * 2048,
        ssd: false,
        ..host.machine.storage.disks[0].clone()
    }
}

#[test]
fn filesystem_lists_of_5_and_8() {
    let mut host = TestHost::new("5.5");
    host.machine.storage.volumes = vec![
        volume(
            "datastore1",
            "5ad72ff6-920c8d20-3ee7-848f69e3e398",
            VolumeKind::Vmfs5,
            890_131_972_096,
            156_750_577_664,
            "a",
            3,
        ),
        volume(
            "",
            "5ad93bed-3b0a5ee0-8d62-848f69e3e398",
            VolumeKind::Vfat,
            4_293_591_040,
            4_257_939_456,
            "a",
            2,
        ),
        volume("", "5a613a7b-adc12ea1-59ec-8b00e5327863", VolumeKind::Vfat, 261_853_184, 91_848_704, "a", 5),
    ];
    same("esxcli-storage-filesystem-list--5.x--1.txt", &host.text("esxcli storage filesystem list"));

    let mut host = TestHost::new("8.0.2");
    host.machine.storage.volumes = vec![
        volume(
            "datastore1",
            "6a91690e-79d7dcf6-a927-001b21e7d76e",
            VolumeKind::Vmfs6,
            362_387_865_600,
            360_873_721_856,
            "a",
            8,
        ),
        volume(
            "OSDATA-6a91690d-eac44959-2d46-001b21e7d76e",
            "6a91690d-eac44959-2d46-001b21e7d76e",
            VolumeKind::System,
            128_580_583_424,
            124_127_281_152,
            "a",
            7,
        ),
        volume(
            "BOOTBANK1",
            "b67455de-254faef7-f8ae-2f039b5dad25",
            VolumeKind::Vfat,
            4_293_591_040,
            3_996_778_496,
            "a",
            5,
        ),
        volume(
            "BOOTBANK2",
            "5996ff6e-3045ec7e-7497-c870866b06ae",
            VolumeKind::Vfat,
            4_293_591_040,
            4_293_525_504,
            "a",
            6,
        ),
    ];
    let big = VolumeKind::Vmfs6;
    let more = [
        volume(
            "DS132_DS01_SATA_1TB",
            "600d9cc6-915fbb51-f64b-d8d385d87c24",
            big,
            999_922_073_600,
            591_568_830_464,
            "b",
            1,
        ),
        volume(
            "DS132_DS04_SATA_2TB",
            "6a11caec-c7e247f8-6325-40a8f055c48c",
            big,
            2_000_112_582_656,
            1_224_298_463_232,
            "c",
            1,
        ),
    ];
    host.machine.storage.volumes.splice(0..0, more);
    same("esxcli-storage-filesystem-list--8.0.2--1.txt", &host.text("esxcli storage filesystem list"));
}

/// The factory's own figures are those of the 8.0.2 capture, whose disk has the same size.
#[test]
fn a_fresh_host_has_the_sizes_of_one() {
    let mut host = TestHost::new("8.0.2");
    let shown = host.text("esxcli storage filesystem list");
    for figures in
        ["362387865600", "360873721856", "128580583424", "124127281152", "3996778496", "4293525504"]
    {
        assert!(shown.contains(figures), "{figures}: {shown}");
    }
    assert!(TestHost::new("7.0").text("esxcli storage filesystem list").contains("  VMFS-L  "));
    assert!(TestHost::new("6.0").text("esxcli storage filesystem list").contains("  VMFS-5  "));
}

#[test]
fn extent_lists() {
    let mut host = TestHost::new("6.7");
    let device = "naa.600508b1001cf76cb54a0dec4acc6459";
    host.machine.storage.volumes = vec![volume(
        "VMs",
        "5bc7459f-967eeb48-b3f7-20677cd9a16c",
        VolumeKind::Vmfs6,
        1 << 40,
        1 << 30,
        device,
        3,
    )];
    same("esxcli-storage-vmfs-extent-list--6.7.0--1.txt", &host.text("esxcli storage vmfs extent list"));
    let mut host = TestHost::new("9.0");
    let uuid = "693975f2-9139b258-8620-005056b3b989";
    host.machine.storage.volumes = vec![volume(
        &format!("OSDATA-{uuid}"),
        uuid,
        VolumeKind::System,
        1 << 35,
        1 << 30,
        "mpx.vmhba0:C0:T0:L0",
        7,
    )];
    same("esxcli-storage-vmfs-extent-list--9.0.0--1.txt", &host.text("esxcli storage vmfs extent list"));
}

#[test]
fn device_lists_of_each_release() {
    let mut host = TestHost::new("9.0");
    host.machine.storage.disks = vec![virtual_disk(&mut host)];
    let shown = host.text("esxcli storage core device list");
    if let Some(sample) = samples::output("esxcli-storage-core-device-list--9.0.0--1.txt") {
        // Of a virtual disk the model does not know the queue, the level and what the drive is.
        let differing = [
            "Is SSD",
            "SCSI Level",
            "Device Max Queue",
            "No of outst",
            "Drive Type",
            "RAID Level",
            "Number of Ph",
        ];
        let keep = |text: &str| -> Vec<String> {
            let cut = |line: &str| match differing.iter().find(|label| line.trim_start().starts_with(**label))
            {
                Some(label) => (*label).to_owned(),
                None => line.to_owned(),
            };
            lines(text).into_iter().map(cut).collect()
        };
        assert_eq!(keep(&shown), keep(&sample));
        // SCSI keeps its blanks.
        assert!(
            shown.contains("   Model: Virtual disk    \n")
                && shown.contains("   Device Type: Direct-Access \n")
        );
    }
    let mut host = TestHost::new("5.1");
    let serial = "WD-WCASY4897543".to_owned();
    host.machine.storage.disks = vec![Disk {
        name: super::disk::t10("ATA", "WDC WD5002ABYS-18B1B0", &serial),
        model: "WDC WD5002ABYS-18B1B0".into(),
        revision: "02.0".into(),
        serial,
        sectors: 476_940 * 2048,
        ssd: false,
        ..host.machine.storage.disks[0].clone()
    }];
    let shown = host
        .text("esxcli storage core device list")
        .replace("VAAI Status: unknown", "VAAI Status: unsupported");
    // The capture's `vml.` name lost one blank of the serial number where it was copied.
    let shown = shown.replace("vml.01000000002020", "vml.010000000020");
    let sample = samples::output("esxcli-storage-core-device-list--5.1--1.txt");
    if let Some(sample) = sample {
        let sample = sample.replace("vml.01000000002020", "vml.010000000020");
        assert_eq!(lines(&shown), lines(&sample));
    }
    let mut host = TestHost::new("5.5.3");
    let shown = host.text("esxcli storage core device list");
    assert!(
        shown.contains("Is Shared Clusterwide: false\n   Is Local SAS Device: false\n   Is SAS: false\n")
    );
    assert!(!shown.contains("VVOL") && !shown.contains("Max Queue"));
    let mut host = TestHost::new("8.0.3");
    let json = host.text("esxcli --debug --formatter=json storage core device list");
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&parsed[0]["IsBootUSBDevice"], &parsed[0]["Device"]), (&false.into(), &host.boot().into()));
}

#[test]
fn adapter_path_and_capacity_lists() {
    let mut host = TestHost::new("9.0");
    host.machine.storage.disks = vec![virtual_disk(&mut host)];
    same("esxcli-storage-core-adapter-list--9.0.0--1.txt", &host.text("esxcli storage core adapter list"));

    let mut host = TestHost::new("8.0.3");
    let nvme = Disk {
        name: "t10.NVMe____EO000750KWTXC___________________________00014935E3E4D25C".into(),
        vendor: "NVMe".into(),
        model: "EO000750KWTXC".into(),
        serial: "PHKE018000T8750BGN".into(),
        revision: "4ICSHPK4".into(),
        adapter: "vmhba4".into(),
        sectors: 1_465_149_168,
        ssd: true,
        boot: false,
        target: 0,
        ..host.machine.storage.disks[1].clone()
    };
    host.machine.storage.disks = vec![nvme];
    let shown = host.text("esxcli storage core path list").replace("pcie.d8", "pcie.d00");
    if let Some(sample) = samples::output("esxcli-storage-core-path-list--8.0.3--1.txt") {
        let first = sample.split("\n\n").next().unwrap_or_default();
        assert_eq!(lines(&shown), lines(first));
    }
    let shown = host.text("esxcli storage core device capacity list");
    if let Some(sample) = samples::output("esxcli-storage-core-device-capacity-list--8.0.3--1.txt") {
        let columns = |line: &str| {
            line.split("  ")
                .filter(|cell| !cell.is_empty())
                .map(|cell| cell.trim().to_owned())
                .collect::<Vec<_>>()
        };
        let wanted = sample.lines().find(|line| line.contains("EO000750")).unwrap();
        let head = sample.lines().next().unwrap();
        let ours: Vec<&str> = shown.lines().collect();
        assert_eq!((columns(ours[0]), columns(ours[2])), (columns(head), columns(wanted)));
    }
    if let Some(sample) = samples::output("esxcli-storage-core-device-capacity-list-json--8.0.3--1.txt") {
        let json = host.text("esxcli --debug --formatter=json storage core device capacity list");
        let keys = |text: &str| text.split('}').next().unwrap().matches("\": ").count();
        assert_eq!(keys(&json), keys(&sample));
        assert!(json.contains("\"Size\": 715404}"), "units vanish: {json}");
    }
    same("esxcli-nvme-device-get--8.0.3--1.txt", &host.text("esxcli nvme device get -A vmhba4"));
    assert!(host.text("esxcli nvme device list").contains("vmhba4    Online  nvmeMgmt-nvmhba0"));
    assert!(host.refused("esxcli nvme device get -A vmhba9").contains("vmhba9"));
    let device = host.boot();
    host.machine.state.version = "7.0.3".parse().unwrap();
    same(
        "esxcli-storage-core-device-smart-get--7.0.3--1.txt",
        &host.text(&format!("esxcli storage core device smart get -d {device}")),
    );
}

#[test]
fn labels_of_single_devices() {
    let mut host = TestHost::new("6.5");
    let boot = host.boot();
    for (sample, line) in [
        ("esxcli-storage-core-device-stats-get--6.x--1.txt", "storage core device stats get -d"),
        (
            "esxcli-storage-core-device-vaai-status-get--unknown--1.txt",
            "storage core device vaai status get -d",
        ),
        ("esxcli-storage-nmp-device-list--unknown--3.txt", "storage nmp device list -d"),
    ] {
        same_labels(sample, &host.text(&format!("esxcli {line} {boot}")));
    }
    let shown = host.text(&format!("esxcli storage core device smart get -d {boot}"));
    if let Some(sample) = samples::output("esxcli-storage-core-device-smart-get--unknown--1.txt") {
        let names = |text: &str| {
            lines(text)
                .into_iter()
                .map(|line| line.split("  ").next().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&shown), names(&sample));
    }
    same(
        "esxcli-storage-vmfs-reclaim-config-get--unknown--1.txt",
        &host.text("esxcli storage vmfs reclaim config get -l datastore1"),
    );
    same("esxcli-storage-nmp-satp-list--unknown--1.txt", &host.text("esxcli storage nmp satp list"));
    let shown = host.text("esxcli storage core plugin registration list");
    if let Some(sample) = samples::output("esxcli-storage-core-plugin-registration-list--unknown--1.txt") {
        // The capture lost its blanks.
        let squeeze = |text: &str| {
            let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
            text.lines().map(words).filter(|line| !line.is_empty()).skip(2).collect::<Vec<_>>()
        };
        assert_eq!(squeeze(&shown), squeeze(&sample));
    }
    if let Some(sample) = samples::output("esxcli-storage-nmp-psp-list--unknown--1.txt") {
        let shown = host.text("esxcli storage nmp psp list");
        let words = |text: &str| {
            text.split_whitespace()
                .filter(|word| !word.starts_with('-'))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&shown), words(&sample));
    }
}

#[test]
fn round_robin_is_set_step_by_step() {
    let mut host = TestHost::new("6.7");
    let device = host.boot();
    let policy = format!("esxcli storage nmp psp roundrobin deviceconfig set -d {device}");
    assert!(host.refused(&policy).contains("VMW_PSP_RR"));
    host.silent(&format!("esxcli storage nmp device set -d {device} -P VMW_PSP_RR"));
    let get = format!("esxcli storage nmp psp roundrobin deviceconfig get -d {device}");
    for sample in [
        "esxcli-storage-nmp-psp-roundrobin-deviceconfig-get--unknown--1.txt",
        "esxcli-storage-nmp-psp-roundrobin-deviceconfig-get--unknown--2.txt",
    ] {
        if let Some(theirs) = samples::output(sample) {
            let ours = host.text(&get).replace(&device, "naa.600144f009d4d236000056918f920002");
            assert_eq!(lines(&ours), lines(&theirs));
        }
        host.silent(&format!("{policy} -t iops -I 1"));
    }
    assert!(host.refused(&format!("{policy} -I 5")).contains("--type"));
    assert!(
        host.text(&format!("esxcli storage nmp device list -d {device}"))
            .contains("{policy=iops,iops=1,bytes=10485760,useANO=0;")
    );
    host.silent(&format!("esxcli storage nmp device set -d {device} -E"));
    assert!(host.machine.storage.multipathing.policies.is_empty());
    assert_eq!(
        host.text("esxcli storage nmp satp set -s VMW_SATP_ALUA -P VMW_PSP_RR"),
        "Default PSP for VMW_SATP_ALUA is now VMW_PSP_RR\n"
    );
    assert!(
        host.text("esxcli storage nmp satp list").contains("VMW_SATP_ALUA        VMW_PSP_RR     Supports")
    );
    // From 8.0 on local disks belong to HPP.
    let mut host = TestHost::new("8.0");
    assert_eq!(host.text("esxcli storage nmp device list"), "");
    assert!(host.text("esxcli storage hpp device list").contains("   Path Selection Scheme: FIXED\n"));
}

#[test]
fn a_rule_makes_a_disk_a_solid_state_one() {
    let mut host = TestHost::new("6.7");
    let device = host.blank();
    let rule = format!("-s VMW_SATP_LOCAL -d {device} -o enable_ssd");
    host.silent(&format!("esxcli storage nmp satp rule add {rule}"));
    assert!(
        host.refused(&format!("esxcli storage nmp satp rule add {rule}")).contains("Duplicate user rule")
    );
    assert!(host.text(&format!("esxcli storage core device list -d {device}")).contains("   Is SSD: true\n"));
    assert!(host.text("esxcli storage nmp satp rule list -s VMW_SATP_LOCAL").contains("enable_ssd  user"));
    host.silent(&format!("esxcli storage nmp satp rule remove {rule}"));
    host.refused(&format!("esxcli storage nmp satp rule remove {rule}"));
    host.silent(&format!("esxcli storage core claiming reclaim -d {device}"));
    host.silent("esxcli storage core claimrule add -r 200 -t vendor -V ACME -P MASK_PATH");
    assert!(!host.text("esxcli storage core claimrule list").contains("200  runtime"));
    host.silent("esxcli storage core claimrule load");
    host.silent("esxcli storage core claimrule run");
    let shown = host.text("esxcli storage core claimrule list");
    assert!(shown.contains("MP            200  runtime  vendor     MASK_PATH  vendor=ACME"), "{shown}");
    host.silent("esxcli storage core claimrule move -r 200 -n 201");
    host.silent("esxcli storage core claimrule remove -r 201");
}

#[test]
fn volumes_are_unmounted_and_mounted() {
    let mut host = TestHost::new("7.0");
    host.silent("esxcli storage filesystem unmount -l datastore1");
    assert!(host.text("esxcli storage filesystem list").contains("false  VMFS-6-unmounted"));
    assert!(!host.text("esxcli storage vmfs extent list").contains("datastore1"));
    host.refused("esxcli storage filesystem unmount -l datastore1");
    host.silent("esxcli storage filesystem mount -l datastore1");
    assert!(host.refused("esxcli storage filesystem unmount -l BOOTBANK1").contains("Busy"));
    assert!(host.refused("esxcli storage filesystem unmount -l none").contains("none"));
    assert!(host.refused("esxcli storage filesystem unmount").contains("--volume-label"));
    host.silent("esxcli storage filesystem unmount -a");
    let mounted: Vec<&Volume> = host.machine.storage.volumes().filter(|volume| volume.mounted).collect();
    assert!(mounted.iter().all(|volume| !volume.kind.datastore()) && mounted.len() == 3);
    // A running machine holds its datastore.
    let mut host = TestHost::new("7.0");
    let path = format!("{}/a/a.vmx", host.machine.storage.volumes[0].mount_path());
    let id = host.machine.guests.register(&path, crate::model::Vmx::default()).unwrap();
    host.machine.guests.power(id, crate::model::PowerChange::On).unwrap();
    assert!(host.refused("esxcli storage filesystem unmount -l datastore1").contains("Busy"));
}

#[test]
fn copies_of_volumes_are_offered_and_taken() {
    let mut host = TestHost::new("6.7");
    let original = host.machine.storage.volumes[0].clone();
    let extents = vec![Extent { device: host.blank(), partition: 1 }];
    host.machine.storage.volumes.push(Volume { copy: true, mounted: false, extents, ..original });
    let shown = host.text("esxcli storage vmfs snapshot list");
    assert!(shown.contains(
        "   Can mount: false\n   Reason for un-mountability: the original volume is still online\n"
    ));
    assert!(host.refused("esxcli storage vmfs snapshot mount -l datastore1").contains("still online"));
    host.silent("esxcli storage vmfs snapshot resignature -l datastore1");
    let copy = host.machine.storage.volumes.last().unwrap();
    assert!(copy.label.starts_with("snap-") && copy.label.ends_with("-datastore1") && copy.mounted);
    assert_ne!(copy.uuid, host.machine.storage.volumes[0].uuid);
    assert_eq!(host.text("esxcli storage vmfs snapshot list"), "");
}

#[test]
fn shares_need_a_server() {
    let mut host = TestHost::new("8.0");
    let add = "esxcli storage nfs add -H nas.example -s /export -v nas";
    assert!(host.refused(add).contains("Sysinfo error: Unable to connect to NFS server"));
    host.machine.storage.nfs_servers.insert("nas.example".into());
    host.silent(add);
    assert!(host.refused(add).contains(" is already exported by a volume with the name nas"));
    assert!(
        host.refused("esxcli storage nfs add -H nas.example -s /other -v datastore1")
            .contains("already exists")
    );
    assert!(host.text("esxcli storage nfs list").contains("nas          nas.example  /export"));
    assert!(host.text("esxcli storage filesystem list").contains("  NFS "));
    assert!(host.machine.storage.links().iter().any(|(link, _)| link == "/vmfs/volumes/nas"));
    host.silent("esxcli storage nfs remove -v nas");
    host.refused("esxcli storage nfs remove -v nas");
    host.machine.storage.nfs.push(NfsMount {
        label: "isos".into(),
        hosts: vec!["10.1.0.7".into()],
        share: "/backups/isos".into(),
        read_only: false,
        version_4: true,
        security: "AUTH_SYS".into(),
        accessible: false,
    });
    host.machine.state.version = "6.7".parse().unwrap();
    same("esxcli-storage-nfs41-list--unknown--1.txt", &host.text("esxcli storage nfs41 list"));
}

#[test]
fn software_iscsi() {
    let mut host = TestHost::new("6.7");
    assert_eq!(host.text("esxcli iscsi software get"), "false\n");
    assert_eq!(host.text("esxcli iscsi adapter list"), "");
    assert_eq!(host.text("esxcli iscsi software set --enabled=true"), "Software iSCSI Enabled\n");
    let shown = host.text("esxcli iscsi adapter list").replace("vmhba64", "vmhba37");
    same("esxcli-iscsi-adapter-list--unknown--1.txt", &shown);
    assert!(host.text("esxcli storage core adapter list").contains("iscsi_vmk"));
    host.silent(
        "esxcli iscsi adapter set --adapter=vmhba64 --name=iqn.1998-01.com.vmware:esx1-iscsi --alias=esx1",
    );
    assert!(host.refused("esxcli iscsi adapter set -A vmhba64 -n esx1").contains("Invalid iSCSI name"));
    let shown = host.text("esxcli iscsi adapter get --adapter=vmhba64");
    assert!(shown.contains("   Name: iqn.1998-01.com.vmware:esx1-iscsi\n   Alias: esx1\n"));
    host.silent("esxcli iscsi networkportal add --adapter vmhba64 --nic vmk0");
    assert!(host.refused("esxcli iscsi networkportal add -A vmhba64 -n vmk7").contains("Not found"));
    same_labels(
        "esxcli-iscsi-networkportal-list--unknown--1.txt",
        &host.text("esxcli iscsi networkportal list"),
    );
    host.silent("esxcli iscsi adapter discovery sendtarget add -A vmhba64 -a 172.16.1.185");
    host.refused("esxcli iscsi adapter discovery sendtarget add -A vmhba64 -a 172.16.1.185:3260");
    assert_eq!(
        host.text("esxcli iscsi adapter discovery sendtarget list"),
        "Adapter  Sendtarget\n-------  -----------------\nvmhba64  172.16.1.185:3260\n"
    );
    same(
        "esxcli-iscsi-adapter-discovery-rediscover--unknown--1.txt",
        &host.text("esxcli iscsi adapter discovery rediscover -A vmhba64"),
    );
    let chap = "esxcli iscsi adapter auth chap set -A vmhba64 -d uni -N esx1 -l required";
    host.refused(chap);
    host.silent(&format!("{chap} -S geheim-geheim"));
    assert!(
        host.text("esxcli iscsi adapter auth chap get -A vmhba64")
            .contains("vmhba64  uni        esx1  required")
    );
    // The secret is nowhere.
    assert!(
        !format!("{:?}", host.machine).contains("geheim")
            && !serde_json::to_string(&host.machine).unwrap().contains("geheim")
    );
    assert_eq!(host.text("esxcli iscsi session list"), "");
    assert_eq!(host.text("esxcli iscsi software set -e false"), "Software iSCSI Disabled\n");
    host.refused("esxcli iscsi adapter get -A vmhba64");
}

#[test]
fn devices_are_renamed_and_taken_off() {
    let mut host = TestHost::new("6.7");
    let (boot, blank) = (host.boot(), host.blank());
    host.silent(&format!("esxcli storage core device set -d {blank} --name=second"));
    assert!(
        host.text(&format!("esxcli storage core device list -d {blank}"))
            .contains("   Display Name: second\n")
    );
    assert!(host.refused(&format!("esxcli storage core device set -d {boot} --state=off")).contains("Busy"));
    let sentence = host.refused(&format!("esxcli storage core device set -m 254 -d {blank}"));
    same("ERROR-storage-sysinfo-bad-parameter--7.x--1.txt", &sentence);
    host.silent(&format!("esxcli storage core device set -d {blank} --state=off"));
    assert!(host.text("esxcli storage core device detached list").contains(&blank));
    assert_eq!(host.machine.storage.device_files().len(), 2 * 9, "boot disk and its eight partitions");
    host.silent(&format!("esxcli storage core device detached remove -d {blank}"));
    host.refused("esxcli storage core device list -d naa.0");
    host.silent("esxcli storage core adapter rescan --all");
    host.refused("esxcli storage core adapter rescan");
    host.refused("esxcli storage core adapter rescan -A vmhba9");
}
