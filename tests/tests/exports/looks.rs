//! The map can be read: contrast of texts, and roles that stay apart with every kind of colour vision and in grey.
//! Formulas of their own: WCAG 2 contrast, Machado, Oliveira and Fernandes (2009) for deficiencies, CIE 1976 ΔE.

use crate::{cases, options};
use esxi_core::block::ExportFormat;
use std::collections::{BTreeMap, BTreeSet};

type Colour = [f64; 3];

/// Linear light of `#rrggbb`.
fn linear(text: &str) -> Colour {
    let hex = text.strip_prefix('#').unwrap_or_else(|| panic!("no colour: {text}"));
    assert_eq!(hex.len(), 6, "{text}");
    [0, 2, 4].map(|at| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

fn luminance([r, g, b]: Colour) -> f64 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(linear(a)) + 0.05, luminance(linear(b)) + 0.05);
    a.max(b) / a.min(b)
}

const VISIONS: [(&str, [[f64; 3]; 3]); 4] = [
    ("full", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    ),
    (
        "deuteranopia",
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    ),
    (
        "tritanopia",
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ),
];

fn lab([r, g, b]: Colour) -> Colour {
    let [r, g, b] = [r, g, b].map(|c| c.clamp(0.0, 1.0));
    let x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047;
    let y = luminance([r, g, b]);
    let z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883;
    let [x, y, z] = [x, y, z].map(|t| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn distance(a: &str, b: &str, matrix: &[[f64; 3]; 3]) -> f64 {
    let seen = |text: &str| {
        let c = linear(text);
        lab([0, 1, 2].map(|row| (0..3).map(|column| matrix[row][column] * c[column]).sum()))
    };
    let (a, b) = (seen(a), seen(b));
    (0..3).map(|n| (a[n] - b[n]).powi(2)).sum::<f64>().sqrt()
}

/// How cells of one role are drawn, read out of the pictures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    fill: String,
    /// Texts on it, the letter first.
    inks: Vec<String>,
    letter: String,
    /// The pattern's path, if any.
    pattern: Option<String>,
    dashed: bool,
}

fn looks() -> BTreeMap<String, Look> {
    let mut looks: BTreeMap<String, BTreeSet<Look>> = BTreeMap::new();
    for (_, plan) in cases() {
        let text = plan.export(ExportFormat::Svg, &options());
        let document = roxmltree::Document::parse(&text).unwrap();
        let ids: BTreeMap<_, _> =
            document.descendants().filter_map(|node| Some((node.attribute("id")?, node))).collect();
        for cell in document
            .descendants()
            .filter(|node| node.attribute("class").is_some_and(|c| c.starts_with("cell ")))
        {
            let child = |name| {
                cell.children().filter(move |node| node.has_tag_name(("http://www.w3.org/2000/svg", name)))
            };
            let rects: Vec<_> = child("rect").collect();
            let pattern = rects.get(1).map(|rect| {
                let id = rect.attribute("fill").unwrap().trim_start_matches("url(#").trim_end_matches(')');
                let path = ids[id].children().find(|node| node.is_element()).unwrap();
                path.attribute("d").unwrap().to_owned()
            });
            looks.entry(cell.attribute("class").unwrap()["cell ".len()..].to_owned()).or_default().insert(
                Look {
                    fill: rects[0].attribute("fill").unwrap().to_owned(),
                    inks: child("text")
                        .map(|text| text.attribute("fill").unwrap().to_owned())
                        .take(2)
                        .collect(),
                    letter: child("text").next().unwrap().text().unwrap().to_owned(),
                    pattern,
                    dashed: rects[0].has_attribute("stroke-dasharray"),
                },
            );
        }
    }
    looks
        .into_iter()
        .map(|(role, mut of)| (role, (of.len() == 1).then(|| of.pop_first()).flatten().unwrap()))
        .collect()
}

#[test]
fn all_roles_are_in_the_pictures() {
    let roles: BTreeSet<_> = esxi_core::block::Role::ALL.iter().map(|role| role.to_string()).collect();
    assert_eq!(looks().into_keys().collect::<BTreeSet<_>>(), roles);
}

#[test]
fn every_text_stands_out_from_its_ground() {
    for (_, plan) in cases() {
        let text = plan.export(ExportFormat::Svg, &options());
        let document = roxmltree::Document::parse(&text).unwrap();
        let mut seen = 0;
        for node in document.descendants().filter(|node| node.tag_name().name() == "text") {
            // On a cell the cell's colour is the ground; the words beside a row's or the legend's swatch are on paper.
            let rect = |node: roxmltree::Node<'_, '_>| {
                let number = |name| node.attribute(name).map_or(0.0, |text| text.parse::<f64>().unwrap());
                (number("x"), number("y"), number("width"), number("height"))
            };
            let (x, y) = (rect(node).0, rect(node).1);
            let parent = node.parent().unwrap();
            let ground = parent
                .children()
                .find(|other| other.tag_name().name() == "rect")
                .filter(|ground| {
                    let (left, top, width, height) = rect(*ground);
                    (left..left + width).contains(&x) && (top..top + height).contains(&y)
                })
                .map_or("#ffffff", |ground| ground.attribute("fill").unwrap());
            let ink = node.attribute("fill").unwrap();
            assert!(contrast(ink, ground) >= 4.5, "{ink} on {ground}: {}", contrast(ink, ground));
            seen += 1;
        }
        assert!(seen > 10);
    }
}

#[test]
fn roles_are_told_apart_three_times() {
    let looks: Vec<(String, Look)> = looks().into_iter().collect();
    let letters: BTreeSet<_> = looks.iter().map(|(_, look)| &look.letter).collect();
    let patterns: BTreeSet<_> = looks.iter().map(|(_, look)| &look.pattern).collect();
    assert_eq!((letters.len(), patterns.len()), (looks.len(), looks.len()));
    let grey = [[0.2126, 0.7152, 0.0722]; 3];
    for (index, (one, a)) in looks.iter().enumerate() {
        for (other, b) in &looks[..index] {
            // The two ends of a block share a colour: they mean the same to people.
            if [one.as_str(), other.as_str()] == ["network", "broadcast"] {
                continue;
            }
            for (vision, matrix) in &VISIONS {
                let apart = distance(&a.fill, &b.fill, matrix);
                assert!(apart >= 11.0, "{one} and {other} with {vision}: {apart:.1}");
            }
            // A black-and-white print: a step of grey that is seen beside the other, or a dashed border.
            let apart = distance(&a.fill, &b.fill, &grey);
            assert!(apart >= 8.0 || a.dashed != b.dashed, "{one} and {other} in grey: {apart:.1}");
        }
    }
}

#[test]
fn the_formulas_know_black_white_and_a_confusion() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
    assert!((distance("#000000", "#ffffff", &VISIONS[0].1) - 100.0).abs() < 0.1);
    // Red and a dark green of like lightness: apart for most, close with deuteranopia.
    let (full, without) =
        (distance("#b05a2c", "#6f7a2c", &VISIONS[0].1), distance("#b05a2c", "#6f7a2c", &VISIONS[2].1));
    assert!(full > 40.0 && without < full / 2.0, "{full} {without}");
}
