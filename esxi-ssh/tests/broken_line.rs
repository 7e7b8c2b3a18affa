//! Lines that break and lines that fall silent.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::line::{Line, Mode};
use common::{Sshd, eventually, sshd_is_there};
use esxi_ssh::{ConnectError, ConnectOptions, Session, Stage, Target, Transport, TransportError};

/// An sshd behind a line, and options that know it by the line's address.
async fn behind_a_line() -> (Sshd, Line, Target, ConnectOptions) {
    let sshd = Sshd::start("");
    let line = Line::to(sshd.address).await;
    let mut options = sshd.with_key("ecdsa");
    let target = Target::new(&sshd.user, "127.0.0.1", line.address.port()).unwrap();
    options.host_keys = esxi_ssh::HostKeyPolicy::Pinned(sshd.host_key("ecdsa").parse().unwrap());
    options.keepalive = None;
    (sshd, line, target, options)
}

/// A command that has begun when its file is there, and does not end by itself.
fn endless(sshd: &Sshd) -> (String, std::path::PathBuf) {
    let begun = sshd.path("begun");
    (format!("touch {}; exec sleep 1000", begun.display()), begun)
}

#[tokio::test]
async fn a_cut_line_is_lost() {
    if !sshd_is_there() {
        return;
    }
    let (sshd, line, target, options) = behind_a_line().await;
    let mut session = Session::connect(&target, &options).await.unwrap();
    let (command, begun) = endless(&sshd);
    let cut = async {
        eventually("the command", || begun.exists()).await;
        line.set(Mode::Cut);
    };
    let (result, ()) = tokio::join!(session.exec(&command, b""), cut);
    assert!(matches!(result, Err(TransportError::Lost { .. })), "{result:?}");
    assert!(session.is_closed());
    let again = session.exec("true", b"").await;
    assert!(matches!(again, Err(TransportError::Lost { .. })), "{again:?}");
}

#[tokio::test]
async fn a_frozen_line_is_mute_by_missing_signs_of_life() {
    if !sshd_is_there() {
        return;
    }
    let (sshd, line, target, mut options) = behind_a_line().await;
    options.keepalive = Some(Duration::from_millis(200));
    let mut session = Session::connect(&target, &options).await.unwrap();
    let (command, begun) = endless(&sshd);
    let freeze = async {
        eventually("the command", || begun.exists()).await;
        line.set(Mode::Frozen);
    };
    let (result, ()) = tokio::join!(session.exec(&command, b""), freeze);
    assert!(
        matches!(result, Err(TransportError::Mute { after, .. }) if after == Duration::from_millis(600)),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_slow_command_is_mute_by_its_time_and_the_session_stays() {
    if !sshd_is_there() {
        return;
    }
    let (_sshd, line, target, options) = behind_a_line().await;
    let mut session = Session::connect(&target, &options).await.unwrap();
    let wait = Duration::from_millis(300);
    session.set_exec_timeout(wait);
    let result = session.exec("exec sleep 1000", b"").await;
    assert!(matches!(result, Err(TransportError::Mute { after, .. }) if after == wait), "{result:?}");
    session.set_exec_timeout(Duration::from_secs(60));
    assert_eq!(session.exec("printf ok", b"").await.unwrap().stdout, b"ok");
    // A line that freezes and thaws again loses nothing.
    line.set(Mode::Frozen);
    let thaw = async {
        tokio::task::yield_now().await;
        line.set(Mode::Open);
    };
    let (result, ()) = tokio::join!(session.exec("printf thawed", b""), thaw);
    assert_eq!(result.unwrap().stdout, b"thawed");
}

#[tokio::test]
async fn a_line_frozen_from_the_start_is_mute_in_the_handshake() {
    if !sshd_is_there() {
        return;
    }
    let (_sshd, line, target, mut options) = behind_a_line().await;
    line.set(Mode::Frozen);
    options.connect_timeout = Duration::from_millis(300);
    let error = Session::connect(&target, &options).await.unwrap_err();
    assert!(matches!(error, ConnectError::Mute { stage: Stage::Handshake, .. }), "{error:?}");
    assert!(error.is_transient());
}

/// Sends until the line has carried part of a file, then does this to it.
async fn interrupted_upload(mode: Mode) {
    let (sshd, line, target, mut options) = behind_a_line().await;
    options.keepalive = Some(Duration::from_millis(200));
    let file = sshd.path("kept");
    std::fs::write(&file, "as it was").unwrap();
    let mut session = Session::connect(&target, &options).await.unwrap();
    let bytes = vec![7u8; 64 * 1024 * 1024];
    let break_it = async {
        line.carried(1024 * 1024).await;
        line.set(mode);
    };
    let (result, ()) = tokio::join!(session.upload(file.to_str().unwrap(), &bytes, 0o644), break_it);
    match mode {
        Mode::Cut => assert!(matches!(result, Err(TransportError::Lost { .. })), "{result:?}"),
        _ => assert!(matches!(result, Err(TransportError::Mute { .. })), "{result:?}"),
    }
    drop(session);
    line.set(Mode::Cut);
    // The host's shell sees its input end and cleans up behind itself.
    let part = || {
        std::fs::read_dir(sshd.dir.path())
            .unwrap()
            .any(|entry| entry.unwrap().file_name().to_string_lossy().ends_with(".part"))
    };
    eventually("the removal of the half file", || !part()).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "as it was");
}

#[tokio::test]
async fn an_upload_over_a_cut_line_leaves_the_file_as_it_was() {
    if sshd_is_there() {
        interrupted_upload(Mode::Cut).await;
    }
}

#[tokio::test]
async fn an_upload_over_a_frozen_line_leaves_the_file_as_it_was() {
    if sshd_is_there() {
        interrupted_upload(Mode::Frozen).await;
    }
}
