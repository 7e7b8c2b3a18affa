//! The change and its undo as one shell script.
//!
//! It needs nothing but `sh`, `mkdir`, `mv`, `rm`, `cat`, `tail`, `kill`, `date` and `sleep`: ESXi has no `at`,
//! `setsid` and `timeout` for certain are not everywhere, and 8.0 refuses to execute foreign files, but `sh FILE`
//! runs.
//!
//! Its files lie in `/tmp/esxi-guard-ID`, where [`Run`](super::Run) reads them: `armed` (when, window, cap, who may
//! confirm), `journal`, `rc` (how the change ended), `decided` (made by whoever ends the run), `kept`, `saved`,
//! `state` and `log`. `/tmp/esxi-guard.lock` keeps two changes of one host apart.

use super::GuardOptions;
use crate::command::{Command, shell_line};
use crate::plan::Plan;
use std::fmt::Write;
use std::time::Duration;

/// Where the script lies on the host. `/tmp` is in memory: a reboot forgets it, as it forgets the change.
pub fn script_path(options: &GuardOptions) -> String {
    format!("/tmp/esxi-guard-{}.sh", options.id)
}

/// The backup starts one minute past the hour and has been seen to take a few seconds; this is plenty.
pub(super) const BACKUP_TAKES: u64 = 20;

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
    const BACKUP: u64 = 60;
    const TAKES: u64 = BACKUP_TAKES;
    if !options.avoid_backup {
        return Duration::ZERO;
    }
    let into_hour = epoch % 3600;
    let until = (BACKUP + 3600 - into_hour) % 3600;
    if (BACKUP..BACKUP + TAKES).contains(&into_hour) {
        return Duration::from_secs(BACKUP + TAKES - into_hour);
    }
    // An undo that begins at the cap has not ended there.
    if until <= (options.cap + super::GRACE).as_secs() {
        Duration::from_secs(until + TAKES)
    } else {
        Duration::ZERO
    }
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
        way_back(&mut undo, &format!("late-{step}"), &plan.undo_late(step)?);
    }
    let text = TEMPLATE
        .replace("@ID@", &options.id)
        .replace("@WINDOW@", &options.window.as_secs().to_string())
        .replace("@CAP@", &options.cap.as_secs().to_string())
        .replace("@FROM@", &options.confirm_from.map(|from| from.to_string()).unwrap_or_default())
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
#   sh THIS saved    note that it was saved for the next boot
#   sh THIS back     undo it now
#   sh THIS clean    forget a finished run
self=/tmp/esxi-guard-@ID@.sh
d=/tmp/esxi-guard-@ID@
lock=/tmp/esxi-guard.lock
window=@WINDOW@
cap=@CAP@
# The only client that may confirm; empty = any.
from=@FROM@
# How long one command may take before it counts as hung: in the change, in the undo.
step_patience=60
undo_patience=20
me=
hung=

say() { echo "$*" >$d/state.new && mv $d/state.new $d/state; }

# One command with a limit of time: $out is what it said, $rc how it ended, 137 when it was cut off. The shell waits
# for it in the background, so that a change that is called back can end the command as well.
try() {
  "$@" >$d/out.$me 2>&1 </dev/null &
  p=$!
  echo $p >$d/pid.$me
  (
    n=0
    while [ $n -lt $patience ]; do
      sleep 1
      kill -0 $p 2>/dev/null || exit 0
      n=$((n + 1))
    done
    kill -9 $p
  ) >/dev/null 2>&1 &
  wait $p
  rc=$?
  rm -f $d/pid.$me
  out=$(cat $d/out.$me)
  [ -z "$out" ] || echo "$out" >>$d/log
}

# One command of esxcli. hostd may be gone, or hang; localcli knows the same words without it.
run() {
  echo "+ $*" >>$d/log
  rc=137
  out=
  [ -n "$hung" ] || try "$@"
  case "$rc $out" in
  *'Connect to localhost failed'*) ;;
  137*)
    # In the change nobody knows whether it took effect: that is for the undo to mend.
    [ $me = undo ] || return 137
    hung=yes
    ;;
  *) return $rc ;;
  esac
  shift
  try localcli "$@"
  return $rc
}

