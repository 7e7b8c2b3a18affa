//! One address block.

use crate::error::{diagnostic_objects, raise};
use crate::host::AddressPlan;
use crate::json;
use crate::profile::Profile;
use esxi_core::block::{self, Catalogue};
use esxi_core::diag::Diagnostic;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString, PyTuple};
use std::net::IpAddr;
use std::sync::Arc;

/// A block of which every address has its role.
#[pyclass(frozen, module = "esxi")]
pub struct BlockPlan {
    pub host: Arc<block::AddressPlan>,
    pub index: usize,
}

/// Neighbouring addresses of one role.
#[pyclass(frozen, eq, get_all, module = "esxi")]
#[derive(Clone, PartialEq)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
    count: u128,
    role: &'static str,
    name: Option<String>,
}

/// One address of a block.
#[pyclass(frozen, eq, get_all, module = "esxi")]
#[derive(Clone, PartialEq)]
pub struct PlannedAddress {
    address: IpAddr,
    role: &'static str,
    name: Option<String>,
}

/// The name of a provider, or a profile of one's own.
#[derive(FromPyObject)]
pub enum Provider<'py> {
    Name(String),
    Own(PyRef<'py, Profile>),
}

/// Which provider, and among which.
pub fn provider_of(provider: Option<Provider<'_>>, catalogue: &mut Catalogue) -> Option<String> {
    match provider? {
        Provider::Name(name) => Some(name),
        Provider::Own(profile) => {
            catalogue.add(Arc::clone(&profile.profile));
            Some(profile.profile.name.clone())
        }
    }
}

/// A text as `{first: text}`, a tuple as its values by these keys, a mapping as it is.
fn entry<'py>(value: Bound<'py, PyAny>, keys: &[&str]) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    if value.cast::<PyMapping>().is_ok() {
        return Ok(value);
    }
    let values = match value.cast::<PyTuple>() {
        Ok(tuple) if (1..=keys.len()).contains(&tuple.len()) => tuple.clone(),
        _ if value.is_instance_of::<PyString>() => PyTuple::new(py, [value])?,
        _ => {
            let known = keys.join(", ");
            let message = format!("{} is no text, no mapping and no tuple of ({known})", value.repr()?);
            return Err(PyTypeError::new_err(message));
        }
    };
    let made = PyDict::new(py);
    for (key, value) in keys.iter().zip(values.iter()) {
        made.set_item(key, value)?;
    }
    Ok(made.into_any())
}

/// Lays out an address block by its provider's rules.
///
/// `block` is text in CIDR notation or a network of the `ipaddress` module; addresses are text or of that module.
/// `provider` is a name of `providers()` or a `Profile`; without one Packet's rules are taken for a /28 and a /29, else
/// those of a block on the wire. A name of `names` is a text, `(name, address)`, `(name, address, mac)` or a dict;
/// those without an address get the available ones in order. A range of `reserve` is a text, `(range, purpose)` or a
/// dict. Raises `BlockError`.
#[pyfunction]
#[pyo3(
    signature = (block, *, provider = None, layout = None, names = Vec::new(), allocation = None, management = None,
        gateway = None, next_hop = None, reserve = Vec::new(), router_mac = None, own_networks = Vec::new(),
        without_private_side = false, dns = Vec::new()),
    text_signature = "(block, *, provider=None, layout=None, names=(), allocation=None, management=None, \
        gateway=None, next_hop=None, reserve=(), router_mac=None, own_networks=(), without_private_side=False, dns=())",
)]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub fn plan_block<'py>(
    block: &Bound<'py, PyAny>,
    provider: Option<Provider<'py>>,
    layout: Option<String>,
    names: Vec<Bound<'py, PyAny>>,
    allocation: Option<String>,
    management: Option<Bound<'py, PyAny>>,
    gateway: Option<Bound<'py, PyAny>>,
    next_hop: Option<Bound<'py, PyAny>>,
    reserve: Vec<Bound<'py, PyAny>>,
    router_mac: Option<String>,
    own_networks: Vec<Bound<'py, PyAny>>,
    without_private_side: bool,
    dns: Vec<Bound<'py, PyAny>>,
) -> PyResult<BlockPlan> {
    let py = block.py();
    let mut catalogue = Catalogue::builtin();
    let named = |names: Vec<Bound<'py, PyAny>>, keys: &[&str]| {
        names.into_iter().map(|name| entry(name, keys)).collect::<PyResult<Vec<_>>>()
    };
    let texts =
        |values: Vec<Bound<'py, PyAny>>| values.iter().map(|value| value.str()).collect::<PyResult<Vec<_>>>();
    let stated = PyDict::new(py);
    stated.set_item("block", block.str()?)?;
    stated.set_item("allocation", allocation)?;
    stated.set_item("layout", layout)?;
    stated.set_item("management", management)?;
    stated.set_item("gateway", gateway)?;
    stated.set_item("next_hop", next_hop)?;
    stated.set_item("reserve", named(reserve, &["range", "for"])?)?;
    stated.set_item("assign", named(names, &["name", "address", "mac"])?)?;
    let spec = PyDict::new(py);
    spec.set_item("provider", provider_of(provider, &mut catalogue))?;
    spec.set_item("blocks", [stated])?;
    spec.set_item("router_mac", router_mac)?;
    spec.set_item("own_networks", texts(own_networks)?)?;
    spec.set_item("without_private_side", without_private_side)?;
    spec.set_item("dns", texts(dns)?)?;
    match catalogue.plan_json(&json::text_of(&spec)?) {
        Ok(plan) => Ok(BlockPlan { host: Arc::new(plan), index: 0 }),
        Err(found) => Err(raise(py, &found.into_iter().map(|d| of_block(0, d)).collect::<Vec<_>>())),
    }
}

