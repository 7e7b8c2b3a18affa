//! The change and its undo as one shell script.
//!
//! It needs nothing but `sh`, `mkdir`, `mv`, `cat`, `kill` and `sleep`: ESXi has no `at`, `setsid` and `timeout`
//! for certain are not everywhere, and 8.0 refuses to execute foreign files, but `sh FILE` runs.

use super::GuardOptions;
use crate::command::{Command, shell_line};
use crate::plan::Plan;
use std::fmt::Write;
use std::time::Duration;

/// Where the script lies on the host. `/tmp` is in memory: a reboot forgets it, as it forgets the change.
pub fn script_path(options: &GuardOptions) -> String {
    format!("/tmp/esxi-guard-{}.sh", options.id)
}

/// How long to wait before arming so that the host's hourly backup of its configuration (one minute past every
/// hour) does not save a change that nobody has confirmed. `epoch` is the host's clock in seconds.
///
/// ```
/// use esxi_core::guard::{hold_off, GuardOptions};
/// use std::time::Duration;
/// let options = GuardOptions::new("x", 1);
/// assert_eq!(hold_off(&options, 10 * 3600 + 120), Duration::ZERO);
/// // Half a minute before the backup: until it is over.
/// assert_eq!(hold_off(&options, 10 * 3600 + 30), Duration::from_secs(50));
/// let options = GuardOptions { avoid_backup: false, ..options };
/// assert_eq!(hold_off(&options, 10 * 3600 + 30), Duration::ZERO);
/// ```
pub fn hold_off(options: &GuardOptions, epoch: u64) -> Duration {
    // The backup starts at second 60 and has been seen to take a few seconds.
    const BACKUP: u64 = 60;
    const TAKES: u64 = 20;
    if !options.avoid_backup {
        return Duration::ZERO;
    }
    let into_hour = epoch % 3600;
    let until = (BACKUP + 3600 - into_hour) % 3600;
    if (BACKUP..BACKUP + TAKES).contains(&into_hour) {
        return Duration::from_secs(BACKUP + TAKES - into_hour);
    }
    if until <= options.cap.as_secs() { Duration::from_secs(until + TAKES) } else { Duration::ZERO }
}

/// The script for a plan. `None` when some point of the plan has no way back, which a plan that is not refused
/// never has.
pub fn script(plan: &Plan, options: &GuardOptions) -> Option<String> {
    let mut forward = String::new();
    let mut undo = String::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let line = shell_line(&step.command.argv());
        let _ = writeln!(forward, "  step {} {line} || return 1", at + 1);
    }
    for step in 1..=plan.steps.len() {
        way_back(&mut undo, &format!("{step}"), &plan.undo_from(step)?);
        way_back(&mut undo, &format!("begun-{step}"), &plan.undo_interrupted(step)?);
    }
    let text = TEMPLATE
        .replace("@ID@", &options.id)
        .replace("@WINDOW@", &options.window.as_secs().to_string())
        .replace("@CAP@", &options.cap.as_secs().to_string())
        .replace("@FORWARD@", &forward)
        .replace("@UNDO@", &undo);
    Some(text)
}

fn way_back(undo: &mut String, from: &str, commands: &[Command]) {
    let _ = writeln!(undo, "  {from})");
    for command in commands {
        let _ = writeln!(undo, "    run {}", shell_line(&command.argv()));
    }
    undo.push_str("    ;;\n");
}

const TEMPLATE: &str = r#"#!/bin/sh
# Guarded change @ID@, written by esxi.
#   sh THIS arm      start the change, detached, with its undo armed
#   sh THIS state    say where it stands
#   sh THIS confirm  keep the change
#   sh THIS back     undo it now
#   sh THIS clean    forget a finished run
self=/tmp/esxi-guard-@ID@.sh
d=/tmp/esxi-guard-@ID@
window=@WINDOW@
cap=@CAP@

say() { echo "$*" >$d/state.new && mv $d/state.new $d/state; }

# One command. hostd may be gone; localcli knows the same words without it.
run() {
  echo "+ $*" >>$d/log
  out=$("$@" 2>&1 </dev/null)
  rc=$?
  case $out in
  *'Connect to localhost failed'*)
    shift
    out=$(localcli "$@" 2>&1 </dev/null)
    rc=$?
    ;;
  esac
  [ -z "$out" ] || echo "$out" >>$d/log
  return $rc
}

step() {
  n=$1
  shift
  echo "start $n" >>$d/journal
  if run "$@"; then
    echo "done $n" >>$d/journal
  else
    echo "failed $n $out" >>$d/journal
    return 1
  fi
}

forward() {
@FORWARD@  return 0
}

# What brings the former state back after the first $1 steps, or when step N was begun and may have had an effect
# ($1 is begun-N). A line that finds its effect there already is refused by the host, which does no harm.
undo() {
  case $1 in
@UNDO@  *) ;;
  esac
}

# How far the change came, in the words of undo. A step that was refused had no effect.
reached() {
  n=0
  while read -r what k rest; do
    case $what in
    start) n=begun-$k ;;
    done) n=$k ;;
    failed) n=$((k - 1)) ;;
    esac
  done <$d/journal
  echo $n
}

# Confirm and undo race for this directory; who makes it decides.
decide() { mkdir $d/decided 2>/dev/null; }

back() {
  decide || return 1
  say "undoing $*"
  [ ! -f $d/forward.pid ] || kill "$(cat $d/forward.pid)" 2>/dev/null
  undo "$(reached)"
  # A command that was cut off may still take effect behind our back.
  case $(tail -n 1 $d/journal) in
  start*)
    sleep 3
    undo "$(reached)"
    ;;
  esac
  say "rolled-back $*"
}

# The change is complete, and nothing went wrong.
complete() { [ -f $d/rc ] && [ "$(cat $d/rc)" = 0 ]; }

go() {
  trap '' 1
  # Let the answer to `arm` out before the first step may silence us.
  sleep 0.2 2>/dev/null || sleep 1
  (
    trap '' 1
    forward
    echo $? >$d/rc
  ) &
  echo $! >$d/forward.pid
  total=0
  waited=0
  while [ ! -d $d/decided ]; do
    if [ -f $d/rc ]; then
      if ! complete; then
        back "step $(tail -n 1 $d/journal)"
        break
      fi
      if [ $waited -ge $window ]; then
        back "nobody confirmed within $window s"
        break
      fi
      waited=$((waited + 1))
    fi
    if [ $total -ge $cap ]; then
      back "not finished within $cap s"
      break
    fi
    total=$((total + 1))
    sleep 1
  done
  [ ! -f $d/kept ] || say confirmed
}

case $1 in
arm)
  if mkdir $d 2>/dev/null; then
    : >$d/journal
    say running
    sh $self go </dev/null >/dev/null 2>&1 &
  fi
  echo armed
  ;;
go) go ;;
confirm)
  if complete && decide; then
    : >$d/kept
    say confirmed
  fi
  cat $d/state
  ;;
back)
  back "asked to"
  cat $d/state
  ;;
state)
  if complete && [ ! -d $d/decided ]; then
    echo waiting
  else
    cat $d/state 2>/dev/null || echo idle
  fi
  ;;
clean) rm -rf $d $self ;;
esac
"#;