step() {
  n=$1
  shift
  echo "start $n" >>$d/journal
  run "$@"
  case $rc in
  0) echo "done $n" >>$d/journal ;;
  137) return 1 ;;
  *)
    echo "failed $n $out" >>$d/journal
    return 1
    ;;
  esac
}

forward() {
@FORWARD@  return 0
}

# What brings the former state back after the first $1 steps, or when step N was begun and may have had an effect
# ($1 is begun-N), or has it only now ($1 is late-N). A line that finds its effect there already is refused by the host, which does no harm.
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

# Other changes may be made now.
release() { [ "$(cat $lock/id 2>/dev/null)" != "@ID@" ] || rm -rf $lock; }

back() {
  decide || return 1
  say "undoing $*"
  # First the one that would start the next step, then the step itself.
  [ ! -f $d/forward.pid ] || kill "$(cat $d/forward.pid)" 2>/dev/null
  [ ! -f $d/pid.change ] || kill -9 "$(cat $d/pid.change)" 2>/dev/null
  me=undo
  patience=$undo_patience
  undo "$(reached)"
  # A command that was cut off may still take effect behind our back.
  at=$(reached)
  case $at in
  begun-*)
    sleep 3
    undo "late-${at#begun-}"
    ;;
  esac
  say "rolled-back $*"
  release
}

# The change is complete, and nothing went wrong.
complete() { [ -f $d/rc ] && [ "$(cat $d/rc)" = 0 ]; }

tell() {
  if [ -f $d/saved ]; then
    echo confirmed saved
  elif [ -f $d/kept ]; then
    echo confirmed
  elif complete && [ ! -d $d/decided ]; then
    echo waiting
  else
    cat $d/state 2>/dev/null || echo idle
  fi
}

# A process that is just being ended may still write into a folder: it is moved out of its way first, or a half of it
# would stay and look like a run.
away() {
  mv "$1" /tmp/.esxi-guard-gone.$$ 2>/dev/null
  rm -rf /tmp/.esxi-guard-gone.$$ "$1"
}

# What ended runs left is of no more use to anyone.
sweep() {
  for old in /tmp/esxi-guard-*; do
    if [ -d "$old/decided" ] && [ "$old" != $d ]; then
      away "$old"
      rm -f "$old.sh"
    fi
  done
}

go() {
  trap '' 1
  # Let the answer to `arm` out before the first step may silence us.
  sleep 0.2 2>/dev/null || sleep 1
  (
    trap '' 1
    me=change
    patience=$step_patience
    forward
    echo $? >$d/rc.new && mv $d/rc.new $d/rc
  ) &
  echo $! >$d/forward.pid
  total=0
  waited=0
  while [ ! -d $d/decided ]; do
    if [ -f $d/rc ]; then
      if ! complete; then
        last=$(tail -n 1 $d/journal)
        case $last in
        start*) last="${last#start } did not end" ;;
        esac
        back "step $last"
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
}

case $1 in
arm)
  if [ ! -d $d ]; then
    if ! mkdir $lock 2>/dev/null; then
      echo "taken by $(cat $lock/id 2>/dev/null)"
      exit 0
    fi
    echo "@ID@" >$lock/id
    sweep
    mkdir $d
    : >$d/journal
    echo "$(date +%s) $window $cap $from" >$d/armed
    say running
    sh $self go </dev/null >/dev/null 2>&1 &
  fi
  echo armed
  ;;
go) go ;;
confirm)
  client=${SSH_CONNECTION%% *}
  client=${client#::ffff:}
  if [ -n "$from" ] && [ "${client%%%*}" != "$from" ] && [ ! -d $d/decided ]; then
    echo "elsewhere $from"
    exit 0
  fi
  if complete && decide; then
    : >$d/kept
    release
  fi
  tell
  ;;
saved)
  [ ! -f $d/kept ] || : >$d/saved
  ;;
back)
  back "asked to"
  tell
  ;;
state) tell ;;
clean)
  release
  away $d
  rm -f $self
  ;;
esac
"#;
