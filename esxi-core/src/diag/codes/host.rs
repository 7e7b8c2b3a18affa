//! `HOST`: the host file, the fabric file and other documents as such.

super::codes! {
    /// The document cannot be read as YAML. The place is where the reader gave up; the mistake may stand just
    /// before it.
    HOST_FILE_SYNTAX = "HOST001", exit 2, python "SpecError";
}
