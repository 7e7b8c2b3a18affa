//! An address plan in the languages of other tools.
//!
//! Pure text: who calls decides where it goes. Everything is deterministic, ends with a line feed and holds nothing
//! but the plan, so that two exports differ where the plans differ.

mod ansible;
mod csv;
mod dnsmasq;
mod host_file;
mod hosts;
mod names;
mod netbox;
mod svg;
mod view;
mod yaml;

pub use names::ExportOptions;

use super::AddressPlan;
use super::nearest::nearest;
use crate::diag::{Diagnostic, codes};
use std::fmt;
use std::str::FromStr;
use view::View;

/// In which language a plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ExportFormat {
    /// A table for people: the plan's `Display`.
    Table,
    /// The plan as JSON: its `Serialize`.
    Json,
    /// One row for each range, for spreadsheets.
    Csv,
    /// Lines for `/etc/hosts`.
    Hosts,
    /// Names, and DHCP where a guest can use it, for dnsmasq.
    Dnsmasq,
    /// The blocks, for NetBox's import of prefixes.
    NetboxPrefixes,
    /// Runs of reserved addresses, for NetBox's import of IP ranges.
    NetboxRanges,
    /// Single addresses, for NetBox's import of IP addresses.
    NetboxAddresses,
    /// An inventory for Ansible, in YAML.
    Ansible,
    /// The host file's `addresses`, every name pinned to the address it has.
    HostFile,
    /// A map of the blocks as a picture.
    Svg,
}

impl ExportFormat {
    /// Every format.
    pub const ALL: [ExportFormat; 11] = [
        ExportFormat::Table,
        ExportFormat::Json,
        ExportFormat::Csv,
        ExportFormat::Hosts,
        ExportFormat::Dnsmasq,
        ExportFormat::NetboxPrefixes,
        ExportFormat::NetboxRanges,
        ExportFormat::NetboxAddresses,
        ExportFormat::Ansible,
        ExportFormat::HostFile,
        ExportFormat::Svg,
    ];

    /// The word on the command line and in front ends.
    pub const fn name(self) -> &'static str {
        match self {
            ExportFormat::Table => "table",
            ExportFormat::Json => "json",
            ExportFormat::Csv => "csv",
            ExportFormat::Hosts => "hosts",
            ExportFormat::Dnsmasq => "dnsmasq",
            ExportFormat::NetboxPrefixes => "netbox-prefixes",
            ExportFormat::NetboxRanges => "netbox-ranges",
            ExportFormat::NetboxAddresses => "netbox-addresses",
            ExportFormat::Ansible => "ansible",
            ExportFormat::HostFile => "host-file",
            ExportFormat::Svg => "svg",
        }
    }
    /// What it is for, in a few words.
    pub const fn summary(self) -> &'static str {
        match self {
            ExportFormat::Table => "a table for people",
            ExportFormat::Json => "everything, for programs",
            ExportFormat::Csv => "one row for each range, for spreadsheets",
            ExportFormat::Hosts => "lines for /etc/hosts",
            ExportFormat::Dnsmasq => "names and DHCP for dnsmasq",
            ExportFormat::NetboxPrefixes => "the blocks, for NetBox's import of prefixes",
            ExportFormat::NetboxRanges => "reserved ranges, for NetBox's import of IP ranges",
            ExportFormat::NetboxAddresses => "single addresses, for NetBox's import of IP addresses",
            ExportFormat::Ansible => "an Ansible inventory",
            ExportFormat::HostFile => "the host file's addresses, every name pinned",
            ExportFormat::Svg => "a map of the blocks as a picture",
        }
    }
    /// The media type, for whoever serves or saves it.
    pub const fn media_type(self) -> &'static str {
        match self {
            ExportFormat::Json => "application/json",
            ExportFormat::Svg => "image/svg+xml",
            ExportFormat::Ansible | ExportFormat::HostFile => "application/yaml",
            ExportFormat::Csv
            | ExportFormat::NetboxPrefixes
            | ExportFormat::NetboxRanges
            | ExportFormat::NetboxAddresses => "text/csv; charset=utf-8; header=present",
            ExportFormat::Table | ExportFormat::Hosts | ExportFormat::Dnsmasq => "text/plain; charset=utf-8",
        }
    }
    /// What a file of it ends with, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            ExportFormat::Json => "json",
            ExportFormat::Svg => "svg",
            ExportFormat::Ansible | ExportFormat::HostFile => "yaml",
            ExportFormat::Csv
            | ExportFormat::NetboxPrefixes
            | ExportFormat::NetboxRanges
            | ExportFormat::NetboxAddresses => "csv",
            ExportFormat::Table => "txt",
            ExportFormat::Hosts => "hosts",
            ExportFormat::Dnsmasq => "conf",
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ExportFormat {
    type Err = Box<Diagnostic>;

    /// Reads a format's name.
    ///
    /// # Errors
    /// A finding that names the nearest format, at `/format`.
    fn from_str(text: &str) -> Result<Self, Box<Diagnostic>> {
        ExportFormat::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| {
            let found = format!("a plan cannot be written as \"{text}\"");
            let found = Diagnostic::error(codes::EXPORT_FORMAT, found).at("/format");
            Box::new(nearest(found, text, &ExportFormat::ALL.map(ExportFormat::name)))
        })
    }
}

