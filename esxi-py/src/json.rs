//! Between the core's types and plain dicts and lists, by way of JSON.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;

/// A value as JSON text.
pub fn dumps(value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// JSON text as plain dicts and lists.
pub fn loads<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.getattr("loads")?.call1((text,))
}

/// Dicts and lists as JSON text. What JSON does not know, such as an address of `ipaddress`, is written as `str` has
/// it.
pub fn text_of(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = value.py();
    let options = PyDict::new(py);
    options.set_item("default", py.get_type::<pyo3::types::PyString>())?;
    py.import("json")?.getattr("dumps")?.call((value,), Some(&options))?.extract()
}
