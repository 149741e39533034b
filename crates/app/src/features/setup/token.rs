use kabinet_records::{RecordError, Transaction, sql};

use crate::App;
use crate::features::staff;
use crate::http::error::ApiResult;
use crate::secrets::{Token, token_hash};

/// Makes the token for the first run and returns the link to open; `None` when there is staff. A token from an earlier start dies.
pub async fn renew_token(app: &App) -> ApiResult<Option<String>> {
    let transaction = app.control.begin().await?;
    staff::lock(&transaction).await?;
    if !staff::is_empty(&transaction).await? {
        return Ok(None);
    }
    let token = Token::fresh();
    sql::run(&transaction, "DELETE FROM setup_token", vec![]).await?;
    let insert = "INSERT INTO setup_token (token_hash, created_at) VALUES ($1, $2)";
    sql::run(&transaction, insert, vec![token.hash.into(), app.clock.now_ms().into()]).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(Some(format!("{}/setup?token={}", app.config.public_url.trim_end_matches('/'), token.text)))
}

/// Uses the token up; false when it is not the one.
pub(super) async fn take(transaction: &Transaction, text: &str) -> Result<bool, RecordError> {
    let delete = "DELETE FROM setup_token WHERE token_hash = $1";
    Ok(sql::run(transaction, delete, vec![token_hash(text).into()]).await? == 1)
}
