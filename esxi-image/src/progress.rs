use crate::ImageError;
use std::ops::ControlFlow;

/// How far a transfer is, in bytes of the raw image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes done, holes included.
    pub done: u64,
    /// Bytes in all, where that is known beforehand.
    pub total: Option<u64>,
}

/// Called after every piece of a transfer; says whether to go on.
///
/// A stopped transfer is [`ImageError::Stopped`] and leaves no target behind.
pub type Watch<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

pub(crate) fn report(watch: &mut Watch<'_>, done: u64, total: Option<u64>) -> Result<(), ImageError> {
    match watch(Progress { done, total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ImageError::Stopped),
    }
}
