//! All address blocks of a host.

use crate::block::{BlockPlan, Provider, provider_of};
use crate::error::{diagnostic_objects, raise};
use crate::json;
use crate::profile::Profile;
use esxi_core::block::{self, Catalogue};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use std::net::IpAddr;
use std::sync::Arc;

/// The address blocks of one host: every address with its role, the virtual machines, the router between them.
#[pyclass(frozen, eq, module = "esxi")]
#[derive(PartialEq)]
pub struct AddressPlan(pub Arc<block::AddressPlan>);

/// Lays out all address blocks of a host by its provider's rules.
///
/// `spec` is the `addresses` of a host file, as a dict or as JSON text. `provider`, a name or a `Profile`, goes before
/// the spec's; `profiles` are further ones that it may name. Raises `BlockError`.
#[pyfunction]
#[pyo3(
    signature = (spec, *, provider = None, profiles = Vec::new()),
    text_signature = "(spec, *, provider=None, profiles=())",
)]
pub fn plan_addresses(
    spec: &Bound<'_, PyAny>,
    provider: Option<Provider<'_>>,
    profiles: Vec<PyRef<'_, Profile>>,
) -> PyResult<AddressPlan> {
    let mut catalogue = Catalogue::builtin();
    for profile in profiles {
        catalogue.add(Arc::clone(&profile.profile));
    }
    let mut value = spec.clone();
    if let Some(name) = provider_of(provider, &mut catalogue) {
        if spec.is_instance_of::<PyString>() {
            value = spec.py().import("json")?.getattr("loads")?.call1((spec,))?;
        }
        let changed = pyo3::types::PyDict::new(spec.py());
        changed.update(value.cast::<pyo3::types::PyMapping>()?)?;
        changed.set_item("provider", name)?;
        value = changed.into_any();
    }
    let text = match value.extract::<String>() {
        Ok(text) => text,
        Err(_) => json::text_of(&value)?,
    };
    let plan = catalogue.plan_json(&text).map_err(|found| raise(spec.py(), &found))?;
    Ok(AddressPlan(Arc::new(plan)))
}

#[pymethods]
impl AddressPlan {
    /// Name of the provider.
    #[getter]
    fn provider(&self) -> &str {
        &self.0.profile().name
    }
    /// Its rules.
    #[getter]
    fn profile(&self) -> Profile {
        Arc::clone(self.0.profile()).into()
    }
    /// The blocks, in the order of the spec.
    #[getter]
    fn blocks(&self) -> Vec<BlockPlan> {
        (0..self.0.blocks().len()).map(|index| BlockPlan { host: Arc::clone(&self.0), index }).collect()
    }
    /// ESXi's management address.
    #[getter]
    fn management(&self) -> Option<IpAddr> {
        self.0.management()
    }
    /// Its gateway.
    #[getter]
    fn management_gateway(&self) -> Option<IpAddr> {
        self.0.management_gateway()
    }
    /// The virtual machines that have addresses, as dicts.
    #[getter]
    fn guests<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::loads(py, &json::dumps(&self.0.guests())?)
    }
    /// The router virtual machine, as a dict; `None` where there is none.
    #[getter]
    fn router<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::loads(py, &json::dumps(&self.0.router())?)
    }
    /// The steps by which ESXi moves from the address that it has now, as a dict; `None` where it stays.
    #[getter]
    fn handover<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::loads(py, &json::dumps(&self.0.handover())?)
    }
    /// What is worth knowing, with JSON pointers into the spec.
    #[getter]
    fn diagnostics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        diagnostic_objects(py, self.0.diagnostics())
    }
    /// Network configuration for a virtual machine, as text to paste. `format` is netplan, ifupdown, cloud-init,
    /// networkmanager, netsh, powershell or openbsd; `card` the name of its network card. Raises `BlockError`.
    #[pyo3(signature = (name, format, *, card = None))]
    pub fn guest_config(
        &self,
        py: Python<'_>,
        name: &str,
        format: &str,
        card: Option<&str>,
    ) -> PyResult<String> {
        self.0.guest_config(name, format, card).map_err(|found| raise(py, &[*found]))
    }
    /// Configuration for the router virtual machine, as text to paste. `format` is vyos, opnsense or nftables; `cards`
    /// the names of its outer and its inner network card. Raises `BlockError`.
    #[pyo3(signature = (format, *, cards = None))]
    pub fn router_config(
        &self,
        py: Python<'_>,
        format: &str,
        cards: Option<(String, String)>,
    ) -> PyResult<String> {
        let cards = cards.as_ref().map(|(outer, inner)| [outer.as_str(), inner.as_str()]);
        self.0.router_config(format, cards).map_err(|found| raise(py, &[*found]))
    }
    /// The plan in the language of another tool. `format` is table, json, csv, hosts, dnsmasq, netbox-prefixes,
    /// netbox-ranges, netbox-addresses, ansible, host-file or svg; names without a dot get the `domain`; `host` and
    /// `router` name ESXi and the router virtual machine. Raises `BlockError`.
    #[pyo3(signature = (format, *, domain = None, host = None, router = None))]
    pub fn export(
        &self,
        py: Python<'_>,
        format: &str,
        domain: Option<&str>,
        host: Option<&str>,
        router: Option<&str>,
    ) -> PyResult<String> {
        self.0.export_as(format, domain, host, router).map_err(|found| raise(py, &[*found]))
    }
    /// The same spec with everything stated that was chosen, every name at its address: planned again it gives the
    /// same, whatever is added.
    fn pinned<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::loads(py, &json::dumps(&self.0.pinned())?)
    }
    /// The plan as the JSON document of `esxi ip plan --format json`.
    fn to_json(&self) -> PyResult<String> {
        json::dumps(&*self.0)
    }
    /// The same document as plain dicts and lists.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::loads(py, &self.to_json()?)
    }
    /// The blocks as tables for people.
    fn table(&self) -> String {
        self.0.to_string()
    }
    fn __str__(&self) -> String {
        self.table()
    }
    fn __repr__(&self) -> String {
        let blocks: Vec<String> = self.0.blocks().iter().map(|block| block.block().to_string()).collect();
        format!("<AddressPlan {} {}>", self.provider(), blocks.join(" "))
    }
}