/// A finding about the host's blocks as one about this block alone.
fn of_block(index: usize, mut found: Diagnostic) -> Diagnostic {
    let prefix = format!("/blocks/{index}/");
    found.path = found.path.map(|path| match path.strip_prefix(&prefix) {
        Some(rest) => format!("/{rest}"),
        None => path,
    });
    found
}

impl BlockPlan {
    fn plan(&self) -> &block::BlockPlan {
        // The index was that of a block when the object was made, and the plan does not change.
        &self.host.blocks()[self.index]
    }
    fn is_alone(&self) -> bool {
        self.host.blocks().len() == 1
    }
}

#[pymethods]
impl BlockPlan {
    /// The block, as a network of the `ipaddress` module.
    #[getter]
    fn block<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("ipaddress")?.getattr("ip_network")?.call1((self.plan().block().to_string(),))
    }
    /// Name of the provider.
    #[getter]
    fn provider(&self) -> &str {
        &self.plan().profile().name
    }
    /// Which of the provider's kinds of block it is.
    #[getter]
    fn allocation(&self) -> &str {
        &self.plan().allocation().name
    }
    /// Name of the layout.
    #[getter]
    fn layout(&self) -> &str {
        &self.plan().layout().name
    }
    /// The prefix length.
    #[getter]
    fn prefix(&self) -> u8 {
        self.plan().prefix()
    }
    /// The netmask.
    #[getter]
    fn netmask(&self) -> IpAddr {
        self.plan().netmask()
    }
    /// The provider's gateway, where it is in the block.
    #[getter]
    fn gateway(&self) -> Option<IpAddr> {
        self.plan().gateway()
    }
    /// Default gateway of the machines in the block, wherever it is.
    #[getter]
    fn guest_gateway(&self) -> Option<IpAddr> {
        self.host.gateway_of(self.plan())
    }
    /// ESXi's management address.
    #[getter]
    fn management(&self) -> Option<IpAddr> {
        self.plan().management()
    }
    /// The router virtual machine's address, in layouts that have one.
    #[getter]
    fn router(&self) -> Option<IpAddr> {
        self.plan().router()
    }
    /// Where the provider routes the block to, of routed blocks and where it is known.
    #[getter]
    fn next_hop(&self) -> Option<IpAddr> {
        self.plan().next_hop()
    }
    /// How many addresses virtual machines have or may have.
    #[getter]
    fn usable(&self) -> u128 {
        self.plan().usable()
    }
    /// The whole block in order, every address in exactly one range.
    #[getter]
    fn ranges(&self) -> Vec<AddressRange> {
        let range = |r: &block::Range| AddressRange {
            first: r.first,
            last: r.last,
            count: r.count,
            role: r.role.as_str(),
            name: r.name.clone(),
        };
        self.plan().ranges().iter().map(range).collect()
    }
    /// Every address in order.
    #[getter]
    fn addresses(&self) -> Vec<PlannedAddress> {
        let address = |(address, r): (IpAddr, &block::Range)| PlannedAddress {
            address,
            role: r.role.as_str(),
            name: r.name.clone(),
        };
        self.plan().addresses().map(address).collect()
    }
    /// The addresses that are still free.
    #[getter]
    fn available(&self) -> Vec<IpAddr> {
        self.plan().available().collect()
    }
    /// What is worth knowing about the block, with JSON pointers such as `/layout`; of a block alone also about the host.
    #[getter]
    fn diagnostics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let prefix = format!("/blocks/{}/", self.index);
        let about = |d: &&Diagnostic| {
            self.is_alone() || d.path.as_deref().is_some_and(|path| path.starts_with(&prefix))
        };
        let found = self.host.diagnostics().iter().filter(about);
        diagnostic_objects(py, &found.map(|d| of_block(self.index, d.clone())).collect::<Vec<_>>())
    }
    /// All blocks of the host that this one belongs to: its virtual machines, router, hand-over and exports.
    #[getter]
    fn host(&self) -> AddressPlan {
        AddressPlan(Arc::clone(&self.host))
    }
    /// As `host.export`: the plan of all blocks of the host in the language of another tool.
    #[pyo3(signature = (format, *, domain = None, host = None, router = None))]
    fn export(
        &self,
        py: Python<'_>,
        format: &str,
        domain: Option<&str>,
        host: Option<&str>,
        router: Option<&str>,
    ) -> PyResult<String> {
        self.host().export(py, format, domain, host, router)
    }
    /// As `host.guest_config`: network configuration for a virtual machine.
    #[pyo3(signature = (name, format, *, card = None))]
    fn guest_config(&self, py: Python<'_>, name: &str, format: &str, card: Option<&str>) -> PyResult<String> {
        self.host().guest_config(py, name, format, card)
    }
    /// As `host.router_config`: configuration for the router virtual machine.
    #[pyo3(signature = (format, *, cards = None))]
    fn router_config(
        &self,
        py: Python<'_>,
        format: &str,
        cards: Option<(String, String)>,
    ) -> PyResult<String> {
        self.host().router_config(py, format, cards)
    }
    /// The role of an address, text or `ipaddress`; `None` outside the block.
    fn role(&self, address: &Bound<'_, PyAny>) -> PyResult<Option<&'static str>> {
        let ip_address = address.py().import("ipaddress")?.getattr("ip_address")?;
        let address: IpAddr = ip_address.call1((address,))?.extract()?;
        Ok(self.plan().role(address).map(block::Role::as_str))
    }
    /// The plan as JSON; of a block alone the document of `esxi ip plan --format json`.
    fn to_json(&self) -> PyResult<String> {
        if self.is_alone() { json::dumps(&*self.host) } else { json::dumps(self.plan()) }
    }
    /// The same document as plain dicts and lists.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::loads(py, &self.to_json()?)
    }
    /// The plan as a table for people.
    fn table(&self) -> String {
        if self.is_alone() { self.host.to_string() } else { self.plan().to_string() }
    }
    fn __eq__(&self, other: &Self) -> bool {
        self.index == other.index && self.host == other.host
    }
    fn __str__(&self) -> String {
        self.table()
    }
    fn __repr__(&self) -> String {
        let (block, usable) = (self.plan().block(), self.usable());
        format!("<BlockPlan {block} {} {}, {usable} usable>", self.provider(), self.layout())
    }
}

/// `, name='web'` of a repr.
fn named(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(", name={name:?}"))
}

#[pymethods]
impl AddressRange {
    fn __repr__(&self) -> String {
        let AddressRange { first, last, count, role, name } = self;
        format!("<AddressRange {first} to {last} ({count}) {role}{}>", named(name.as_deref()))
    }
}

#[pymethods]
impl PlannedAddress {
    fn __repr__(&self) -> String {
        format!("<PlannedAddress {} {}{}>", self.address, self.role, named(self.name.as_deref()))
    }
}
