//! `IMG`: images and streams.

super::codes! {
    /// The stream ended before its format was complete: the copy or download was cut off.
    IMAGE_TRUNCATED = "IMG001", exit 2, python "ImageError";
    /// The stream contradicts its own checksum, length or format: it was damaged on its way, or on its disk.
    IMAGE_DAMAGED = "IMG002", exit 2, python "ImageError";
    /// The stream does not begin as gzip does. A dd.gz image is a raw disk packed by gzip, nothing else.
    IMAGE_NOT_GZIP = "IMG003", exit 2, python "ImageError";
    /// A file of an image cannot be opened, read or written. The message ends with what the system says.
    IMAGE_IO = "IMG004", exit 2, python "ImageError";
    /// The target exists and is a folder, a device or a pipe, or it is the source. A file is written under another
    /// name and renamed when it is complete, which only a regular file allows.
    IMAGE_TARGET = "IMG005", exit 2, python "ImageError";
    /// The work on an image was stopped by whoever started it. Nothing was left behind.
    IMAGE_STOPPED = "IMG006", exit 2, python "ImageError";
}
