//! `dd.gz` images.

use crate::error::raise;
use esxi_image::ddgz::{self, Options};
use esxi_image::{ImageError, Progress};
use pyo3::prelude::*;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// What went through, in bytes.
#[pyclass(frozen, eq, get_all, module = "esxi")]
#[derive(Clone, PartialEq)]
pub struct Summary {
    /// Bytes of the raw image.
    raw: u64,
    /// Bytes of the packed stream.
    packed: u64,
    /// Bytes of the raw image that were packed as runs of zeros.
    zeros: u64,
}

#[pymethods]
impl Summary {
    fn __repr__(&self) -> String {
        format!("Summary(raw={}, packed={}, zeros={})", self.raw, self.packed, self.zeros)
    }
}

/// Packs a raw disk image into a `dd.gz` file.
///
/// Holes of the source are not read; the target appears when it is complete. `progress(done, total)` is called now
/// and then and stops the work by returning `False`. Raises `ImageError`.
#[pyfunction]
#[pyo3(signature = (source, target, *, level = 6, threads = None, progress = None))]
pub fn pack(
    py: Python<'_>,
    source: PathBuf,
    target: PathBuf,
    level: u32,
    threads: Option<NonZeroUsize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Summary> {
    let mut options = Options::default().level(level);
    if let Some(threads) = threads {
        options = options.threads(threads);
    }
    watched(py, progress, |watch| ddgz::pack(&source, &target, options, watch))
}

/// Unpacks a gzip file into a raw disk image, with holes where it is zero.
///
/// Reads any gzip; see `pack` for the rest.
#[pyfunction]
#[pyo3(signature = (source, target, *, progress = None))]
pub fn unpack(
    py: Python<'_>,
    source: PathBuf,
    target: PathBuf,
    progress: Option<Py<PyAny>>,
) -> PyResult<Summary> {
    watched(py, progress, |watch| ddgz::unpack(&source, &target, watch))
}

/// Works with the lock released; Ctrl-C and exceptions of `progress` stop the work and come out whole.
fn watched(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&mut esxi_image::Watch<'_>) -> Result<ddgz::Summary, ImageError> + Send,
) -> PyResult<Summary> {
    let (result, thrown) = py.detach(|| {
        let mut thrown = None;
        let result = work(&mut |at: Progress| {
            let on = Python::attach(|py| {
                py.check_signals()?;
                let Some(progress) = &progress else { return Ok(true) };
                let answer = progress.call1(py, (at.done, at.total))?;
                Ok(answer.is_none(py) || answer.is_truthy(py)?)
            });
            match on {
                Ok(true) => ControlFlow::Continue(()),
                Ok(false) => ControlFlow::Break(()),
                Err(error) => {
                    thrown = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        (result, thrown)
    });
    match (result, thrown) {
        (_, Some(error)) => Err(error),
        (Ok(done), None) => Ok(Summary { raw: done.raw, packed: done.packed, zeros: done.zeros }),
        (Err(error), None) => Err(raise(py, &[error.diagnostic()])),
    }
}
