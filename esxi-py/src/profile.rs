//! Provider profiles.

use crate::error::{diagnostic_objects, raise};
use esxi_core::block::{self, Catalogue};
use esxi_core::diag::Diagnostic;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Arc;

/// One provider's rules: how it hands out addresses and from where that is known.
#[pyclass(frozen, module = "esxi")]
pub struct Profile {
    pub profile: Arc<block::Profile>,
    diagnostics: Vec<Diagnostic>,
}

impl From<Arc<block::Profile>> for Profile {
    fn from(profile: Arc<block::Profile>) -> Self {
        Profile { profile, diagnostics: Vec::new() }
    }
}

/// The providers whose rules are known.
#[pyfunction]
pub fn providers() -> Vec<Profile> {
    Catalogue::builtin().iter().map(Profile::from).collect()
}

/// Reads a provider profile from TOML text.
///
/// `name` is the file's, for findings only. Raises `BlockError`.
#[pyfunction]
#[pyo3(signature = (text, *, name = "profile.toml"))]
pub fn load_profile(py: Python<'_>, text: &str, name: &str) -> PyResult<Profile> {
    let file = block::Profile::from_toml(name, text).map_err(|found| raise(py, &found))?;
    Ok(Profile { profile: Arc::new(file.profile), diagnostics: file.diagnostics })
}

#[pymethods]
impl Profile {
    /// Name for `provider=` and host files.
    #[getter]
    fn name(&self) -> &str {
        &self.profile.name
    }
    /// The provider's own name.
    #[getter]
    fn title(&self) -> &str {
        &self.profile.title
    }
    /// `live`, `retired` or `pattern`: a way of handing out blocks that several share.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.value(py)?.get_item("status")
    }
    /// Day on which the sources were last read, as `2026-11-21`.
    #[getter]
    fn verified(&self) -> &str {
        &self.profile.verified
    }
    /// What everybody who plans with these rules must be told.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.profile.warnings.clone()
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
    /// What is worth knowing about the text that it was read from.
    #[getter]
    fn diagnostics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        diagnostic_objects(py, &self.diagnostics)
    }
    /// Everything, by the names of the TOML file.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.value(py)
    }
    fn __eq__(&self, other: &Self) -> bool {
        self.profile == other.profile
    }
    fn __repr__(&self) -> String {
        format!("<Profile {}>", self.profile.name)
    }
}

impl Profile {
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        crate::json::loads(py, &crate::json::dumps(&*self.profile)?)
    }
}
