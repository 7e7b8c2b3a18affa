use esxi_core::diag::{Code, Diagnostic, codes};
use std::io;
use std::path::{Path, PathBuf};

/// Why an image could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A file could not be used.
    #[error("cannot {action} {}", .path.display())]
    File {
        /// What was tried: `open`, `read`, `write`, …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A stream that is no file failed.
    #[error("cannot {action} the stream")]
    Stream {
        /// `read` or `write`.
        action: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The stream ended before its format was complete.
    #[error(
        "the stream ends after {compressed} compressed bytes ({raw} bytes of the image), in the middle of it"
    )]
    Truncated {
        /// Compressed bytes read.
        compressed: u64,
        /// Bytes of the raw image that came out before.
        raw: u64,
    },
    /// The stream contradicts its own checksums or its format.
    #[error("the stream is damaged before compressed byte {compressed}: {why}")]
    Damaged {
        /// Compressed bytes read so far.
        compressed: u64,
        /// What does not fit.
        why: &'static str,
    },
    /// The first bytes are not gzip's.
    #[error("the stream is not gzip: it begins with {found}")]
    NotGzip {
        /// What it begins with, and what that is where known.
        found: String,
    },
    /// The target exists and is no regular file.
    #[error("{} is not a regular file", .path.display())]
    NotAFile {
        /// The target.
        path: PathBuf,
    },
    /// Source and target are the same file.
    #[error("{} is source and target at once", .path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// The caller's [`Watch`](crate::Watch) said to stop.
    #[error("stopped on request")]
    Stopped,
}

impl ImageError {
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| ImageError::File { action, path, source }
    }

    /// An error of a stream, which may be one of ours that went through a `Read` or `Write` adapter.
    pub(crate) fn stream(action: &'static str, error: io::Error) -> Self {
        match error.downcast::<ImageError>() {
            Ok(ours) => ours,
            Err(source) => ImageError::Stream { action, source },
        }
    }

    /// The stable code of this error.
    pub fn code(&self) -> Code {
        match self {
            ImageError::Truncated { .. } => codes::IMAGE_TRUNCATED,
            ImageError::Damaged { .. } => codes::IMAGE_DAMAGED,
            ImageError::NotGzip { .. } => codes::IMAGE_NOT_GZIP,
            ImageError::NotAFile { .. } | ImageError::SameFile { .. } => codes::IMAGE_TARGET,
            ImageError::Stopped => codes::IMAGE_STOPPED,
            ImageError::File { .. } | ImageError::Stream { .. } => codes::IMAGE_IO,
        }
    }

    /// The error as a finding, with its cause and what to do about it.
    pub fn diagnostic(&self) -> Diagnostic {
        let mut message = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            message.push_str(": ");
            message.push_str(&error.to_string());
            cause = error.source();
        }
        let found = Diagnostic::error(self.code(), message);
        match self {
            ImageError::Truncated { .. } => found.help("copy or download it again, and compare the sizes"),
            ImageError::Damaged { .. } => found.help("copy or download it again, and compare the checksums"),
            ImageError::NotGzip { .. } => found.help("give a dd.gz image"),
            ImageError::NotAFile { .. } => {
                found.help("name a file; unpack to standard output for anything else")
            }
            ImageError::SameFile { .. } => found.help("name another target; the source is untouched"),
            ImageError::File { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                found.help("free some space where the target is; nothing of it was left behind")
            }
            _ => found,
        }
    }
}

/// Keeps the error whole on its way through a `Read` or `Write`.
impl From<ImageError> for io::Error {
    fn from(error: ImageError) -> Self {
        let kind = match &error {
            ImageError::Truncated { .. } => io::ErrorKind::UnexpectedEof,
            ImageError::Damaged { .. } | ImageError::NotGzip { .. } => io::ErrorKind::InvalidData,
            ImageError::File { source, .. } | ImageError::Stream { source, .. } => source.kind(),
            ImageError::NotAFile { .. } | ImageError::SameFile { .. } => io::ErrorKind::InvalidInput,
            // Not `Interrupted`, which makes callers try again.
            ImageError::Stopped => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}
