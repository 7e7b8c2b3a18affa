//! An address spec from JSON: what Python, JavaScript and other programs hand over.

use super::{AddressPlan, AddressSpec, Block, Catalogue};
use crate::diag::{Diagnostic, SourceMap, codes};
use crate::tree::{self, Dialect, Kind, Node};

/// Address specs in JSON.
const ADDRESSES: Dialect = Dialect {
    unknown_key: codes::ADDRESSES_KEY,
    wrong_value: codes::ADDRESSES_VALUE,
    version: None,
    missing: |path| format!("add `\"{}\": …`", path.rsplit('/').next().unwrap_or_default()),
    mapping: "an object",
    assign: ": ",
    quotes: true,
    list_of_mappings: |_| None,
    is_text: |_| false,
    text_remark: |_| None,
    number_remark: |_| None,
    truth: |_| None,
};

/// A block of its own family stands in for one that cannot be read, so that the rest is read too.
const STAND_IN: &str = "192.0.2.0/24";

/// What was read, mistakes or not.
struct Read {
    spec: Option<AddressSpec>,
    found: Vec<Diagnostic>,
    /// Blocks are the only mistakes, and it is certain which were meant.
    meant: bool,
}

fn read(text: &str) -> Read {
    let mut root = match tree::json::parse(text) {
        Ok(root) => root,
        Err(error) => {
            let found = Diagnostic::error(codes::ADDRESSES_VALUE, format!("this is not JSON: {error}"));
            let found = found.at("").help("write an object with a list `blocks`");
            return Read { spec: None, found: vec![found], meant: false };
        }
    };
    let (mut found, meant) = correct_blocks(&mut root);
    let blocks = found.len();
    let spec = tree::read(root, &ADDRESSES, &SourceMap::new("", ""), &mut found);
    for finding in &mut found {
        (finding.start, finding.end) = (None, None);
    }
    Read { meant: meant && found.len() == blocks, spec, found }
}

/// Reports texts that are no blocks and puts the block that was meant in their place. True if that was certain for
/// each.
fn correct_blocks(root: &mut Node) -> (Vec<Diagnostic>, bool) {
    let mut places = Vec::new();
    let Kind::Map(entries) = &root.kind else { return (Vec::new(), false) };
    for (key, value) in entries {
        let Kind::Seq(items) = &value.kind else { continue };
        for index in 0..items.len() {
            match key.text.as_str() {
                "blocks" => places.push(format!("/blocks/{index}/block")),
                "own_networks" => places.push(format!("/own_networks/{index}")),
                _ => {}
            }
        }
    }
    let (mut found, mut meant) = (Vec::new(), true);
    for place in places {
        let Some(Node { kind: Kind::Scalar { text, plain: false }, .. }) = root.get_mut(&place) else {
            continue;
        };
        if let Err(error) = text.parse::<Block>() {
            let finding = error.diagnostic().at(place);
            meant &= finding.fix.is_some();
            *text = finding.fix.clone().unwrap_or_else(|| STAND_IN.to_owned());
            found.push(finding);
        }
    }
    (found, meant)
}

impl AddressSpec {
    /// Reads a spec from JSON: the `addresses` of a host file as an object.
    ///
    /// # Errors
    /// Everything found wrong, with JSON pointers.
    ///
    /// ```
    /// use esxi_core::block::AddressSpec;
    /// let spec = AddressSpec::from_json(r#"{"blocks": [{"block": "147.75.1.8/29", "assign": [{"name": "web"}]}]}"#);
    /// assert_eq!(spec.unwrap().blocks[0].assign[0].name, "web");
    /// let found = AddressSpec::from_json(r#"{"blocks": [{"block": "147.75.1.9/29"}], "provder": "ovh"}"#);
    /// let found: Vec<_> = found.unwrap_err().into_iter().map(|d| (d.code.as_str(), d.path, d.fix)).collect();
    /// assert_eq!(found[0], ("IP002", Some("/blocks/0/block".into()), Some("147.75.1.8/29".into())));
    /// assert_eq!(found[1], ("IP037", Some("/provder".into()), Some("provider".into())));
    /// ```
    pub fn from_json(text: &str) -> Result<AddressSpec, Vec<Diagnostic>> {
        match read(text) {
            Read { spec: Some(spec), found, .. } if found.is_empty() => Ok(spec),
            read => Err(read.found),
        }
    }
}

