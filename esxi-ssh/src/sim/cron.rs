//! The scheduler of a simulated host: root's crontab by the host's own clock.

use super::applet::is_applet;
use super::host::Shared;
use super::jail::logs::Log;
use super::jail::shipped;
use super::sshd::session;
use super::words::simple_command;
use esxi_core::model::Call;
use esxi_core::model::calendar::date;
use std::process::Stdio;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Root's table, inside. Only root has one on ESXi.
const TABLE: &str = "/var/spool/cron/crontabs/root";

/// How long moving the clock forward waits for a job to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is in force.
#[derive(Debug, Default)]
pub(crate) struct Cron {
    jobs: Vec<Job>,
    /// How many schedulers run; a script that starts a new one may be quicker than the end of the old one.
    running: usize,
    /// The minute whose jobs were started last, counted from 1970.
    last: u64,
}

/// A line of a crontab.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Job {
    minute: u64,
    hour: u64,
    day: u64,
    month: u64,
    weekday: u64,
    /// Neither day nor weekday is `*`: either will do.
    either_day: bool,
    command: String,
}

/// A crond in the jail, or what stands for it where there is no jail.
pub(crate) struct Running(Weak<Shared>);

impl Running {
    pub(crate) fn new(host: &Arc<Shared>) -> Running {
        host.cron().running += 1;
        Running(Arc::downgrade(host))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(host) = self.0.upgrade() else { return };
        let mut cron = host.cron();
        cron.running -= 1;
        if cron.running == 0 {
            cron.jobs.clear();
        }
    }
}

impl Shared {
    /// Reads the table anew. A host without files has what ESXi ships.
    pub(crate) fn read_crontabs(&self) {
        let text = match self.inside() {
            Some(files) => files.read(TABLE).unwrap_or_default(),
            None => shipped::CRONTAB.as_bytes().to_vec(),
        };
        let jobs: Vec<Job> = String::from_utf8_lossy(&text).lines().filter_map(Job::read).collect();
        let told = format!("root's table has {} jobs", jobs.len());
        self.cron().jobs = jobs;
        self.world().log(Log::Syslog, "crond[2097170]", &told);
    }

    /// What is to be started in this minute, once.
    fn due(&self, minute: u64) -> Vec<String> {
        let mut cron = self.cron();
        if minute == cron.last {
            return Vec::new();
        }
        cron.last = minute;
        cron.jobs.iter().filter(|job| job.fits(minute)).map(|job| job.command.clone()).collect()
    }

    /// Moves the clock forward and runs what falls due on the way, each at its minute.
    pub(crate) async fn advance(self: &Arc<Self>, by: Duration) {
        let mut left = by;
        while !left.is_zero() {
            let (step, minute) = {
                let mut world = self.world();
                let now = world.host_time_exactly();
                let to_minute =
                    Duration::from_secs(60) - Duration::from_nanos((now.as_nanos() % 60_000_000_000) as u64);
                let step = if self.cron().jobs.is_empty() { left } else { left.min(to_minute) };
                world.clock.advance(step);
                (step, (now + step).as_secs() / 60)
            };
            left -= step;
            for command in self.due(minute) {
                let job = self.start_job(command);
                // A job that goes on longer runs beside, as it would.
                let _ = tokio::time::timeout(PATIENCE, job).await;
            }
        }
        self.change(|_| ());
    }

    /// Starts a job; the handle ends with it.
    fn start_job(self: &Arc<Self>, command: String) -> tokio::task::JoinHandle<()> {
        let host = Arc::clone(self);
        tokio::spawn(async move { host.run_job(&command).await })
    }

    async fn run_job(self: &Arc<Self>, line: &str) {
        self.world().log(Log::Syslog, "crond[2097170]", &format!("USER root cmd {line}"));
        let argv = simple_command(line);
        let program = argv.as_ref().and_then(|argv| argv.first()).map_or("", String::as_str);
        if let Some(argv) = &argv
            && is_applet(program.rsplit('/').next().unwrap_or(program))
        {
            self.carry_out(&Call::new(argv), None).await;
            return;
        }
        // Housekeeping that ESXi ships and a simulated host has no use for.
        let there = |files: Arc<super::jail::Inside>| !program.starts_with('/') || files.exists(program);
        let Some(entrance) = self.entrance().filter(|_| self.inside().is_some_and(there)) else { return };
        let mut command = session::command(&entrance.enter(&["/bin/sh", "-c", line], false));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Ok(mut child) = command.spawn() {
            // Its status is nobody's business: crond would mail it to root, and ESXi has no mail.
            let _ = child.wait().await;
        }
    }
}

/// Stands for the scheduler where no process does, until the host loses power, which drops this task.
pub(crate) async fn stand_in(host: Weak<Shared>) {
    let Some(_running) = host.upgrade().map(|host| {
        host.read_crontabs();
        Running::new(&host)
    }) else {
        return;
    };
    std::future::pending::<()>().await;
}

