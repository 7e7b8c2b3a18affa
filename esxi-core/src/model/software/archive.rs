//! What stands in a VIB (an `ar` archive whose first member is `descriptor.xml`) and in an offline bundle (a zip
//! archive whose `vib20` folder names its VIBs). Nothing is unpacked.

use super::{Level, Vib};

/// A VIB's descriptor: `None` when the bytes are no VIB.
pub(super) fn vib(bytes: &[u8]) -> Option<Vib> {
    let rest = bytes.strip_prefix(b"!<arch>\n")?;
    let header = rest.get(..60)?;
    let name = std::str::from_utf8(header.get(..16)?).ok()?;
    if !name.trim_end().trim_end_matches('/').eq_ignore_ascii_case("descriptor.xml") {
        return None;
    }
    let length: usize = std::str::from_utf8(header.get(48..58)?).ok()?.trim().parse().ok()?;
    let text = std::str::from_utf8(rest.get(60..60usize.checked_add(length)?)?).ok()?;
    descriptor(text)
}

fn descriptor(text: &str) -> Option<Vib> {
    let document = roxmltree::Document::parse(text).ok()?;
    let root = document.root_element();
    if !root.has_tag_name("vib") {
        return None;
    }
    let field = |name: &str| {
        let node = root.descendants().find(|node| node.has_tag_name(name))?;
        node.text().map(|text| text.trim().to_owned())
    };
    let truth = |name: &str, otherwise: bool| field(name).map_or(otherwise, |text| text == "true");
    Some(Vib {
        name: field("name").filter(|name| !name.is_empty())?,
        version: field("version")?,
        vendor: field("vendor")?,
        kind: field("type").unwrap_or_else(|| "bootbank".to_owned()),
        level: field("acceptance-level").and_then(|text| Level::from_descriptor(&text))?,
        summary: field("summary").unwrap_or_default(),
        live_install: truth("live-install-allowed", false),
        live_remove: truth("live-remove-allowed", false),
        maintenance: truth("maintenance-mode", true),
        installed: 0,
    })
}

/// Names of the members of a zip archive; `None` when the bytes are none.
pub(super) fn members(bytes: &[u8]) -> Option<Vec<String>> {
    // The end record stands in the last 64 KiB; it says where the directory begins.
    let floor = bytes.len().saturating_sub(66_000);
    let tail = bytes.get(floor..)?;
    let end = floor + tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let short = |at: usize| Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let long = |at: usize| usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok();
    let (count, mut at) = (short(end + 10)?, long(end + 16)?);
    let mut names = Vec::new();
    for _ in 0..count {
        if bytes.get(at..at + 4)? != b"PK\x01\x02" {
            return None;
        }
        let (name, extra, comment) = (short(at + 28)?, short(at + 30)?, short(at + 32)?);
        names.push(String::from_utf8_lossy(bytes.get(at + 46..at + 46 + name)?).into_owned());
        at += 46 + name + extra + comment;
    }
    Some(names)
}

/// `Vendor_type_name_version.vib` as bundles name their VIBs; the name alone for any other file.
pub(super) fn by_file_name(path: &str, level: Level) -> Vib {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.trim_end_matches(".vib").trim_end_matches(".zip");
    let parts: Vec<&str> = stem.splitn(4, '_').collect();
    let (vendor, kind, name, version) = match parts[..] {
        [vendor, kind @ ("bootbank" | "locker"), name, version] => (vendor, kind, name, version),
        _ => ("Unknown", "bootbank", stem, "1.0.0-1"),
    };
    Vib {
        name: name.to_owned(),
        version: version.to_owned(),
        vendor: vendor.to_owned(),
        kind: kind.to_owned(),
        level,
        summary: name.to_owned(),
        live_install: false,
        live_remove: false,
        maintenance: true,
        installed: 0,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An `ar` archive with this descriptor.
    pub fn ar(descriptor: &str) -> Vec<u8> {
        let header =
            format!("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", "descriptor.xml", 0, 0, 0, 644, descriptor.len());
        [b"!<arch>\n", header.as_bytes(), descriptor.as_bytes()].concat()
    }

    /// A zip archive with empty members.
    pub fn zip(names: &[&str]) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        let start = u32::try_from(bytes.len()).unwrap();
        for name in names {
            bytes.extend_from_slice(b"PK\x01\x02");
            bytes.extend_from_slice(&[0; 24]);
            bytes.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
            bytes.extend_from_slice(&[0; 16]);
            bytes.extend_from_slice(name.as_bytes());
        }
        bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0\0\0");
        bytes.extend_from_slice(&u16::try_from(names.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&start.to_le_bytes());
        bytes.extend_from_slice(&[0; 2]);
        bytes
    }

    #[test]
    fn a_vib_says_what_it_is() {
        let text = "<vib version=\"5.0\"><type>bootbank</type><name>custom-firewall</name><version>5.0.0-6.5.0</version>\
                    <vendor>Home</vendor><summary>Rules</summary><system-requires><maintenance-mode>false\
                    </maintenance-mode></system-requires><live-install-allowed>true</live-install-allowed>\
                    <acceptance-level>community</acceptance-level></vib>";
        let found = vib(&ar(text)).unwrap();
        assert_eq!(found.id(), "Home_bootbank_custom-firewall_5.0.0-6.5.0");
        assert_eq!((found.level, found.live_install, found.maintenance), (Level::Community, true, false));
        for broken in [&b"!<arch>\n"[..], b"", &ar("<vib>"), &ar("<other/>")[..]] {
            assert!(vib(broken).is_none());
        }
        let mut cut = ar(text);
        cut.truncate(100);
        assert!(vib(&cut).is_none());
    }

    #[test]
    fn a_bundle_lists_its_members() {
        let bytes = zip(&["index.xml", "vib20/net-igb/Intel_bootbank_net-igb_3.1.17-1.vib"]);
        assert_eq!(members(&bytes).unwrap()[0], "index.xml");
        assert!(members(b"no archive").is_none());
        assert!(members(&bytes[..bytes.len() - 30]).is_none());
        let mut wild = bytes;
        let end = wild.len() - 6;
        wild[end] = 0xff;
        assert!(members(&wild).is_none());
    }

    #[test]
    fn file_names_of_bundles_are_read() {
        let found = by_file_name("/tmp/VMware_bootbank_vmware-fdm_8.0.0-1.vib", Level::Partner);
        assert_eq!(
            (found.vendor.as_str(), found.name.as_str(), found.version.as_str()),
            ("VMware", "vmware-fdm", "8.0.0-1")
        );
        assert_eq!(by_file_name("/tmp/ipmitool.vib", Level::Partner).name, "ipmitool");
    }
}
