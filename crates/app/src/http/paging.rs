//! Keyset paging with opaque cursors.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiResult, Problem};

/// `limit` and `cursor` of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct PageQuery {
    /// Rows a page, 1 to 200; 50 when unset.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    pub fn limit(&self) -> ApiResult<u64> {
        match self.limit.unwrap_or(50) {
            limit @ 1..=200 => Ok(limit.into()),
            other => Err(Problem::malformed(format!("limit must be between 1 and 200, not {other}."))),
        }
    }

    /// The position the page starts after. `list` names the list with its sort and filter; a cursor of another one is refused.
    pub fn position(&self, list: &str) -> ApiResult<Option<Vec<serde_json::Value>>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| damaged())?;
        let cursor: Cursor = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if cursor.list != fingerprint(list) {
            return Err(Problem {
                code: "cursor_mismatch".into(),
                ..Problem::malformed("This cursor belongs to another sort or filter; start again without it.")
            });
        }
        Ok(Some(cursor.position))
    }
}

/// 400: the cursor was not made by us, or was cut.
pub fn damaged() -> Problem {
    Problem { code: "cursor_damaged".into(), ..Problem::malformed("The cursor is damaged; start again without it.") }
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    #[serde(rename = "l")]
    list: String,
    #[serde(rename = "p")]
    position: Vec<serde_json::Value>,
}

fn fingerprint(list: &str) -> String {
    hex::encode(&Sha256::digest(list.as_bytes())[..6])
}

/// A cursor for the row after which the next page starts.
pub fn cursor(list: &str, position: Vec<serde_json::Value>) -> String {
    let cursor = Cursor { list: fingerprint(list), position };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).expect("JSON values serialise"))
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub data: Vec<T>,
    /// Send as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// Number of all rows; only when `count=exact` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// Cuts a page from up to `limit + 1` rows; the surplus row tells that there is a next page.
    pub fn cut(mut rows: Vec<T>, limit: u64, list: &str, position: impl Fn(&T) -> Vec<serde_json::Value>) -> Page<T> {
        let more = rows.len() as u64 > limit;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|last| cursor(list, position(last)));
        Page { data: rows, next_cursor, total: None }
    }

    /// The same page with its rows in another form.
    pub fn map<U>(self, form: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(form).collect(), next_cursor: self.next_cursor, total: self.total }
    }
}
