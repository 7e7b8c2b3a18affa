//! Logins by password: every kind of question a host may ask, and no password sent twice.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::prompter::{PASSWORD, Prompter, Step};
use esxi_core::diag::codes;
use esxi_ssh::{AuthError, AuthMethod, ConnectError, Credentials, Session};
use russh::MethodKind::{KeyboardInteractive, Password, PublicKey};
use russh::keys::Algorithm;

const ASK: &[(&str, bool)] = &[("Password: ", false)];

fn right() -> Credentials {
    Credentials::none().password(PASSWORD)
}

async fn login(
    methods: &[russh::MethodKind],
    script: &[Step],
    credentials: Credentials,
) -> (Prompter, Result<AuthMethod, ConnectError>) {
    let host = Prompter::start(methods, script).await;
    let result = Session::connect(&host.target(), &host.options(credentials)).await;
    (host, result.map(|session| session.authenticated_by()))
}

#[tokio::test]
async fn one_question() {
    let (host, result) = login(&[KeyboardInteractive], &[Step::Ask(ASK), Step::Judge], right()).await;
    assert_eq!(result.unwrap(), AuthMethod::KeyboardInteractive);
    assert_eq!(host.passwords(), [PASSWORD]);
}

#[tokio::test]
async fn no_question_at_all() {
    let (host, result) = login(&[KeyboardInteractive], &[Step::Ask(&[]), Step::Accept], right()).await;
    assert_eq!(result.unwrap(), AuthMethod::KeyboardInteractive);
    assert!(host.passwords().is_empty());
    assert_eq!(host.log.lock().unwrap().answers, [Vec::<String>::new()]);
}

#[tokio::test]
async fn empty_question_lists_before_and_after() {
    let script = [Step::Ask(&[]), Step::Ask(ASK), Step::Ask(&[]), Step::Accept];
    let (host, result) = login(&[KeyboardInteractive], &script, right()).await;
    assert_eq!(result.unwrap(), AuthMethod::KeyboardInteractive);
    assert_eq!(host.passwords(), [PASSWORD]);
}

#[tokio::test]
async fn two_questions_at_once() {
    let twice = &[("(root@esx1) Password: ", false), ("Password for the console: ", false)];
    let (host, result) = login(&[KeyboardInteractive], &[Step::Ask(twice), Step::Judge], right()).await;
    assert_eq!(result.unwrap(), AuthMethod::KeyboardInteractive);
    assert_eq!(host.log.lock().unwrap().answers, [[PASSWORD, PASSWORD]]);
}

#[tokio::test]
async fn a_second_factor_is_not_answered_and_the_password_not_sent() {
    let factors = &[("Password: ", false), ("Verification code: ", false)];
    let (host, result) = login(&[KeyboardInteractive, Password], &[Step::Ask(factors)], right()).await;
    let error = result.unwrap_err();
    assert!(
        matches!(&error, ConnectError::Auth(AuthError::Question { prompt, after_password: false, .. })
            if prompt == "Verification code:"),
        "{error:?}"
    );
    assert!(host.passwords().is_empty());
}

#[tokio::test]
async fn a_prompt_that_shows_what_is_typed_gets_no_password() {
    let (host, result) =
        login(&[KeyboardInteractive, Password], &[Step::Ask(&[("Password: ", true)])], right()).await;
    assert!(matches!(result, Err(ConnectError::Auth(AuthError::Question { .. }))), "{result:?}");
    assert!(host.passwords().is_empty());
}

#[tokio::test]
async fn an_expired_password_is_not_typed_as_the_new_one() {
    let script = [Step::Ask(ASK), Step::Ask(&[("New password: ", false)])];
    let (host, result) = login(&[KeyboardInteractive], &script, right()).await;
    let error = result.unwrap_err();
    assert!(
        matches!(error, ConnectError::Auth(AuthError::Question { after_password: true, .. })),
        "{error:?}"
    );
    assert!(error.help().contains("expired"));
    assert_eq!(host.passwords(), [PASSWORD]);
}

