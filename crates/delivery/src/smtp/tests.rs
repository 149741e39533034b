use kabinet_testing::smtp::{Options, SmtpServer, Tls};

use super::{InvalidSettings, Mail, Mailer, Security, Settings};
use crate::{Outcome, Refusal, Secret};

fn settings(server: &SmtpServer) -> Settings {
    Settings {
        host: "localhost".into(),
        port: server.port(),
        security: Security::None,
        login: None,
        from: "Панель <panel@kabinet.test>".into(),
        reply_to: Some("help@kabinet.test".into()),
        authority: server.authority().map(str::to_owned),
    }
}

fn mailer(settings: Settings) -> Mailer {
    Mailer::new(settings).expect("valid settings")
}

fn mail_to(to: &str) -> Mail {
    Mail {
        id: "entry-1".into(),
        to: to.into(),
        subject: "Красная тревога".into(),
        plain: "Ключ API не работает".into(),
        html: Some("<p>Ключ <b>API</b> не работает</p>".into()),
    }
}

#[tokio::test]
async fn a_message_arrives_with_both_texts() {
    let server = SmtpServer::start();
    let mailer = mailer(settings(&server));
    let outcome = mailer.send(&mail_to("Анна <anna@example.test>")).await;
    assert_eq!(outcome, Outcome::Delivered { reference: "<entry-1@kabinet.test>".into() });

    let mail = server.mail_to("anna@example.test").await;
    assert_eq!(mail.subject(), "Красная тревога");
    assert_eq!(mail.header("From"), Some("Панель <panel@kabinet.test>"));
    assert_eq!(mail.header("Reply-To"), Some("help@kabinet.test"));
    assert_eq!(mail.header("Message-ID"), Some("<entry-1@kabinet.test>"));
    assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
    assert_eq!(mail.plain.expect("plain text").trim_end(), "Ключ API не работает");
    assert_eq!(mail.html.expect("HTML").trim_end(), "<p>Ключ <b>API</b> не работает</p>");
}

#[tokio::test]
async fn one_connection_serves_many_messages_and_survives_refusals() {
    let server = SmtpServer::start();
    let mailer = mailer(settings(&server));
    for to in ["a@example.test", "b-550@example.test", "c@example.test"] {
        mailer.send(&mail_to(to)).await;
    }
    server.mail_to("c@example.test").await;
    let counts = server.counts();
    assert_eq!((counts.len(), counts["a@example.test"], counts["c@example.test"]), (2, 1, 1));
}

