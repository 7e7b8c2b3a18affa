use super::Level;
use super::archive::tests::{ar, zip};
use crate::model::Stored;
use crate::model::samples;
use crate::model::testhost::{TestHost, lines, same};

fn with_file(version: &str, path: &str, content: Vec<u8>) -> TestHost {
    let mut host = TestHost::new(version);
    host.around.files.insert(path.into(), Stored::Content(content));
    host
}

fn custom(level: &str, live: bool) -> Vec<u8> {
    ar(&format!(
        "<vib version=\"5.0\"><type>bootbank</type><name>custom-firewall</name><version>5.0.0-6.5.0</version><vendor>Home\
         </vendor><summary>x</summary><live-install-allowed>{live}</live-install-allowed><live-remove-allowed>{live}\
         </live-remove-allowed><acceptance-level>{level}</acceptance-level></vib>"
    ))
}

#[test]
fn every_row_of_the_captured_list_of_9_0_is_there() {
    let mut host = TestHost::new("9.0");
    host.machine.state.build = 24_755_229;
    let shown = host.text("esxcli software vib list");
    let Some(sample) = samples::output("esxcli-software-vib-list--9.0.0--1.txt") else { return };
    let cells = |line: &str| -> Vec<String> {
        line.split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty() && !cell.starts_with("202"))
            .map(str::to_owned)
            .collect()
    };
    let ours: Vec<Vec<String>> = shown.lines().map(cells).collect();
    for line in sample.lines().filter(|line| !line.starts_with('-')) {
        assert!(ours.contains(&cells(line)), "{line}");
    }
    // By vendor, then by name.
    let keys: Vec<(&str, &str)> = ours.iter().skip(2).map(|row| (row[2].as_str(), row[0].as_str())).collect();
    assert!(keys.is_sorted(), "{keys:?}");
    assert!(!TestHost::new("7.0").text("esxcli software vib list").contains("Platforms"));
}

#[test]
fn each_release_has_its_base_and_its_disk_driver() {
    for (version, driver) in [
        ("5.0", "sata-ahci"),
        ("5.5", "sata-ahci"),
        ("6.0", "sata-ahci"),
        ("6.7", "vmw-ahci"),
        ("8.0", "vmw-ahci"),
    ] {
        let shown = TestHost::new(version).text("esxcli software vib list");
        assert!(shown.contains("esx-base") && shown.contains(driver), "{version}");
    }
}

#[test]
fn a_community_vib_is_refused_and_then_taken() {
    let path = "/vmfs/volumes/datastore1/drivers/custom-fw.vib";
    let mut host = with_file("6.5", path, custom("community", true));
    let line = format!("esxcli software vib install -v {path}");
    let said = host.refused(&line);
    assert!(said.starts_with(" [AcceptanceConfigError]\n VIB Home_bootbank_custom-firewall_5.0.0-6.5.0's acceptance level is community, which is not compliant with the ImageProfile acceptance level partner\n"), "{said}");
    assert!(said.ends_with(" Please refer to the log file for more details.\n"));
    same("esxcli-software-acceptance-get--5.x--1.txt", &host.text("esxcli software acceptance get"));
    same(
        "esxcli-software-acceptance-set--unknown--1.txt",
        &host.text("esxcli software acceptance set --level=CommunitySupported"),
    );
    same("esxcli-software-vib-install--6.5.0--1.txt", &host.text(&line));
    assert!(host.text("esxcli software vib list").contains("custom-firewall"));
    assert!(host.text("esxcli software profile get").starts_with("(Updated) ESXi-6.5.0-"));
    // The same again changes nothing.
    let said = host.text(&line);
    assert!(
        said.contains("Message: Host is not changed.\n") && said.contains("VIBs Skipped: Home_bootbank"),
        "{said}"
    );
    assert!(
        host.refused("esxcli software acceptance set --level=VMwareCertified")
            .contains("AcceptanceConfigError")
    );
    let said = host.text("esxcli software vib remove -n custom-firewall");
    assert!(said.starts_with("Removal Result\n   Message: Operation finished successfully.\n"), "{said}");
    assert_eq!(host.machine.software.live, super::Image::default());
    host.text("esxcli software acceptance set --level=VMwareCertified");
    assert_eq!(host.machine.software.acceptance, Level::Certified);
}

#[test]
fn what_is_not_live_waits_for_a_boot() {
    let path = "/tmp/igb-3.1.17-offline_bundle-455019.zip";
    let bundle = zip(&[
        "index.xml",
        "metadata.zip",
        "vib20/net-igb/Intel_bootbank_net-igb_3.1.17-1OEM.500.0.0.406165.vib",
    ]);
    let mut host = with_file("5.0", path, bundle);
    let line = format!("esxcli software vib install -d {path}");
    let said = host.text(&line);
    let shape = |text: &str| -> Vec<String> {
        lines(text)
            .iter()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.starts_with("VIBs Removed"))
            .collect()
    };
    if let Some(sample) = samples::output("esxcli-software-vib-install--unknown--2.txt") {
        assert_eq!(shape(&said), shape(&sample));
    }
    assert!(!host.text("esxcli software vib list").contains("Intel"));
    assert!(host.text("esxcli software vib list --rebooting-image").contains("3.1.17-1OEM"));
    host.machine.software.booted();
    assert!(host.text("esxcli software vib list").contains("3.1.17-1OEM"));
    assert_eq!(host.machine.software.next, None);
    let said = host.text("esxcli software vib remove -n net-tg3 --dry-run");
    assert!(said.contains("Dryrun only") && host.machine.software.next.is_none());
    assert!(host.refused("esxcli software vib remove -n esx-base").contains("[DependencyError]"));
    assert!(host.refused("esxcli software vib remove -n none").contains("[NoMatchError]"));
}