impl Catalogue {
    /// Reads a spec from JSON and lays it out, as [`AddressSpec::from_json`] and [`Catalogue::plan`].
    ///
    /// # Errors
    /// What either finds. Where a mistyped block is all that is wrong with the text, the block that was meant is laid
    /// out, so that what else is wrong is found in one go.
    pub fn plan_json(&self, text: &str) -> Result<AddressPlan, Vec<Diagnostic>> {
        let Read { spec, mut found, meant } = read(text);
        match spec {
            Some(spec) if found.is_empty() => return self.plan(&spec),
            Some(spec) if meant => found.extend(self.plan(&spec).err().into_iter().flatten()),
            Some(AddressSpec { provider: Some(name), .. }) => {
                found.extend(self.find(&name).err().map(|d| *d))
            }
            _ => {}
        }
        Err(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Vec<(&'static str, String, Option<String>)> {
        let found = Catalogue::builtin().plan_json(text).unwrap_err();
        assert!(found.iter().all(|d| d.start.is_none() && d.file.is_none()), "{found:?}");
        let cured = |d: &Diagnostic| d.help.is_some() || d.message.contains(": write ");
        assert!(found.iter().all(cured), "{found:?}");
        found.into_iter().map(|d| (d.code.as_str(), d.path.unwrap_or_default(), d.fix)).collect()
    }

    #[test]
    fn a_mistyped_block_hides_nothing_else() {
        let text = r#"{"provider": "packet", "blocks": [{"block": "147.75.1.9/29", "layout": "rotuer-vm"}]}"#;
        assert_eq!(
            wrong(text),
            [
                ("IP002", "/blocks/0/block".into(), Some("147.75.1.8/29".into())),
                ("IP006", "/blocks/0/layout".into(), Some("router-vm".into())),
            ]
        );
        let text =
            r#"{"provider": "pakcet", "blocks": [{"block": "nonsense"}], "own_networks": ["10.1.1.1/24"]}"#;
        assert_eq!(
            wrong(text),
            [
                ("IP001", "/blocks/0/block".into(), None),
                ("IP002", "/own_networks/0".into(), Some("10.1.1.0/24".into())),
                ("IP005", "/provider".into(), Some("packet".into())),
            ]
        );
    }

    #[test]
    fn what_is_no_spec_says_where_and_what_would_be() {
        for (text, code, path) in [
            ("[", "IP038", ""),
            ("[]", "IP038", ""),
            ("{}", "IP038", ""),
            (r#"{"blocks": []}"#, "IP001", "/blocks"),
            (r#"{"blocks": [{"block": 7}]}"#, "IP038", "/blocks/0/block"),
            (
                r#"{"blocks": [{"block": "192.0.2.0/29", "managment": "192.0.2.2"}]}"#,
                "IP037",
                "/blocks/0/managment",
            ),
            (
                r#"{"blocks": [{"block": "192.0.2.0/29", "management": "192.0.2"}]}"#,
                "IP038",
                "/blocks/0/management",
            ),
            (r#"{"blocks": [{"block": "192.0.2.0/29", "assign": ["web"]}]}"#, "IP038", "/blocks/0/assign/0"),
            (r#"{"blocks": [{"block": "192.0.2.0/29"}], "router_mac": "x"}"#, "IP038", "/router_mac"),
        ] {
            assert_eq!(wrong(text).first().map(|(c, p, _)| (*c, p.as_str())), Some((code, path)), "{text}");
        }
    }

    #[test]
    fn a_spec_that_was_written_is_read_again() {
        let text = r#"{"provider":"packet","blocks":[{"block":"147.75.1.8/29","layout":"router-vm",
            "reserve":[{"range":"147.75.1.14","for":"later"}],"assign":[{"name":"mail"}]}],
            "router_mac":"00:50:56:00:00:2a","without_private_side":true,"dns":["192.0.2.53"]}"#;
        let spec = AddressSpec::from_json(text).unwrap();
        assert_eq!(AddressSpec::from_json(&serde_json::to_string(&spec).unwrap()).unwrap(), spec);
        let plan = Catalogue::builtin().plan_json(text).unwrap();
        assert_eq!(plan, Catalogue::builtin().plan(&spec).unwrap());
    }
}
