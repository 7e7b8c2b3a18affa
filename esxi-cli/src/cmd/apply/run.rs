//! Carrying a plan out: under the guard, or without it.

use super::Ended;
use crate::args::Apply;
use crate::failure::Failure;
use crate::job::{Job, Wanted};
use crate::live::Live;
use crate::out::Out;
use crate::show;
use esxi_core::diag::codes;
use esxi_core::guard::{GuardOptions, Machine};
use esxi_ssh::guard::{Progress, SshConnector, run_guarded, run_unguarded};
use std::collections::HashSet;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How the run is timed.
pub fn options(args: &Apply, steps: usize) -> Result<GuardOptions, Failure> {
    let mut options = GuardOptions::new(run_id(), steps).window(Duration::from_secs(args.window), steps);
    options.avoid_backup = !args.no_hold_off;
    options.confirm_from = args.confirm_from;
    match options.check() {
        Ok(()) => Ok(options),
        Err(error) => Err(Failure::error(error.code(), error.to_string(), error.help())),
    }
}

/// Runs the plan of a job under the dead-man.
pub fn guarded(
    out: &Out,
    live: Live,
    (wanted, job): (&Wanted, &Job),
    address: IpAddr,
    args: &Apply,
    options: GuardOptions,
) -> Result<Ended, Failure> {
    let (patience, id) = (options.patience(), options.id.clone());
    let Ok(machine) = Machine::new(job.plan.clone(), &job.fabric, options) else {
        return Err(Failure::error(
            codes::NO_WAY_BACK,
            "the plan has a point from which no commands lead back",
            "apply it in two parts, the part that cannot be undone last",
        ));
    };
    let mut machine = machine.judged_by(wanted.reached());
    if let Some(from) = args.confirm_from {
        // Beside the result: a program that reads that has to tell its user, too.
        out.say(instructions(args, &id, from, machine.reached_at()));
    }
    let key = live.session.host_key().clone();
    let mut connector = SshConnector::new(&live.target, &live.options, key, patience).from(args.confirm_from);
    // Whoever waits for another client asks the same again and again, and need not say so each time.
    let mut told = HashSet::new();
    let tell = |progress: Progress| {
        let again = args.confirm_from.is_some() && !told.insert(show::progress(&progress));
        if !again {
            say(out, &progress);
        }
    };
    let run = run_guarded(&mut machine, (address, live.session), &mut connector, interrupt(), tell);
    let outcome = live.runtime.block_on(run);
    Ok(Ended { outcome, steps_done: None })
}

/// Runs it without.
pub fn unguarded(out: &Out, live: Live, wanted: &Wanted, job: &Job) -> Ended {
    let key = live.session.host_key().clone();
    let patience = GuardOptions::new("", 0).patience();
    let mut connector = SshConnector::new(&live.target, &live.options, key, patience);
    let run = run_unguarded(&job.plan, wanted.reached(), live.session, &mut connector, |progress| {
        say(out, &progress);
    });
    let ended = live.runtime.block_on(run);
    Ended { outcome: ended.outcome, steps_done: Some(ended.done) }
}

/// What the person has to do while the window runs.
fn instructions(args: &Apply, id: &str, from: IpAddr, reached_at: &[IpAddr]) -> String {
    let host = reached_at.first().map_or_else(|| "ADDRESS".to_owned(), ToString::to_string);
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let file = args.host_file.as_deref().unwrap_or("HOST.yaml".as_ref()).display().to_string();
    let prune = if args.prune { " --prune" } else { "" };
    let fabric = args.fabric.as_ref().map(|path| format!(" --fabric {}", path.display())).unwrap_or_default();
    format!(
        "This change is kept only if a client at {from} confirms it within {} s of its end. Either\n\
         \x20 - give this machine that address while it runs (switch the VPN on): it keeps trying {host}; or\n\
         \x20 - run on a machine that has it, with a copy of the host file and the host's key in known_hosts\n\
         \x20   (--bind {from} where it has several addresses):\n\
         \x20     esxi apply {file}{fabric}{prune} --confirm {id} --host ssh://root@{host}\n\
         Otherwise the host undoes the change by itself.",
        args.window
    )
}

/// Ctrl-C.
pub async fn interrupt() {
    // Without a signal handler there is nothing to wait for.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Tells how it goes, beside a result for people.
pub fn say(out: &Out, progress: &Progress) {
    if !out.is_json() {
        out.say(show::progress(progress));
    }
}

/// A name that no other run on the host has.
fn run_id() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", since.as_millis(), std::process::id())
}
