//! Provider profiles.

use crate::error::raise;
use esxi_core::block::{self, Catalogue};
use pyo3::prelude::*;
use std::sync::Arc;

/// One provider's rules: how it hands out addresses and from where that is known.
#[pyclass(frozen, eq, module = "esxi")]
#[derive(PartialEq)]
pub struct Profile(pub Arc<block::Profile>);

/// The providers whose rules are known.
#[pyfunction]
pub fn providers() -> Vec<Profile> {
    Catalogue::builtin().iter().map(Profile).collect()
}

/// Reads a provider profile from TOML text.
///
/// `name` is the file's, for findings only. Raises `BlockError`.
#[pyfunction]
#[pyo3(signature = (text, *, name = "profile.toml"))]
pub fn load_profile(py: Python<'_>, text: &str, name: &str) -> PyResult<Profile> {
    let file = block::Profile::from_toml(name, text).map_err(|found| raise(py, &found))?;
    Ok(Profile(Arc::new(file.profile)))
}

#[pymethods]
impl Profile {
    /// Name for `provider=` and host files.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }
    /// The provider's own name.
    #[getter]
    fn title(&self) -> &str {
        &self.0.title
    }
    /// `live`, `retired` or `pattern`: a way of handing out blocks that several share.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.value(py)?.get_item("status")
    }
    /// Day on which the sources were last read, as `2026-11-21`.
    #[getter]
    fn verified(&self) -> &str {
        &self.0.verified
    }
    /// What everybody who plans with these rules must be told.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.0.warnings.clone()
    }
    /// The ways in which it hands out addresses, each with its `layout`s, as dicts.
    #[getter]
    fn allocations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.value(py)?.get_item("allocation")
    }
    /// From where the rules are known, as dicts.
    #[getter]
    fn facts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.value(py)?.get_item("fact")
    }
    /// Everything, by the names of the TOML file.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.value(py)
    }
    fn __repr__(&self) -> String {
        format!("<Profile {}>", self.0.name)
    }
}

impl Profile {
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        crate::json::loads(py, &crate::json::dumps(&*self.0)?)
    }
}
