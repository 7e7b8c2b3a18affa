//! The ESXi toolkit for Python: the native part of the wheel `esxi`.
//!
//! Thin on purpose: arguments in, a call into the core, objects out. Exceptions and their classes are Python
//! (`python/esxi/_errors.py`), because they derive from two classes each.

mod block;
mod error;
mod host;
mod image;
mod json;
mod profile;

use pyo3::prelude::*;

/// What a code such as `IP002` means and what to do about it; `None` for no code.
#[pyfunction]
fn explain(code: &str) -> Option<String> {
    let row = esxi_core::diag::codes::find(code)?;
    Some(row.text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[pymodule(gil_used = false)]
mod _esxi {
    #[pymodule_export]
    use super::block::{AddressRange, BlockPlan, PlannedAddress, plan_block};
    #[pymodule_export]
    use super::error::_python_classes;
    #[pymodule_export]
    use super::explain;
    #[pymodule_export]
    use super::host::{AddressPlan, plan_addresses};
    #[pymodule_export]
    use super::image::{Summary, pack, unpack};
    #[pymodule_export]
    use super::profile::{Profile, load_profile, providers};
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