impl AddressPlan {
    /// The plan in the language of another tool.
    ///
    /// ```
    /// use esxi_core::block::{AddressSpec, BlockSpec, Catalogue, ExportFormat, ExportOptions};
    ///
    /// let spec = AddressSpec::new([BlockSpec::new("147.75.1.8/29".parse()?).assign("web")]);
    /// let plan = Catalogue::builtin().plan(&spec).expect("Packet lays out a /29");
    /// let options = ExportOptions::default().domain("example.org").expect("a domain");
    /// let hosts = plan.export(ExportFormat::Hosts, &options);
    /// assert!(hosts.contains("147.75.1.11  web.example.org web\n"));
    /// # Ok::<(), esxi_core::block::BlockError>(())
    /// ```
    pub fn export(&self, format: ExportFormat, options: &ExportOptions) -> String {
        let view = || View::of(self, options);
        match format {
            ExportFormat::Table => self.to_string(),
            // Maps with text keys and values that cannot fail.
            ExportFormat::Json => serde_json::to_string_pretty(self).unwrap_or_default() + "\n",
            ExportFormat::Csv => csv::write(&view()),
            ExportFormat::Hosts => hosts::write(&view()),
            ExportFormat::Dnsmasq => dnsmasq::write(&view()),
            ExportFormat::NetboxPrefixes => netbox::prefixes(&view()),
            ExportFormat::NetboxRanges => netbox::ranges(&view()),
            ExportFormat::NetboxAddresses => netbox::addresses(&view()),
            ExportFormat::Ansible => ansible::write(&view()),
            ExportFormat::HostFile => host_file::write(self),
            ExportFormat::Svg => svg::write(&view()),
        }
    }

    /// As [`AddressPlan::export`], from the words of a front end; ESXi and its router have the usual names unless
    /// others are stated.
    ///
    /// # Errors
    /// There is no such format, or a name that is none.
    pub fn export_as(
        &self,
        format: &str,
        domain: Option<&str>,
        host: Option<&str>,
        router: Option<&str>,
    ) -> Result<String, Box<Diagnostic>> {
        let mut options = ExportOptions::default();
        if let Some(domain) = domain {
            options = options.domain(domain)?;
        }
        if let Some(host) = host {
            options = options.host(host)?;
        }
        if let Some(router) = router {
            options = options.router(router)?;
        }
        Ok(self.export(format.parse()?, &options))
    }
}

#[cfg(test)]
mod tests;