#[tokio::test]
async fn refusals_for_now_and_for_good_are_told_apart() {
    let server = SmtpServer::start();
    let mailer = mailer(settings(&server));
    let refusal = |outcome: Outcome| match outcome {
        Outcome::Refused { refusal, .. } => Some(refusal),
        _ => None,
    };
    let unknown = mailer.send(&mail_to("gone-550@example.test")).await;
    assert!(unknown.detail().contains("User unknown"), "{unknown}");
    assert_eq!(refusal(unknown), Some(Refusal::NoSuchRecipient));
    assert_eq!(refusal(mailer.send(&mail_to("data-554@example.test")).await), Some(Refusal::Content));
    assert_eq!(refusal(mailer.send(&mail_to("no address")).await), Some(Refusal::NoSuchRecipient));
    for to in ["grey-450@example.test", "data-451@example.test"] {
        let later = mailer.send(&mail_to(to)).await;
        assert!(matches!(later, Outcome::Later { .. }), "{to}: {later}");
    }
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_connection_lost_before_the_answer_leaves_it_uncertain() {
    let server = SmtpServer::start();
    let mailer = mailer(settings(&server));
    let outcome = mailer.send(&mail_to("silent@example.test")).await;
    assert!(matches!(outcome, Outcome::Uncertain { .. }), "{outcome}");
    assert_eq!(server.mail_to("silent@example.test").await.subject(), "Красная тревога");
}

#[tokio::test]
async fn a_server_that_is_not_there_means_later() {
    let mut settings = settings(&SmtpServer::start());
    settings.authority = None;
    let outcome = mailer(settings).send(&mail_to("anna@example.test")).await;
    assert!(matches!(outcome, Outcome::Later { .. }), "{outcome}");
}

#[tokio::test]
async fn encrypted_with_starttls_and_with_tls() {
    for (offered, security) in [(Tls::StartTls, Security::StartTls), (Tls::Implicit, Security::Tls)] {
        let server = SmtpServer::start_with(&Options { tls: offered, credentials: None });
        let settings = Settings { security, ..settings(&server) };
        let outcome = mailer(settings.clone()).send(&mail_to("anna@example.test")).await;
        assert!(matches!(outcome, Outcome::Delivered { .. }), "{security:?}: {outcome}");
        assert!(server.mail_to("anna@example.test").await.encrypted);

        let stranger = Settings { authority: None, ..settings };
        let outcome = mailer(stranger).send(&mail_to("eve@example.test")).await;
        assert!(!matches!(outcome, Outcome::Delivered { .. } | Outcome::Uncertain { .. }), "{security:?}: {outcome}");
        assert_eq!(server.mails().len(), 1);
    }
}

#[tokio::test]
async fn nothing_leaves_unencrypted_when_starttls_is_demanded() {
    let server = SmtpServer::start();
    let settings = Settings { security: Security::StartTls, ..settings(&server) };
    let outcome = mailer(settings).send(&mail_to("anna@example.test")).await;
    assert!(matches!(outcome, Outcome::Misconfigured { .. }), "{outcome}");
    assert!(outcome.detail().contains("STARTTLS"));
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn the_password_is_used_and_never_shown() {
    let credentials = Some(("panel".to_owned(), "s3cret-pass".to_owned()));
    let server = SmtpServer::start_with(&Options { tls: Tls::None, credentials });
    let login = |password: &str| Settings { login: Some(("panel".into(), Secret::new(password))), ..settings(&server) };
    let right = mailer(login("s3cret-pass"));
    assert!(!format!("{right:?}").contains("s3cret-pass"));
    assert!(matches!(right.check().await, Outcome::Delivered { .. }));
    assert!(server.mails().is_empty(), "a check sends nothing");
    right.send(&mail_to("anna@example.test")).await;
    assert_eq!(server.mail_to("anna@example.test").await.user.as_deref(), Some("panel"));

    let outcome = mailer(login("wr0ng-pass")).check().await;
    assert!(matches!(outcome, Outcome::Misconfigured { .. }), "{outcome}");
    assert!(!format!("{outcome:?}").contains("wr0ng-pass"));
    let outcome = mailer(settings(&server)).send(&mail_to("anna@example.test")).await;
    assert!(matches!(outcome, Outcome::Misconfigured { .. }), "without a login: {outcome}");
}

#[tokio::test]
async fn text_cannot_add_headers_or_end_the_message() {
    let server = SmtpServer::start();
    let mail = Mail {
        subject: "Hello\r\nBcc: eve@example.test".into(),
        plain: "one\r\n.\r\nMAIL FROM:<eve@example.test>\r\n".into(),
        html: None,
        ..mail_to("anna@example.test")
    };
    mailer(settings(&server)).send(&mail).await;
    let received = server.mail_to("anna@example.test").await;
    assert_eq!(received.header("Bcc"), None);
    assert_eq!(received.subject(), "Hello  Bcc: eve@example.test");
    assert_eq!(received.plain.expect("plain text").trim_end(), "one\n.\nMAIL FROM:<eve@example.test>");
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn settings_are_checked_at_once() {
    let settings = Settings {
        host: "localhost".into(),
        port: 25,
        security: Security::None,
        login: None,
        from: "nobody".into(),
        reply_to: None,
        authority: None,
    };
    let problem = Mailer::new(settings).expect_err("no address");
    assert!(matches!(problem, InvalidSettings::Address { field: "from", .. }), "{problem}");
}
