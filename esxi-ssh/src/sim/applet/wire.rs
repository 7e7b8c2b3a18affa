//! What an applet and the simulator say to each other over the jail's socket. Numbers are big-endian.

/// First byte of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Request {
    /// Execute a command: words, the folder it is called in, what stands on its standard input. Answered by
    /// status, length of output, length of errors, and both.
    Run = b'r',
    /// What time is it? Answered by the seconds since 1970 (64 bits) by the host's own clock.
    Clock = b't',
    /// Set the host's own clock to these seconds since 1970 (64 bits). Answered by a byte.
    SetClock = b's',
    /// Here is crond: its tables are in force as long as the connection is open. Every further byte: read them
    /// anew. Answered by a byte once they are read, each time.
    Cron = b'c',
}

impl Request {
    pub(crate) fn from_byte(byte: u8) -> Option<Request> {
        [Request::Run, Request::Clock, Request::SetClock, Request::Cron]
            .into_iter()
            .find(|one| *one as u8 == byte)
    }
}

/// Longest text that is carried, in bytes.
pub(crate) const LONGEST: usize = 4 << 20;

/// Adds a text with its length before it.
pub(crate) fn put(to: &mut Vec<u8>, text: &[u8]) {
    put_number(to, text.len());
    to.extend_from_slice(text);
}

pub(crate) fn put_number(to: &mut Vec<u8>, number: usize) {
    to.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
}