#[tokio::test]
async fn the_password_method_where_nothing_else_is_offered() {
    let (host, result) = login(&[Password], &[], right()).await;
    assert_eq!(result.unwrap(), AuthMethod::Password);
    assert_eq!(host.passwords(), [PASSWORD]);
}

#[tokio::test]
async fn the_password_method_after_a_host_that_asked_nothing() {
    let (host, result) =
        login(&[KeyboardInteractive, Password], &[Step::Ask(&[]), Step::Refuse], right()).await;
    assert_eq!(result.unwrap(), AuthMethod::Password);
    assert_eq!(host.passwords(), [PASSWORD]);
}

#[tokio::test]
async fn a_key_and_then_the_password() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    common::keygen(&key, "ecdsa", "");
    let script = [Step::Then(KeyboardInteractive), Step::Ask(ASK), Step::Judge];
    let (host, result) = login(&[PublicKey], &script, right().key(&key)).await;
    assert_eq!(result.unwrap(), AuthMethod::KeyboardInteractive);
    assert_eq!(host.passwords(), [PASSWORD]);
}

#[tokio::test]
async fn the_password_and_then_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    common::keygen(&key, "ecdsa", "");
    let script = [Step::Ask(ASK), Step::Then(PublicKey), Step::Accept];
    let (host, result) = login(&[KeyboardInteractive], &script, right().key(&key)).await;
    assert_eq!(result.unwrap(), AuthMethod::KeyFile);
    assert_eq!(host.passwords(), [PASSWORD]);
}

#[tokio::test]
async fn a_password_that_is_accepted_but_not_enough_is_not_refused() {
    let script = [Step::Ask(ASK), Step::Then(PublicKey)];
    let host = Prompter::start(&[KeyboardInteractive], &script).await;
    let options = host.options(right());
    for attempts in 1..=2 {
        let error = Session::connect(&host.target(), &options).await.unwrap_err();
        assert!(
            matches!(&error, ConnectError::Auth(AuthError::Refused { offered, .. }) if offered == &["publickey"])
        );
        assert_eq!(host.passwords().len(), attempts);
    }
}

/// A refused password is seen once, however often a login is tried and whatever other method there is.
async fn refused_once(methods: &[russh::MethodKind], script: &[Step]) {
    let host = Prompter::start(methods, script).await;
    let options = host.options(Credentials::none().password("Wr0ng-secret"));
    for attempt in 0..4 {
        let error = Session::connect(&host.target(), &options).await.unwrap_err();
        let earlier = attempt > 0;
        assert!(
            matches!(&error, ConnectError::Auth(AuthError::PasswordRefused { earlier: e, .. }) if *e == earlier),
            "{error:?}"
        );
        assert_eq!(error.code(), codes::SSH_PASSWORD_REFUSED);
        assert!(!error.is_transient());
        let said = format!("{error} {error:?} {} {:?}", error.help(), error.to_diagnostic());
        assert!(!said.contains("Wr0ng-secret"), "{said}");
    }
    assert_eq!(host.passwords(), ["Wr0ng-secret"]);

    // Another password is another matter, and so is the same one once it has been set on the host.
    let mut other = options.clone();
    other.credentials = Credentials::none().password("An0ther-one");
    let _ = Session::connect(&host.target(), &other).await;
    assert_eq!(host.passwords(), ["Wr0ng-secret", "An0ther-one"]);
    options.refused_passwords.forget(&host.target());
    let _ = Session::connect(&host.target(), &options).await;
    assert_eq!(host.passwords().len(), 3);
}

#[tokio::test]
async fn refused_by_keyboard_interactive() {
    refused_once(&[KeyboardInteractive, Password], &[Step::Ask(ASK), Step::Judge]).await;
}

#[tokio::test]
async fn refused_by_the_password_method() {
    refused_once(&[Password], &[]).await;
}

#[tokio::test]
async fn refused_by_asking_again() {
    refused_once(&[KeyboardInteractive, Password], &[Step::Ask(ASK), Step::Ask(ASK), Step::Judge]).await;
}

