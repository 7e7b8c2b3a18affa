//! The XML form.

use super::record::{Cell, Record};
use roxmltree::{Document, Node};

/// The text is no XML, or no answer of esxcli.
#[derive(Debug, thiserror::Error)]
#[error("not esxcli's XML")]
pub struct XmlError(#[source] Option<roxmltree::Error>);

/// Reads one structure or a list of structures. A structure inside a structure is left out.
///
/// # Errors
/// [`XmlError`] for text that is no XML or has no `root` element.
///
/// ```
/// use esxi_core::model::facts::xml_records;
/// let xml = "<output><root><structure typeName=\"T\"><field name=\"Name\"><string>a &amp; b</string></field>\
///            </structure></root></output>";
/// assert_eq!(xml_records(xml)?[0].text("Name").as_deref(), Some("a & b"));
/// # Ok::<(), esxi_core::model::facts::XmlError>(())
/// ```
pub fn records(text: &str) -> Result<Vec<Record>, XmlError> {
    let document = Document::parse(text.trim()).map_err(|error| XmlError(Some(error)))?;
    let root = document.descendants().find(|node| node.has_tag_name_any("root")).ok_or(XmlError(None))?;
    let top = root.children().filter(Node::is_element);
    Ok(top
        .flat_map(|node| match node.tag_name().name() {
            "list" => node.children().filter(|node| node.has_tag_name_any("structure")).collect(),
            "structure" => vec![node],
            _ => Vec::new(),
        })
        .map(structure)
        .collect())
}

fn structure(node: Node<'_, '_>) -> Record {
    let mut record = Record::default();
    for field in node.children().filter(|node| node.has_tag_name_any("field")) {
        let (Some(name), Some(value)) = (field.attribute("name"), field.first_element_child()) else {
            continue;
        };
        match value.tag_name().name() {
            "structure" => {}
            "list" => {
                let items = value.children().filter(Node::is_element).map(content).collect();
                record.insert(name, Cell::Many(items));
            }
            _ => record.insert(name, Cell::One(content(value))),
        }
    }
    record
}

fn content(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().to_owned()
}

/// Tag names without regard to the name space, which pasted output may have lost.
trait AnyNamespace {
    fn has_tag_name_any(&self, name: &str) -> bool;
}

impl AnyNamespace for Node<'_, '_> {
    fn has_tag_name_any(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_is_read() {
        let Some(text) = crate::model::samples::output("esxcli-network-nic-get-xml--8.x--1.txt") else {
            return;
        };
        let found = records(&text).unwrap();
        assert_eq!(found[0].text("LinkStatus").as_deref(), Some("Up"));
        assert_eq!(found[0].list("AdvertisedLinkModes").unwrap().len(), 6);
        assert_eq!(found[0].bool("LinkDetected"), Some(true));
        assert_eq!(found[0].text("DriverInfo"), None);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for bad in ["", "Error: x", "<output/>", "<a><b></a>"] {
            assert!(records(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::model::testgen::config())]
        #[test]
        fn arbitrary_text_is_survived(text in "(?s).{0,300}", xml in "(<root>|</root>|<list>|<structure>|x|&){0,20}") {
            let _ = records(&text);
            let _ = records(&xml);
        }
    }
}
