//! The doors a product uses, over HTTP, with the demo's own keys.

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value;

/// Where to send, and as whom.
#[derive(Clone)]
pub struct Doors {
    http: reqwest::Client,
    url: String,
    pub write_key: String,
    pub secret_key: String,
}

/// What became of a batch of events.
#[derive(Debug, Default, Deserialize)]
pub struct BatchAnswer {
    pub accepted: usize,
    refused: usize,
    items: Vec<Value>,
}

#[derive(Deserialize)]
struct RecordsAnswer {
    refused: usize,
    items: Vec<Value>,
}

impl Doors {
    pub fn new(url: String, write_key: String, secret_key: String) -> Doors {
        Doors { http: reqwest::Client::new(), url, write_key, secret_key }
    }

    /// Upserts records of a kind. None may be refused: the demo sends what it knows to be right.
    pub async fn records(&self, kind: &str, items: &[Value]) -> anyhow::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let path = format!("/api/v1/replies/records/{kind}");
        let answer: RecordsAnswer = self.post(&path, &self.secret_key, serde_json::to_vec(items)?).await?;
        match answer.items.first() {
            Some(first) => bail!("{} of the {kind} records were refused: {first}", answer.refused),
            None => Ok(()),
        }
    }

    /// Sends events to Kabinet's own door as the product's server.
    pub async fn events(&self, items: Vec<u8>) -> anyhow::Result<BatchAnswer> {
        let answer: BatchAnswer = self.post("/api/v1/replies/events", &self.secret_key, items).await?;
        if answer.refused > 0 {
            let refused = answer.items.iter().find(|item| item["outcome"] == "refused");
            bail!("{} events were refused: {}", answer.refused, refused.unwrap_or(&Value::Null));
        }
        Ok(answer)
    }

    async fn post<T: for<'a> Deserialize<'a>>(&self, path: &str, key: &str, body: Vec<u8>) -> anyhow::Result<T> {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(key);
        let answer = request.header("content-type", "application/json").body(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            bail!("{path} answered {status}: {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("{path} answered {text}"))
    }

    /// Sends one body to any door as a page or an app would, with the write key; whatever it answers is right.
    pub async fn tell(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.write_key);
        request.header("user-agent", "kabinet-demo").json(body).send().await?;
        Ok(())
    }
}
