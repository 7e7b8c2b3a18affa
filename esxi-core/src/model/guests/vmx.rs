//! The few lines of a virtual machine's configuration file that an inventory shows.

/// What a `.vmx` file says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vmx {
    /// `displayName`.
    pub name: Option<String>,
    /// `guestOS`, in the spelling of lists: `otherGuest64`.
    pub os: String,
    /// `virtualHW.version`, as `vmx-13`.
    pub hardware: String,
    /// `annotation`.
    pub annotation: String,
    /// `uuid.bios`.
    pub uuid: Option<[u8; 16]>,
}

impl Default for Vmx {
    fn default() -> Self {
        Vmx {
            name: None,
            os: "otherGuest".to_owned(),
            hardware: "vmx-08".to_owned(),
            annotation: String::new(),
            uuid: None,
        }
    }
}

impl Vmx {
    /// Reads a configuration file; lines that are not understood are passed over, as ESXi does.
    pub fn read(text: &str) -> Self {
        let mut vmx = Vmx::default();
        for line in text.lines() {
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim().trim_matches('"');
            match key.trim().to_ascii_lowercase().as_str() {
                "displayname" => vmx.name = Some(value.to_owned()),
                "guestos" => vmx.os = os(value),
                "virtualhw.version" => vmx.hardware = format!("vmx-{value:0>2}"),
                // A bar and two digits stand for a sign: `|0A` is the end of a line.
                "annotation" => vmx.annotation = value.replace("|0A", "\n").replace("|22", "\""),
                "uuid.bios" => vmx.uuid = uuid(value),
                _ => {}
            }
        }
        vmx
    }
}

/// `ubuntu-64` in the file is `ubuntu64Guest` in lists (verified for a few; the rule is believed).
fn os(value: &str) -> String {
    match value {
        "other" => "otherGuest".to_owned(),
        "other-64" => "otherGuest64".to_owned(),
        value => match value.strip_suffix("-64") {
            Some(stem) => format!("{stem}64Guest"),
            None => format!("{value}Guest"),
        },
    }
}

fn uuid(value: &str) -> Option<[u8; 16]> {
    let digits: String = value.chars().filter(char::is_ascii_hexdigit).collect();
    let mut bytes = [0; 16];
    if digits.len() != 32 {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read() {
        let vmx = Vmx::read(
            ".encoding = \"UTF-8\"\nvirtualHW.version = \"8\"\ndisplayName = \"a b\"\nguestOS = \"fedora-64\"\n\
             uuid.bios = \"56 4d 12 f0 01 11 99 9e-24 51 75 dc de 5f 4b 10\"\nannotation = \"one|0Atwo\"\nbroken\n",
        );
        assert_eq!(
            (vmx.name.as_deref(), vmx.hardware.as_str(), vmx.os.as_str()),
            (Some("a b"), "vmx-08", "fedora64Guest")
        );
        assert_eq!(vmx.uuid.map(|bytes| (bytes[0], bytes[15])), Some((0x56, 0x10)));
        assert_eq!(vmx.annotation, "one\ntwo");
        assert_eq!(Vmx::read("uuid.bios = \"56\"").uuid, None);
    }
}