/// Starts jobs as time passes, until the host loses power, which drops this task.
pub(crate) async fn run(host: Weak<Shared>) {
    loop {
        let Some(now) = host.upgrade().map(|host| host.world().host_time_exactly()) else { return };
        let into = now.as_millis() % 60_000;
        let rest = u64::try_from(60_000 - into).unwrap_or(60_000);
        tokio::time::sleep(Duration::from_millis(rest.min(5_000))).await;
        let Some(host) = host.upgrade() else { return };
        let minute = host.world().host_time() / 60;
        for command in host.due(minute) {
            drop(host.start_job(command));
        }
    }
}

impl Job {
    /// A line of a crontab; `None` for a comment, or what cannot be understood, which crond passes over.
    fn read(line: &str) -> Option<Job> {
        let mut rest = line.trim_start();
        if rest.starts_with('#') {
            return None;
        }
        let mut fields = [""; 5];
        for field in &mut fields {
            let (word, after) = rest.split_once([' ', '\t'])?;
            *field = word;
            rest = after.trim_start_matches([' ', '\t']);
        }
        let command = rest.trim_end().to_owned();
        let [minute, hour, day, month, weekday] = fields;
        Some(Job {
            minute: field(minute, 0, 59, &[])?,
            hour: field(hour, 0, 23, &[])?,
            day: field(day, 1, 31, &[])?,
            month: field(month, 1, 12, &MONTHS)?,
            // Sunday is 0 and 7.
            weekday: field(weekday, 0, 7, &DAYS).map(|days| days | (days >> 7 & 1))?,
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
            command: Some(command).filter(|command| !command.is_empty())?,
        })
    }

    /// True in this minute, counted from 1970.
    fn fits(&self, minute: u64) -> bool {
        let (days, of_day) = (minute / 1440, minute % 1440);
        let (_, month, day) = date(days.cast_signed());
        let (month, day) = (month.cast_unsigned(), day.cast_unsigned());
        // 1970 began on a Thursday.
        let weekday = (days + 4) % 7;
        let has = |set: u64, number: u64| set >> number & 1 == 1;
        let (day, weekday) = (has(self.day, day), has(self.weekday, weekday));
        let on_day = if self.either_day { day || weekday } else { day && weekday };
        on_day && has(self.month, month) && has(self.hour, of_day / 60) && has(self.minute, of_day % 60)
    }
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The set of numbers that a field stands for: lists of `*`, numbers, ranges, each with a step.
fn field(text: &str, first: u64, last: u64, names: &[&str]) -> Option<u64> {
    let number = |word: &str| {
        let named = names.iter().position(|name| word.to_ascii_lowercase().starts_with(name));
        let number = match named {
            Some(index) => index as u64 + if names.len() == 12 { 1 } else { 0 },
            None => word.parse().ok()?,
        };
        (first..=last).contains(&number).then_some(number)
    };
    let mut set = 0;
    for part in text.split(',') {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let step: u64 = step.map_or(Some(1), |step| step.parse().ok().filter(|step| *step > 0))?;
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (first, last),
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(range)?, number(range)?),
        };
        let mut at = from;
        while at <= to {
            set |= 1 << at;
            at += step;
        }
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minutes since 1970 of 2026-03-DAY HOUR:MINUTE; the 1st was a Sunday.
    fn at(day: u64, hour: u64, minute: u64) -> u64 {
        ((20_513 + day - 1) * 24 + hour) * 60 + minute
    }

    fn fits(line: &str, minute: u64) -> bool {
        Job::read(line).unwrap().fits(minute)
    }

    #[test]
    fn lines_and_when_they_are_due() {
        let hourly = "1    *    *   *   *   /sbin/auto-backup.sh";
        assert_eq!(Job::read(hourly).unwrap().command, "/sbin/auto-backup.sh");
        assert!(fits(hourly, at(1, 0, 1)) && fits(hourly, at(31, 23, 1)) && !fits(hourly, at(1, 1, 0)));
        assert!(fits("*/5 * * * * x", at(2, 3, 55)) && !fits("*/5 * * * * x", at(2, 3, 54)));
        assert!(fits("0 9-17/4 * * 1,3 x", at(2, 13, 0)) && !fits("0 9-17/4 * * 1,3 x", at(3, 13, 0)));
        // Day or weekday, where both are given; and both where only one is.
        assert!(fits("0 0 5 mar sun x", at(1, 0, 0)) && fits("0 0 5 3 0 x", at(5, 0, 0)));
        assert!(!fits("0 0 5 * * x", at(1, 0, 0)) && fits("0 0 * * 7 x", at(8, 0, 0)));
        assert!(!fits("0 0 1 4 * x", at(1, 0, 0)));
        for bad in
            ["", "# 1 * * * * x", "61 * * * * x", "* * * * *", "a * * * * x", "*/0 * * * * x", "@daily x"]
        {
            assert_eq!(Job::read(bad), None, "{bad}");
        }
    }
}
