//! Address blocks.

use crate::error::raise;
use esxi_core::block::{self, Request};
use pyo3::prelude::*;
use std::net::IpAddr;

/// A block of which every address has its role.
#[pyclass(frozen, eq, module = "esxi")]
#[derive(PartialEq)]
pub struct BlockPlan(block::BlockPlan);

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

/// Lays out an address block by its provider's rules.
///
/// `block` is text in CIDR notation or a network of the `ipaddress` module. The first of `names` gets the first
/// available address, and so on. Raises `BlockError`.
#[pyfunction]
#[pyo3(
    signature = (block, *, provider = "packet", layout = "direct", names = Vec::new()),
    text_signature = "(block, *, provider='packet', layout='direct', names=())",
)]
pub fn plan_block(
    block: &Bound<'_, PyAny>,
    provider: &str,
    layout: &str,
    names: Vec<String>,
) -> PyResult<BlockPlan> {
    let text = block.str()?;
    Request::parse(&text.to_cow()?, provider, layout)
        .and_then(|request| block::plan(&request.names(names)))
        .map(BlockPlan)
        .map_err(|found| raise(block.py(), &found))
}

#[pymethods]
impl BlockPlan {
    /// The block, as a network of the `ipaddress` module.
    #[getter]
    fn block<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("ipaddress")?.getattr("ip_network")?.call1((self.0.block().to_string(),))
    }
    /// Name of the provider.
    #[getter]
    fn provider(&self) -> &'static str {
        self.0.provider().name
    }
    /// Name of the layout.
    #[getter]
    fn layout(&self) -> &'static str {
        self.0.layout().name
    }
    /// The prefix length.
    #[getter]
    fn prefix(&self) -> u8 {
        self.0.prefix()
    }
    /// The netmask.
    #[getter]
    fn netmask(&self) -> IpAddr {
        self.0.netmask()
    }
    /// The default gateway of the host and of virtual machines in the block.
    #[getter]
    fn gateway(&self) -> Option<IpAddr> {
        self.0.gateway()
    }
    /// ESXi's management address.
    #[getter]
    fn management(&self) -> Option<IpAddr> {
        self.0.management()
    }
    /// The router virtual machine's address, in layouts that have one.
    #[getter]
    fn router(&self) -> Option<IpAddr> {
        self.0.router()
    }
    /// How many addresses virtual machines have or may have.
    #[getter]
    fn usable(&self) -> u128 {
        self.0.usable()
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
        self.0.ranges().iter().map(range).collect()
    }
    /// Every address in order.
    #[getter]
    fn addresses(&self) -> Vec<PlannedAddress> {
        let address = |(address, r): (IpAddr, &block::Range)| PlannedAddress {
            address,
            role: r.role.as_str(),
            name: r.name.clone(),
        };
        self.0.addresses().map(address).collect()
    }
    /// The addresses that are still free.
    #[getter]
    fn available(&self) -> Vec<IpAddr> {
        self.0.available().collect()
    }
    /// The role of an address, text or `ipaddress`; `None` outside the block.
    fn role(&self, address: &Bound<'_, PyAny>) -> PyResult<Option<&'static str>> {
        let ip_address = address.py().import("ipaddress")?.getattr("ip_address")?;
        let address: IpAddr = ip_address.call1((address,))?.extract()?;
        Ok(self.0.role(address).map(block::Role::as_str))
    }
    /// The plan as the JSON document of `esxi ip plan --format json`.
    fn to_json(&self) -> PyResult<String> {
        serde_json::to_string(&self.0).map_err(|e| pyo3::exceptions::PyRuntimeError::new_err(e.to_string()))
    }
    /// The same document as plain dicts and lists.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.getattr("loads")?.call1((self.to_json()?,))
    }
    /// The plan as a table for people.
    fn table(&self) -> String {
        self.0.to_string()
    }
    fn __str__(&self) -> String {
        self.table()
    }
    fn __repr__(&self) -> String {
        format!(
            "<BlockPlan {} {} {}, {} usable>",
            self.0.block(),
            self.provider(),
            self.layout(),
            self.usable()
        )
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