#[test]
fn depots_that_cannot_be_read() {
    let mut host =
        with_file("6.7", "/tmp/igb-5.2.5-1682588.zip", zip(&["readme.txt", "igb-offline_bundle.zip"]));
    same(
        "ERROR-software-vib-install-not-a-bundle--6.x--1.txt",
        &host.refused("esxcli software vib install -d /tmp/igb-5.2.5-1682588.zip"),
    );
    same(
        "ERROR-software-vib-install-depot-missing--6.7--1.txt",
        &host.refused("esxcli software vib update -d Mellanox-nmlx4_3.19.70.1-1OEM.670.0.0.8169922-offline_bundle-17262032.zip"),
    );
    let url = "https://hostupdate.vmware.com/software/VUM/PRODUCTION/main/vmw-depot-index.xml";
    for line in [
        format!("esxcli software sources profile list --depot={url}"),
        format!("esxcli software profile update --depot={url} --profile=ESXi-8.0U2-22380479-standard"),
        format!("esxcli software vib install -d {url}"),
    ] {
        let said = host.refused(&line);
        assert!(
            said.starts_with(&format!(
                " [MetadataDownloadError]\n Could not download from depot at {url}, skipping (("
            )),
            "{said}"
        );
    }
    assert!(
        host.refused("esxcli software vib install -v http://10.31.34.9/vib/ipmitool.vib -f")
            .contains("[VibDownloadError]")
    );
    host.refused("esxcli software vib install");
    // A file that is no VIB goes by its name.
    host.around.files.insert("/tmp/ipmitool.vib".into(), Stored::Content(b"x".to_vec()));
    assert!(
        host.text("esxcli software vib install -v /tmp/ipmitool.vib")
            .contains("VIBs Installed: Unknown_bootbank_ipmitool_1.0.0-1")
    );
}

#[test]
fn profiles_by_the_name_of_the_depot() {
    let path = "/vmfs/volumes/datastore1/VMware-ESXi-5.1.0-799733-depot.zip";
    let mut host = with_file("5.0", path, b"PK".to_vec());
    same(
        "esxcli-software-sources-profile-list--unknown--1.txt",
        &host.text(&format!("esxcli software sources profile list --depot={path}")),
    );
    assert!(
        host.refused(&format!("esxcli software profile update -d {path} -p ESXi-9"))
            .contains("[NoMatchError]")
    );
    let said = host.text(&format!("esxcli software profile update -d {path} -p ESXi-5.1.0-799733-standard"));
    assert!(said.starts_with("Update Result\n   Message: The update completed successfully, but the system needs to be rebooted for the changes to be effective.\n   Reboot Required: true\n   VIBs Installed: VMware_bootbank_esx-base_"), "{said}");
    host.machine.software.booted();
    assert!(host.text("esxcli software profile get").contains("ESXi-5.1.0-799733-standard"));
    let said = host.text(&format!("esxcli software profile update -d {path} -p ESXi-5.1.0-799733-standard"));
    assert!(said.contains("Host is not changed."));
    assert!(
        host.text(&format!("esxcli software profile validate -d {path} -p ESXi-5.1.0-799733-standard"))
            .contains("   Compliant: ")
    );

    // From 8.0 on the reboot stands behind the VIBs.
    let mut host = with_file("8.0", path, b"PK".to_vec());
    let said = host.text(&format!(
        "esxcli software profile install -d {path} -p ESXi-5.1.0-799733-standard --ok-to-remove"
    ));
    let heads: Vec<&str> = said.lines().map(|line| line.trim().split(':').next().unwrap()).collect();
    assert_eq!(
        heads,
        [
            "Installation Result",
            "Message",
            "VIBs Installed",
            "VIBs Removed",
            "VIBs Skipped",
            "Reboot Required",
            "DPU Results"
        ]
    );
}

#[test]
fn vibs_are_shown_and_verified() {
    let mut host = TestHost::new("8.0");
    let shown = host.text("esxcli software vib get -n esx-base");
    assert!(shown.starts_with("VMware_bootbank_esx-base_8.0.0-1.0.20513097\n   Name: esx-base\n"), "{shown}");
    assert!(shown.ends_with("   Platforms: host\n"));
    host.refused("esxcli software vib get -n none");
    assert!(host.text("esxcli software vib signature verify").contains("Succeeded"));
    let json = host.text("esxcli --debug --formatter=json software vib list");
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(parsed[0]["ID"].as_str().map(|id| id.starts_with("VMW_bootbank_")), Some(true));
}
