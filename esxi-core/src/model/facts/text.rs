//! The text forms: tables by their dash line, structures by their labels.

use super::record::{Cell, Record};

/// Reads a table, one structure or a list of structures, whichever it is. Never fails: what fits nothing is left
/// out.
///
/// ```
/// use esxi_core::model::facts::text_records;
/// let table = "Name        Virtual Switch  Active Clients  VLAN ID\n\
///              ----------  --------------  --------------  -------\n\
///              VM Network  vSwitch0                     0      108\n";
/// assert_eq!(text_records(table)[0].text("VLANID").as_deref(), Some("108"));
/// ```
pub fn records(text: &str) -> Vec<Record> {
    let lines: Vec<&str> = text.lines().map(|line| line.trim_end_matches('\r')).collect();
    let dashed = |line: &str| !line.trim().is_empty() && line.chars().all(|c| c == '-' || c == ' ');
    let field = |line: &&str| line.starts_with("   ") && line.contains(": ");
    // A vSwitch may be called `--`: its heading is followed by a field.
    let is_rule = |at: &usize| dashed(lines[*at]) && !lines.get(*at + 1).is_some_and(field);
    match (1..lines.len()).find(is_rule) {
        Some(at) => table(lines[at - 1], lines[at], &lines[at + 1..]),
        None => structures(&lines),
    }
}

/// Cells by the columns of the dash line, counted in characters: cells may be empty or hold blanks.
fn table(head: &str, dashes: &str, rows: &[&str]) -> Vec<Record> {
    let mut starts = Vec::new();
    let mut before = ' ';
    for (at, c) in dashes.chars().enumerate() {
        if c == '-' && before == ' ' {
            starts.push(at);
        }
        before = c;
    }
    let cells = |line: &str| -> Vec<String> {
        let chars: Vec<char> = line.chars().collect();
        let cell = |(column, start): (usize, &usize)| {
            let end = starts.get(column + 1).map_or(chars.len(), |end| (*end).min(chars.len()));
            chars.get(*start..end).unwrap_or_default().iter().collect::<String>().trim().to_owned()
        };
        starts.iter().enumerate().map(cell).collect()
    };
    let names = cells(head);
    let filled = rows.iter().take_while(|row| !row.trim().is_empty());
    filled
        .map(|row| {
            let mut record = Record::default();
            for (name, value) in names.iter().zip(cells(row)) {
                record.insert(name, Cell::One(value));
            }
            record
        })
        .collect()
}

/// `   Label: value` lines under a heading or under none. Text that lost its indent is read by its colons.
fn structures(lines: &[&str]) -> Vec<Record> {
    let indented = lines.iter().any(|line| line.starts_with("   ") && line.contains(':'));
    let mut found: Vec<Record> = Vec::new();
    let mut open = false;
    for line in lines {
        let field = if indented {
            // Deeper lines belong to a structure inside the structure.
            line.strip_prefix("   ").filter(|rest| !rest.starts_with(' '))
        } else {
            Some(*line).filter(|line| line.contains(':'))
        };
        match field.and_then(|line| line.split_once(':')) {
            Some((label, value)) => {
                if !open {
                    found.push(Record::default());
                    open = true;
                }
                if let Some(record) = found.last_mut() {
                    record.insert(label, Cell::One(value.trim().to_owned()));
                }
            }
            None if !line.starts_with(' ') => open = false,
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples;

    #[test]
    fn empty_cells_and_blanks_keep_their_columns() {
        let rows = records(
            "Name  Volume Name  Type\n----  -----------  ----\na                  vfat\nb     my  disk     VMFS-6\n",
        );
        assert_eq!(rows[0].text("VolumeName").as_deref(), Some(""));
        assert_eq!(rows[1].text("VolumeName").as_deref(), Some("my  disk"));
        assert_eq!(rows[1].text("Type").as_deref(), Some("VMFS-6"));
    }

    #[test]
    fn structures_with_and_without_heading_or_indent() {
        let list = records(
            "vmk0\n   Name: vmk0\n   Portgroup: a: b\n\nvmk1\n   Name: vmk1\n   Inner:\n      X: 1\n",
        );
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].text("Portgroup").as_deref(), Some("a: b"));
        assert_eq!(records("   Domain Name: \n   Host Name: x\n")[0].text("DomainName").as_deref(), Some(""));
        let pasted = records("vmk0\nName: vmk0\nMTU: 1500\n\nvmk1\nName: vmk1\nMTU: 9000\n");
        assert_eq!((pasted.len(), pasted[1].text("MTU").as_deref()), (2, Some("9000")));
        let dashes = records("a\n   Name: a\n   MTU: 1500\n\n--\n   Name: --\n   MTU: 9000\n");
        assert_eq!((dashes.len(), dashes[1].text("MTU").as_deref()), (2, Some("9000")));
        assert!(records("").is_empty());
    }

    #[test]
    fn captures_are_read() {
        for (sample, rows, name, first) in [
            ("esxcli-network-nic-list--9.0.0--1.txt", 1, "Speed", "10000"),
            ("esxcli-network-nic-list--7x-8x--1.txt", 5, "MACAddress", "2c:ea:7f:f2:2f:48"),
            ("esxcli-network-vswitch-standard-list--7x-8x--1.txt", 2, "ConfiguredPorts", "128"),
            ("esxcli-network-ip-interface-ipv4-get--7x-8x--1.txt", 2, "Gateway", "192.168.10.62"),
            ("esxcli-network-ip-interface-list--6.0-6.5--1.txt", 1, "Portgroup", "Management Network"),
            (
                "esxcli-network-vswitch-standard-portgroup-list--unknown--2.txt",
                6,
                "Name",
                "Management Network",
            ),
            ("esxcli-system-version-get--6.5.0--1.txt", 1, "Patch", "50"),
        ] {
            let Some(text) = samples::output(sample) else { continue };
            let found = records(&text);
            assert_eq!(found.len(), rows, "{sample}");
            assert_eq!(found[0].text(name).as_deref(), Some(first), "{sample}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::model::testgen::config())]
        #[test]
        fn arbitrary_text_is_survived(text in "(?s).{0,400}", table in "[- \na:]{0,200}") {
            records(&text);
            records(&table);
        }
    }
}
