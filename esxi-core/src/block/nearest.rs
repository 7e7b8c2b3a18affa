use crate::diag::Diagnostic;

/// Names what is known, and offers the nearest where it is near enough to be a slip of the hand.
pub(super) fn nearest(found: Diagnostic, given: &str, known: &[&str]) -> Diagnostic {
    let list = known.join(", ");
    let given = given.to_lowercase();
    let nearest = known
        .iter()
        .map(|name| {
            let distance = strsim::jaro_winkler(&given, name);
            // "router" means router-vm.
            (if !given.is_empty() && name.starts_with(&given) { 1.0 } else { distance }, name)
        })
        // Of two that are equally near the one that stands first.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .filter(|(near, _)| *near > 0.75);
    match nearest {
        Some((_, name)) => found.help(format!("did you mean {name}? Known: {list}")).fix(*name),
        None => found.help(format!("known: {list}")),
    }
}
