//! What machines are called in exports.

use crate::block::name::wrong_name;
use crate::diag::{Diagnostic, codes};
use std::collections::HashSet;

/// What a plan does not know and some formats want: names beyond those of the virtual machines.
///
/// ```
/// use esxi_core::block::ExportOptions;
/// let options = ExportOptions::default().domain("example.org")?.host("esxi-7")?;
/// assert!(ExportOptions::default().domain("exa mple").is_err());
/// # Ok::<(), Box<esxi_core::diag::Diagnostic>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    domain: Option<String>,
    host: String,
    router: String,
}

impl Default for ExportOptions {
    /// No domain; ESXi is called `esxi`, the router virtual machine `router`.
    fn default() -> Self {
        ExportOptions { domain: None, host: "esxi".to_owned(), router: "router".to_owned() }
    }
}

impl ExportOptions {
    /// Names without a dot get this domain where full names are usual: hosts files, DNS, NetBox.
    ///
    /// # Errors
    /// It is no domain name.
    pub fn domain(mut self, domain: &str) -> Result<Self, Box<Diagnostic>> {
        self.domain = Some(checked(domain.trim_matches('.'), "/domain")?);
        Ok(self)
    }
    /// ESXi's own name.
    ///
    /// # Errors
    /// It is no host name.
    pub fn host(mut self, name: &str) -> Result<Self, Box<Diagnostic>> {
        self.host = checked(name, "/host")?;
        Ok(self)
    }
    /// The router virtual machine's name.
    ///
    /// # Errors
    /// It is no host name.
    pub fn router(mut self, name: &str) -> Result<Self, Box<Diagnostic>> {
        self.router = checked(name, "/router")?;
        Ok(self)
    }
}

fn checked(name: &str, path: &str) -> Result<String, Box<Diagnostic>> {
    let Some((why, fix)) = wrong_name(name) else { return Ok(name.to_owned()) };
    let found = Diagnostic::error(codes::ADDRESS_NAME, format!("the name {name:?} {why}")).at(path);
    let found = found.help("write letters, digits and hyphens, with dots between the parts");
    Err(Box::new(match fix {
        Some(fix) => found.fix(fix),
        None => found,
    }))
}

/// The names of one export.
pub(super) struct Names {
    domain: Option<String>,
    pub(super) host: String,
    pub(super) router: String,
    /// The router's side towards the machines behind it.
    pub(super) inside: String,
}

impl Names {
    /// The options' names, moved out of the way of virtual machines that have the same.
    pub(super) fn new<'a>(options: &ExportOptions, guests: impl Iterator<Item = &'a str>) -> Self {
        let mut taken: HashSet<String> = guests.map(str::to_lowercase).collect();
        let mut free = |wanted: &str| {
            let numbered = (2_u32..).map(|n| format!("{wanted}-{n}"));
            let name = std::iter::once(wanted.to_owned())
                .chain(numbered)
                .find(|name| !taken.contains(&name.to_lowercase()))
                .unwrap_or_default();
            taken.insert(name.to_lowercase());
            name
        };
        let (host, router) = (free(&options.host), free(&options.router));
        let inside = match options.router.split_once('.') {
            Some((first, rest)) => free(&format!("{first}-inside.{rest}")),
            None => free(&format!("{}-inside", options.router)),
        };
        Names { domain: options.domain.clone(), host, router, inside }
    }

    /// The name with the domain, if it has none of its own.
    pub(super) fn full(&self, name: &str) -> String {
        match &self.domain {
            Some(domain) if !name.contains('.') => format!("{name}.{domain}"),
            _ => name.to_owned(),
        }
    }

    /// The full name, then the short one.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let full = self.full(name);
        if full == name { vec![full] } else { vec![full, name.to_owned()] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_refused_with_its_place() {
        for bad in ["", "a b", "-a", "a,b", "ä", "a..b"] {
            let error = ExportOptions::default().domain(bad).unwrap_err();
            assert_eq!((error.code.as_str(), error.path.as_deref()), ("IP008", Some("/domain")), "{bad:?}");
        }
        assert!(ExportOptions::default().domain(".example.org.").is_ok());
    }

    #[test]
    fn virtual_machines_keep_their_names() {
        let names = Names::new(&ExportOptions::default(), ["ESXi", "router", "router-2"].into_iter());
        assert_eq!((names.host.as_str(), names.router.as_str()), ("esxi-2", "router-3"));
        assert_eq!(names.inside, "router-inside");
    }

    #[test]
    fn a_name_with_a_dot_is_complete() {
        let options = ExportOptions::default().domain("example.org").unwrap();
        let names = Names::new(&options, std::iter::empty());
        assert_eq!(names.all("web"), ["web.example.org", "web"]);
        assert_eq!(names.all("web.example.net"), ["web.example.net"]);
    }
}
