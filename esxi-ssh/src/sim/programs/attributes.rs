//! What is known of a file, as the protocol and as `ls -l` write it.

use super::wire::{Reader, Writer};
use esxi_core::model::calendar;
use rustix::fs::{AtFlags, CWD, Gid, Mode, Timespec, Timestamps, Uid};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const SIZE: u32 = 1;
const OWNER: u32 = 2;
const MODE: u32 = 4;
const TIMES: u32 = 8;
const EXTENDED: u32 = 1 << 31;

/// What a client wants of a file; what is `None` stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    pub(super) size: Option<u64>,
    pub(super) owner: Option<(u32, u32)>,
    pub(super) mode: Option<u32>,
    /// Read and written, in seconds since 1970.
    pub(super) times: Option<(u32, u32)>,
}

impl Wanted {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Wanted> {
        let flags = from.u32()?;
        let mut wanted = Wanted::default();
        if flags & SIZE != 0 {
            wanted.size = Some(from.u64()?);
        }
        if flags & OWNER != 0 {
            wanted.owner = Some((from.u32()?, from.u32()?));
        }
        if flags & MODE != 0 {
            wanted.mode = Some(from.u32()?);
        }
        if flags & TIMES != 0 {
            wanted.times = Some((from.u32()?, from.u32()?));
        }
        if flags & EXTENDED != 0 {
            for _ in 0..from.u32()? {
                from.string()?;
                from.string()?;
            }
        }
        Some(wanted)
    }

    /// Gives it to a file; `follow` tells whether a link means what it points to.
    pub(super) fn apply(&self, path: &Path, follow: bool) -> io::Result<()> {
        let flags = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
        if let Some(size) = self.size {
            std::fs::OpenOptions::new().write(true).open(path)?.set_len(size)?;
        }
        if let Some(mode) = self.mode {
            rustix::fs::chmodat(CWD, path, Mode::from_bits_truncate(mode & 0o7777), flags)?;
        }
        if let Some((read, written)) = self.times {
            let [last_access, last_modification] =
                [read, written].map(|seconds| Timespec { tv_sec: seconds.into(), tv_nsec: 0 });
            rustix::fs::utimensat(CWD, path, &Timestamps { last_access, last_modification }, flags)?;
        }
        if let Some((user, group)) = self.owner {
            let (user, group) = (Some(Uid::from_raw(user)), Some(Gid::from_raw(group)));
            rustix::fs::chownat(CWD, path, user, group, flags)?;
        }
        Ok(())
    }
}

/// Writes what is known of a file.
pub(super) fn write(to: &mut Writer, of: &Metadata) {
    let seconds = |time: i64| u32::try_from(time).unwrap_or(0);
    to.u32(SIZE | OWNER | MODE | TIMES).u64(of.size()).u32(of.uid()).u32(of.gid()).u32(of.mode());
    to.u32(seconds(of.atime())).u32(seconds(of.mtime()));
}

/// A line of `ls -l`.
pub(super) fn long_line(name: &str, of: &Metadata, now: i64) -> String {
    let user = |id: u32| if id == 0 { "root".to_owned() } else { id.to_string() };
    format!(
        "{} {:>4} {:<8} {:<8} {:>8} {} {name}",
        mode_text(of.mode()),
        of.nlink(),
        user(of.uid()),
        user(of.gid()),
        of.size(),
        date(of.mtime(), now),
    )
}

fn mode_text(mode: u32) -> String {
    let kind = match mode & 0o170_000 {
        0o040_000 => 'd',
        0o120_000 => 'l',
        0o020_000 => 'c',
        0o060_000 => 'b',
        0o010_000 => 'p',
        0o140_000 => 's',
        _ => '-',
    };
    let mut text = String::from(kind);
    for (shift, special, set, clear) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')]
    {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => set,
            (false, true) => clear,
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// Month, day, and the time or, of what is half a year old or not yet, the year. ESXi's clock is UTC.
fn date(seconds: i64, now: i64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day_of_month) = calendar::date(day);
    let name = MONTHS.get(usize::try_from(month - 1).unwrap_or(0)).copied().unwrap_or_default();
    if (now - 182 * 86_400..=now).contains(&seconds) {
        format!("{name} {day_of_month:>2} {:02}:{:02}", second / 3600, second / 60 % 60)
    } else {
        format!("{name} {day_of_month:>2}  {year:>4}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_ls() {
        assert_eq!(mode_text(0o100_644), "-rw-r--r--");
        assert_eq!(mode_text(0o041_777), "drwxrwxrwt");
        assert_eq!(mode_text(0o104_710), "-rws--x---");
        assert_eq!(mode_text(0o120_777), "lrwxrwxrwx");
        let now = 1_700_000_000;
        assert_eq!(date(now, now), "Nov 14 22:13");
        assert_eq!(date(951_782_400, now), "Feb 29  2000");
        assert_eq!(date(0, now), "Jan  1  1970");
        assert_eq!(date(1_704_067_199, 1_704_067_200), "Dec 31 23:59");
    }

    #[test]
    fn wishes_are_read_and_carried_out() {
        let mut packet = Writer::default();
        packet.u32(SIZE | MODE | TIMES | EXTENDED).u64(5).u32(0o600).u32(7).u32(8);
        packet.u32(1).string("a@b").string("c");
        let wanted = Wanted::read(&mut Reader(&packet.0)).unwrap();
        let expected = Wanted { size: Some(5), owner: None, mode: Some(0o600), times: Some((7, 8)) };
        assert_eq!(wanted, expected);
        assert_eq!(Wanted::read(&mut Reader(&packet.0[..9])), None);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "longer than that").unwrap();
        wanted.apply(file.path(), true).unwrap();
        let now = file.path().metadata().unwrap();
        assert_eq!((now.size(), now.mode() & 0o7777, now.atime(), now.mtime()), (5, 0o600, 7, 8));
    }
}
