//! A real SMTP server (aiosmtpd) on a free port of the loopback.
//!
//! Which failure it plays is decided by the recipient's address, so that the same failures can
//! be had by hand:
//!
//! | recipient | what happens |
//! | --- | --- |
//! | `anything-550@…` (421, 450, 451, 452, 550, 552, 553, 554) | `RCPT TO` is answered with that code |
//! | `data-550@…` (same codes) | the recipient is taken, the message is answered with that code |
//! | `silent@…` | the message is taken and stored, then the connection drops without an answer |
//! | anyone else | the message is taken |

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde::Deserialize;

use crate::{eventually, repository};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/smtp_server.py");

/// How clients must encrypt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Plain text alone is offered.
    #[default]
    None,
    /// Mail is refused before `STARTTLS`.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

/// How the server is set up.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How clients must encrypt.
    pub tls: Tls,
    /// User and password every client must give.
    pub credentials: Option<(String, String)>,
}

/// A running server; it ends when this value is dropped.
#[derive(Debug)]
pub struct SmtpServer {
    port: u16,
    authority: Option<String>,
    mails: Arc<Mutex<Vec<Mail>>>,
    process: Child,
    stdin: Option<ChildStdin>,
}

/// A message as the server took it, read by Python's `email` package.
#[derive(Clone, Debug, Deserialize)]
pub struct Mail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    headers: Vec<(String, String)>,
    /// The plain-text part.
    pub plain: Option<String>,
    /// The HTML part.
    pub html: Option<String>,
    /// Whether the message came over TLS.
    pub encrypted: bool,
    /// Who had logged in.
    pub user: Option<String>,
}

impl Mail {
    /// The decoded header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(found, _): &&(String, String)| found.eq_ignore_ascii_case(name);
        self.headers.iter().find(same).map(|(_, value)| value.as_str())
    }

    /// The decoded subject; empty when there is none.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.header("Subject").unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Ready {
    port: u16,
    authority: Option<String>,
}

impl SmtpServer {
    /// A server without encryption that asks for no password.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&Options::default())
    }

    /// A server set up as told. Blocks until it listens.
    #[must_use]
    pub fn start_with(options: &Options) -> Self {
        let tls = match options.tls {
            Tls::None => "none",
            Tls::StartTls => "starttls",
            Tls::Implicit => "tls",
        };
        let mut command = Command::new(repository::python());
        command.args([SCRIPT, "--tls", tls]);
        if let Some((user, password)) = &options.credentials {
            command.args(["--user", user, "--password", password]);
        }
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the Python of .tools/venv starts");
        let stdin = process.stdin.take();
        let mut stdout = BufReader::new(process.stdout.take().expect("stdout is piped"));

        let mut line = String::new();
        stdout.read_line(&mut line).expect("the server says that it is ready");
        let ready: Ready = serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!("the SMTP server did not start; is .tools/venv complete? Make it anew with: ./kabinet tools")
        });
        let mails = Arc::default();
        collect(stdout, Arc::clone(&mails));
        Self { port: ready.port, authority: ready.authority, mails, process, stdin }
    }

    /// Where it listens on 127.0.0.1. With TLS, connect to the name `localhost`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate (PEM) of the authority that vouches for the server, with TLS.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Everything taken so far, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().expect("nobody panics with the lock").clone()
    }

    /// The first message to `address`; waits for it.
    pub async fn mail_to(&self, address: &str) -> Mail {
        let what = format!("mail to {address}");
        eventually(&what, || async { self.mails().into_iter().find(|mail| mail.to.iter().any(|to| to == address)) })
            .await
    }

    /// How many messages each recipient got.
    #[must_use]
    pub fn counts(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for recipient in self.mails().into_iter().flat_map(|mail| mail.to) {
            *counts.entry(recipient).or_default() += 1;
        }
        counts
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // Closing its input ended it; this only takes its exit status.
        drop(self.process.wait());
    }
}

fn collect(stdout: BufReader<ChildStdout>, mails: Arc<Mutex<Vec<Mail>>>) {
    std::thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            let mail = serde_json::from_str(&line).expect("the server writes mails as JSON");
            mails.lock().expect("nobody panics with the lock").push(mail);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpStream;

    use super::{Options, SmtpServer, Tls};

    #[tokio::test]
    async fn takes_mail_and_refuses_by_address() {
        let server = SmtpServer::start();
        let stream = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
        let mut answers = BufReader::new(stream.try_clone().expect("a second handle")).lines();
        let mut ask = |line: &str, code: &str| {
            (&stream).write_all(format!("{line}\r\n").as_bytes()).expect("it reads");
            let answer = answers.next().expect("it answers").expect("text");
            assert!(answer.starts_with(code), "{line}: {answer}");
        };
        // The first answer is the greeting, so the answers stand one line behind.
        ask("HELO client.test", "220");
        ask("MAIL FROM:<panel@example.test>", "250");
        ask("RCPT TO:<nobody-550@example.test>", "250");
        ask("RCPT TO:<anna@example.test>", "550");
        ask("DATA", "250");
        ask("Subject: =?utf-8?b?0J/RgNC40LLQtdGC?=\r\n\r\nhello\r\n.", "354");
        let mail = server.mail_to("anna@example.test").await;
        assert_eq!((mail.subject(), mail.plain.as_deref()), ("Привет", Some("hello\n")));
        assert_eq!(server.counts().len(), 1);
    }

    #[test]
    fn tells_the_authority_behind_its_certificate() {
        let server = SmtpServer::start_with(&Options { tls: Tls::Implicit, ..Options::default() });
        assert!(server.authority().expect("with TLS").contains("BEGIN CERTIFICATE"));
    }
}
