use std::time::Duration;

use kabinet_testing::telegram::{
    ALWAYS_BUSY, BLOCKED, BROKEN, BUSY_ONCE, DEACTIVATED, KICKED, NOT_FOUND, SILENT, TOKEN, TelegramServer, UPGRADED,
    UPGRADED_TO,
};

use super::{Bot, InvalidSettings, OFFICIAL_BASE_URL, escape};
use crate::{Outcome, Refusal, Secret};

const WRONG_TOKEN: &str = "7000000001:AAHwrongwrongwrongwrongwrongwrong";

fn bot(server: &TelegramServer) -> Bot {
    Bot::new(TOKEN, server.base_url()).expect("valid settings")
}

async fn send(bot: &Bot, chat: i64) -> Outcome {
    bot.send_message(&chat.to_string(), "<b>Alert</b>").await
}

#[tokio::test]
async fn a_message_arrives() {
    let server = TelegramServer::start().await;
    let bot = bot(&server);
    let text = format!("<b>{}</b>", escape("Анна <script> & Co"));
    let outcome = bot.send_message("-1001", &text).await;
    assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome}");
    assert_eq!(server.message_to("-1001").await, "<b>Анна &lt;script&gt; &amp; Co</b>");
    let outcome = bot.send_photo("@staff", vec![1, 2, 3], "caption").await;
    assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome}");
    assert_eq!(server.taken("sendPhoto", "@staff")[0].parameters["photo"]["bytes"], 3);
}

#[tokio::test]
async fn every_answer_has_its_outcome() {
    let server = TelegramServer::start().await;
    let bot = bot(&server);
    let refusals = [
        (NOT_FOUND, Refusal::NoSuchRecipient),
        (BLOCKED, Refusal::Blocked),
        (KICKED, Refusal::Blocked),
        (DEACTIVATED, Refusal::Blocked),
        (UPGRADED, Refusal::MovedTo(UPGRADED_TO)),
    ];
    for (chat, expected) in refusals {
        let outcome = send(&bot, chat).await;
        assert!(matches!(outcome, Outcome::Refused { refusal, .. } if refusal == expected), "{chat}: {outcome}");
    }
    let outcome = bot.send_message("5", "<b>unclosed").await;
    assert!(matches!(outcome, Outcome::Refused { refusal: Refusal::Content, .. }), "{outcome}");
    for chat in [SILENT, BROKEN] {
        let outcome = send(&bot, chat).await;
        assert!(matches!(outcome, Outcome::Uncertain { .. }), "{chat}: {outcome}");
    }
}

#[tokio::test]
async fn a_busy_server_is_left_alone_as_long_as_it_asks() {
    let server = TelegramServer::start().await;
    let bot = bot(&server);
    let outcome = send(&bot, ALWAYS_BUSY).await;
    assert!(
        matches!(&outcome, Outcome::Later { after: Some(after), .. } if *after == Duration::from_secs(30)),
        "{outcome}"
    );
    let calls = server.calls().len();
    assert!(matches!(send(&bot, ALWAYS_BUSY).await, Outcome::Later { after: Some(_), .. }));
    assert_eq!(server.calls().len(), calls, "the second message did not even try");

    assert!(matches!(send(&bot, BUSY_ONCE).await, Outcome::Later { .. }));
    let outcome = send(&bot, BUSY_ONCE).await;
    assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome}");
}

#[tokio::test]
async fn the_token_is_never_shown() {
    let server = TelegramServer::start().await;
    let wrong = Bot::new(WRONG_TOKEN, server.base_url()).expect("valid settings");
    let outcome = wrong.get_me().await.expect_err("a wrong token");
    assert!(matches!(outcome, Outcome::Misconfigured { .. }), "{outcome}");
    let base_url = server.base_url().to_owned();
    drop(server);

    let gone = Bot::new(WRONG_TOKEN, &base_url).expect("valid settings");
    let unreachable = gone.get_me().await.expect_err("nobody listens");
    assert!(matches!(unreachable, Outcome::Later { .. } | Outcome::Uncertain { .. }), "{unreachable}");
    for shown in [format!("{wrong:?}"), format!("{outcome:?}"), format!("{unreachable:?}")] {
        assert!(!shown.contains("AAHwrong"), "{shown}");
    }
}

#[tokio::test]
async fn names_its_bot_and_its_chats() {
    let server = TelegramServer::start().await;
    let bot = bot(&server);
    assert_eq!(bot.get_me().await.expect("the right token").username, "kabinet_test_bot");
    let chat = bot.get_chat("-1001").await.expect("a known chat");
    assert_eq!((chat.id, chat.kind.as_str(), chat.title.as_deref()), (-1001, "supergroup", Some("Staff")));
    assert!(bot.get_chat(&NOT_FOUND.to_string()).await.is_err());
    bot.set_webhook("https://panel.example.test/hook", &Secret::new("abc")).await.expect("an HTTPS address");
    bot.delete_webhook().await.expect("there is one");
    assert!(bot.set_webhook("http://panel.example.test/hook", &Secret::new("abc")).await.is_err());
}

#[test]
fn settings_are_checked_at_once() {
    for token in ["", "123", "abc:def", "1:short", "1:AAHtest/../../getMe?AAAAAAAAAAAAAAAAAAA"] {
        assert!(matches!(Bot::new(token, OFFICIAL_BASE_URL), Err(InvalidSettings::Token)), "{token}");
    }
    for base in ["", "telegram", "file:///etc", "https://user:pass@host", "https://host/?a=b"] {
        assert!(matches!(Bot::new(TOKEN, base), Err(InvalidSettings::BaseUrl)), "{base}");
    }
}