#[tokio::test]
async fn refused_by_a_goodbye() {
    refused_once(&[KeyboardInteractive, Password], &[Step::Ask(ASK), Step::Goodbye]).await;
}

#[tokio::test]
async fn many_at_once_send_it_once() {
    let host = Prompter::start(&[KeyboardInteractive, Password], &[Step::Ask(ASK), Step::Judge]).await;
    let options = host.options(Credentials::none().password("Wr0ng-secret"));
    let attempts: Vec<_> = (0..8)
        .map(|_| {
            let (target, options) = (host.target(), options.clone());
            tokio::spawn(async move { Session::connect(&target, &options).await.map(|_| ()) })
        })
        .collect();
    for attempt in attempts {
        assert!(matches!(attempt.await.unwrap(), Err(ConnectError::Auth(AuthError::PasswordRefused { .. }))));
    }
    assert_eq!(host.log.lock().unwrap().connections, 8);
    assert_eq!(host.passwords(), ["Wr0ng-secret"]);
}

#[tokio::test]
async fn a_line_that_breaks_during_the_login_is_no_refusal_but_not_for_ever() {
    let host = Prompter::start(&[KeyboardInteractive], &[Step::Ask(ASK), Step::Drop]).await;
    let options = host.options(right());
    for _ in 0..2 {
        let error = Session::connect(&host.target(), &options).await.unwrap_err();
        assert!(matches!(error, ConnectError::HungUp { .. }), "{error:?}");
        assert!(error.is_transient());
    }
    let error = Session::connect(&host.target(), &options).await.unwrap_err();
    assert!(matches!(error, ConnectError::Auth(AuthError::PasswordRefused { earlier: true, .. })));
    assert_eq!(host.passwords().len(), 2);
}

#[tokio::test]
async fn without_anything_to_try() {
    let (host, result) = login(&[KeyboardInteractive], &[], Credentials::none()).await;
    let error = result.unwrap_err();
    assert!(error.to_string().contains("it offers keyboard-interactive"), "{error}");
    assert!(error.help().contains("password"));
    assert_eq!(host.log.lock().unwrap().connections, 1);
}

#[tokio::test]
async fn endless_empty_questions_end() {
    let script = vec![Step::Ask(&[]); 100];
    let (host, result) = login(&[KeyboardInteractive], &script, right()).await;
    assert!(matches!(result, Err(ConnectError::Auth(AuthError::Question { .. }))), "{result:?}");
    assert!(host.passwords().is_empty());
}

#[tokio::test]
async fn a_host_that_takes_sha1_signatures_only() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    common::keygen(&key, "rsa", "");
    let algorithms =
        [Algorithm::Ecdsa { curve: russh::keys::EcdsaCurve::NistP256 }, Algorithm::Rsa { hash: None }];
    let preferred = russh::Preferred { key: algorithms.to_vec().into(), ..russh::Preferred::default() };
    let host = Prompter::with(&[PublicKey], &[Step::Accept], preferred).await;
    let mut options = host.options(Credentials::none().key(&key));
    let error = Session::connect(&host.target(), &options).await.unwrap_err();
    assert!(error.to_string().contains("SHA-1 only"), "{error}");
    options.legacy = true;
    let session = Session::connect(&host.target(), &options).await.unwrap();
    assert_eq!(session.authenticated_by(), AuthMethod::KeyFile);
}

#[tokio::test]
async fn silence_after_the_password_is_no_refusal_but_not_for_ever() {
    let host = Prompter::start(&[KeyboardInteractive], &[Step::Ask(ASK), Step::Silence]).await;
    let mut options = host.options(right());
    options.auth_timeout = std::time::Duration::from_secs(1);
    for _ in 0..2 {
        let error = Session::connect(&host.target(), &options).await.unwrap_err();
        assert!(matches!(error, ConnectError::Mute { stage: esxi_ssh::Stage::Auth, .. }), "{error:?}");
    }
    let error = Session::connect(&host.target(), &options).await.unwrap_err();
    assert!(matches!(error, ConnectError::Auth(AuthError::PasswordRefused { earlier: true, .. })));
    assert_eq!(host.passwords().len(), 2);
}
