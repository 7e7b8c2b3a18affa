use crate::model::samples;
use crate::model::testhost::{TestHost, lines};

const GUID: &str = "AA31E02A400F11DB9590000C2911D1B8";

/// Partitions the empty disk; gives `DEVICE:1`.
fn partitioned(host: &mut TestHost) -> String {
    let path = format!("/vmfs/devices/disks/{}", host.blank());
    host.silent(&format!("partedUtil mklabel {path} gpt"));
    host.text(&format!("partedUtil setptbl {path} gpt 1~2048~1953525134~{GUID}~0"));
    format!("{path}:1")
}

#[test]
fn a_volume_is_created_as_captured() {
    for (version, sample, captured, line) in [
        ("7.0", "vmkfstools-C-vmfs6--7.0--1.txt", "mpx.vmhba32:C0:T0:L0:8", "-C vmfs6 -b 1m -S UsbDatastore"),
        (
            "8.0.3",
            "vmkfstools-C-vmfs6--8.0.3--1.txt",
            "mpx.vmhba34:C0:T0:L0:1",
            "-C vmfs6 -S USB-SSD-Buffalo",
        ),
    ] {
        let mut host = TestHost::new(version);
        let path = partitioned(&mut host);
        let short = path.trim_start_matches("/vmfs/devices/disks/").to_owned();
        // One capture names the device, the other its path.
        let device = if version == "7.0" { short.clone() } else { format!("/dev/disks/{short}") };
        let said = host.text(&format!("vmkfstools {line} {device}"));
        let volume = host.machine.storage.volumes().find(|volume| volume.extents[0].partition == 1).unwrap();
        assert!(volume.mounted && volume.size == 999_922_073_600, "{volume:?}");
        if let Some(sample) = samples::output(sample) {
            let cut = |text: &str| -> Vec<String> {
                let mut all: Vec<String> = lines(text).into_iter().map(str::to_owned).collect();
                let last = all.pop().unwrap();
                all.push(last.split(": ").next().unwrap().to_owned());
                all
            };
            assert_eq!(cut(&said.replace(&short, captured)), cut(&sample));
        }
        assert!(said.ends_with(&format!(": {}\n", volume.uuid)));
        assert_eq!(host.machine.storage.links().len(), 4 + 1 + 4);
    }
}

#[test]
fn what_cannot_be_a_volume_is_refused() {
    let mut host = TestHost::new("6.0");
    let path = partitioned(&mut host);
    for (line, why) in [
        (format!("-C vmfs6 -S a {path}"), "Invalid file system type"),
        (format!("-C vmfs5 -b 8m -S a {path}"), "block size"),
        (format!("-C vmfs5 -S a {}2", path), "No such file"),
        (format!("-C vmfs5 -S a /vmfs/devices/disks/{}:5", host.boot()), "not of type VMFS"),
        (format!("-C vmfs5 -S a /vmfs/devices/disks/{}:3", host.boot()), "busy"),
    ] {
        let said = host.refused(&format!("vmkfstools {line}"));
        assert!(said.contains(why), "{line}: {said}");
    }
    assert_eq!(host.exec("vmkfstools -C vmfs9 naa.1:1").status, 255);
    host.text(&format!("vmkfstools -C vmfs5 -S a {path}"));
    assert!(host.text("esxcli storage vmfs extent list").contains("\na "));
}

#[test]
fn a_volume_spans_and_grows() {
    let mut host = TestHost::new("7.0");
    let path = partitioned(&mut host);
    let head = format!("/vmfs/devices/disks/{}:8", host.boot());
    let line = format!("vmkfstools -Z {path} {head}");
    assert!(host.refused(&line).contains("Select a number from 0-1"));
    let before = host.machine.storage.volume("datastore1").unwrap().size;
    assert_eq!(host.exec_with(&line, b"0\n").status, 0);
    let volume = host.machine.storage.volume("datastore1").unwrap();
    assert_eq!((volume.extents.len(), volume.size), (2, before + 999_922_073_600));
    assert!(
        host.text("esxcli storage vmfs extent list")
            .lines()
            .filter(|line| line.starts_with("datastore1"))
            .count()
            == 2
    );

    // A disk that grew: table, partition, file system.
    let mut host = TestHost::new("7.0");
    let path = format!("/vmfs/devices/disks/{}", host.boot());
    let disk = &mut host.machine.storage.disks[0];
    disk.table.written_for = Some(disk.sectors);
    disk.sectors = 1_953_525_168;
    host.exec_with(&format!("partedUtil fixGpt {path}"), b"Y\nFix\n");
    host.silent(&format!("partedUtil resize {path} 8 268437504 1953525134"));
    assert_eq!(host.machine.storage.volume("datastore1").unwrap().size, before);
    host.silent(&format!("vmkfstools --growfs {path}:8 {path}:8"));
    assert!(host.machine.storage.volume("datastore1").unwrap().size > 2 * before);
}

