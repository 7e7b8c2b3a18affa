//! `IMG`: images and streams.

super::codes! {
    /// The stream ended before its format was complete: the copy or download was cut off.
    IMAGE_TRUNCATED = "IMG001", exit 2, python "ImageError";
}
