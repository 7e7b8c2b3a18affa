//! From findings to exceptions.

use esxi_core::diag::{Diagnostic, Position, codes};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::collections::BTreeMap;

/// The exception for findings: its class stands in the row of the first error's code.
pub fn raise(py: Python<'_>, found: &[Diagnostic]) -> PyErr {
    // Making the exception fails only if the package is broken; that failure is the better exception then.
    exception(py, found).unwrap_or_else(|broken| broken)
}

fn exception(py: Python<'_>, found: &[Diagnostic]) -> PyResult<PyErr> {
    let Some(first) = found.iter().find(|d| d.is_error()).or(found.first()) else {
        return Err(PyRuntimeError::new_err("refused without a finding"));
    };
    let errors = py.import("esxi._errors")?;
    let class = match errors.getattr(first.code.info().python) {
        Ok(class) => class,
        Err(_) => errors.getattr("EsxiError")?,
    };
    let message = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let list = found.iter().map(|d| diagnostic(&errors, d)).collect::<PyResult<Vec<_>>>()?;
    Ok(PyErr::from_value(class.call1((message, list))?))
}

fn diagnostic<'py>(errors: &Bound<'py, PyModule>, found: &Diagnostic) -> PyResult<Bound<'py, PyAny>> {
    let place = |at: Option<Position>| {
        at.map(|at| errors.getattr("Position")?.call1((at.line, at.column))).transpose()
    };
    let fields = PyDict::new(errors.py());
    fields.set_item("code", found.code.as_str())?;
    fields.set_item("severity", found.severity.to_string())?;
    fields.set_item("message", &found.message)?;
    fields.set_item("path", &found.path)?;
    fields.set_item("file", &found.file)?;
    fields.set_item("start", place(found.start)?)?;
    fields.set_item("end", place(found.end)?)?;
    fields.set_item("help", &found.help)?;
    fields.set_item("fix", &found.fix)?;
    errors.getattr("Diagnostic")?.call((), Some(&fields))
}

/// Findings as a tuple of `Diagnostic` objects.
pub fn diagnostic_objects<'py>(py: Python<'py>, found: &[Diagnostic]) -> PyResult<Bound<'py, PyTuple>> {
    let errors = py.import("esxi._errors")?;
    PyTuple::new(py, found.iter().map(|d| diagnostic(&errors, d)).collect::<PyResult<Vec<_>>>()?)
}

/// Every code with the name of its exception class, for the test that all classes exist.
#[pyfunction]
pub fn _python_classes() -> BTreeMap<&'static str, &'static str> {
    codes::all().map(|row| (row.code.as_str(), row.python)).collect()
}