#[test]
fn volumes_are_described() {
    for (version, sample, device, label, size, free) in [
        ("6.5", "vmkfstools-P-bootbank--6.x--1.txt", "eui.00a0504658335330", "", 261_853_184, 90_677_248),
        (
            "7.0",
            "vmkfstools-P-bootbank--7.0--1.txt",
            "naa.600508b1001c7ba8871f691e550a30fc",
            "BOOTBANK2",
            4_293_591_040,
            4_120_444_928_u64,
        ),
    ] {
        let Some(theirs) = samples::output(sample) else { continue };
        let mut host = TestHost::new(version);
        let volume = host.machine.storage.volumes.last_mut().unwrap();
        volume.uuid = theirs.lines().find_map(|line| line.strip_prefix("UUID: ")).unwrap().to_owned();
        (volume.label, volume.size, volume.used) = (label.into(), size, size - free);
        volume.extents[0].device = device.into();
        volume.extents[0].partition = if version == "7.0" { 6 } else { 5 };
        let path = volume.mount_path();
        let words =
            |text: &str| lines(text).into_iter().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        assert_eq!(words(&host.text(&format!("vmkfstools -P {path}"))), words(&theirs), "{sample}");
    }
    let mut host = TestHost::new("5.1");
    let shown = host.text("vmkfstools -Ph /vmfs/volumes/datastore1/");
    assert!(
        shown.starts_with("VMFS-5.60 file system spanning 1 partitions.\n") && !shown.contains("Raw Major")
    );
    assert!(shown.contains("Capacity 460.7 GB, 459.7 GB available") && shown.contains("UUID: "), "{shown}");
    assert!(host.text("vmkfstools -P /bootbank").contains("vfat-0.04"));
    assert!(host.refused("vmkfstools -P /vmfs/volumes/none").contains("No such file"));
}

#[test]
fn virtual_disks_from_birth_to_death() {
    let mut host = TestHost::new("6.7");
    let used = host.machine.storage.volumes[0].used;
    let at = "/vmfs/volumes/datastore1";
    let said = host.text(&format!("vmkfstools -c 10G -d eagerzeroedthick {at}/VM1-1.vmdk"));
    if let Some(sample) = samples::output("vmkfstools-c--unknown--1.txt") {
        assert_eq!(lines(&said.replace(&format!("{at}/"), "")), lines(&sample));
    }
    assert_eq!(host.machine.storage.volumes[0].used, used + (10 << 30));
    assert_eq!(host.around.files[&format!("{at}/VM1-1-flat.vmdk")], crate::model::Stored::Sparse(10 << 30));
    assert_eq!(host.text(&format!("vmkfstools -c 1g -d thin {at}/b.vmdk")), "Create: 100% done.\n");
    assert!(host.refused(&format!("vmkfstools -c 1g {at}/b.vmdk")).contains("already exists (39)"));
    assert!(host.refused(&format!("vmkfstools -c 900t {at}/c.vmdk")).contains("not enough space"));
    assert_eq!(host.machine.storage.volumes[0].used, used + (10 << 30));
    let said = host.text(&format!("vmkfstools -i {at}/b.vmdk {at}/c.vmdk -d thin"));
    assert_eq!(
        said,
        format!(
            "Destination disk format: VMFS thin-provisioned\nCloning disk '{at}/b.vmdk'...\nClone: 100% done.\n"
        )
    );
    host.silent(&format!("vmkfstools -E {at}/c.vmdk {at}/d.vmdk"));
    assert!(host.refused(&format!("vmkfstools -e {at}/c.vmdk")).contains("cannot find the file"));
    assert_eq!(host.text(&format!("vmkfstools -e {at}/d.vmdk")), "Disk chain is consistent.\n");
    assert_eq!(host.text(&format!("vmkfstools -X 2g {at}/d.vmdk")), "Grow: 100% done.\n");
    assert!(host.refused(&format!("vmkfstools -X 1g {at}/d.vmdk")).contains("larger"));
    assert_eq!(host.around.files[&format!("{at}/d-flat.vmdk")], crate::model::Stored::Sparse(2 << 30));
    assert_eq!(host.text(&format!("vmkfstools -j {at}/d.vmdk")), "Inflate: 100% done.\n");
    assert!(host.text(&format!("vmkfstools -D {at}/d.vmdk")).starts_with("Lock [type 10c00001 "));
    for name in ["VM1-1", "b", "d"] {
        host.silent(&format!("vmkfstools -U {at}/{name}.vmdk"));
    }
    assert!(host.around.files.is_empty());
    assert_eq!(host.machine.storage.volumes[0].used, used);
    host.around.files.insert(format!("{at}/x-flat.vmdk"), crate::model::Stored::Sparse(1 << 40));
    assert!(host.refused(&format!("vmkfstools -U {at}/x-flat.vmdk")).contains("not a virtual disk (15)"));
    host.around.files.insert(format!("{at}/x.vmdk"), crate::model::Stored::Content(b"no disk".to_vec()));
    assert!(host.refused(&format!("vmkfstools -U {at}/x.vmdk")).contains("not a virtual disk (15)"));
    assert_eq!(host.exec("vmkfstools -z a b").status, crate::model::NOT_MODELLED);
}
