//! The one error type at the HTTP edge: RFC 9457 problem details.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kabinet_records::RecordError;
use serde::Serialize;
use utoipa::ToSchema;

pub type ApiResult<T> = Result<T, Problem>;

tokio::task_local! {
    /// The id of the request that is being answered; set by the request-id layer.
    pub(crate) static REQUEST_ID: String;
}

/// What went wrong, for programs (`code`, `errors`) and for people (`title`, `detail`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: &'static str,
    pub title: String,
    pub status: u16,
    /// What failed and what to do about it.
    pub detail: String,
    /// Stable name of the problem.
    pub code: String,
    /// Quote this when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Members that only some problems have.
    #[serde(flatten, skip_serializing_if = "serde_json::Map::is_empty")]
    #[schema(value_type = Object)]
    pub extra: serde_json::Map<String, serde_json::Value>,
    #[serde(skip)]
    pub retry_after_seconds: Option<u64>,
}

/// One field at fault. `pointer` is a JSON pointer (RFC 6901) into the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    pub pointer: String,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Problem {
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.to_owned(),
            request_id: None,
            errors: Vec::new(),
            extra: serde_json::Map::new(),
            retry_after_seconds: None,
        }
    }

    /// 400: the request cannot be understood.
    pub fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 401: nobody is signed in, or the key is wrong.
    pub fn unauthenticated(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    /// 403: signed in, but not allowed.
    pub fn forbidden(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404: nothing of that name here.
    pub fn not_found(what: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what}."))
    }

    /// 409: somebody else was faster, or the thing is in another state.
    pub fn conflict(code: &str, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422: understood, but some fields are wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Problem {
        let detail = match errors.as_slice() {
            [only] if only.pointer.is_empty() => only.detail.clone(),
            [only] => format!("{}: {}", only.pointer, only.detail),
            many => format!("{} fields are wrong; see errors.", many.len()),
        };
        Problem { errors, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail) }
    }

    /// 422 about one field.
    pub fn invalid_field(pointer: &str, detail: impl Into<String>) -> Problem {
        Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), detail: detail.into(), code: None }])
    }

    /// 413: more than the door takes.
    pub fn too_large(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// 429: too fast; try again after `seconds`.
    pub fn too_many(detail: impl Into<String>, seconds: u64) -> Problem {
        Problem {
            retry_after_seconds: Some(seconds),
            ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
        }
    }

    /// 503: try again after `seconds`.
    pub fn unavailable(detail: impl Into<String>, seconds: u64) -> Problem {
        Problem {
            retry_after_seconds: Some(seconds),
            ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
        }
    }

    /// 503: the question was stopped at its time limit.
    pub fn too_slow() -> Problem {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_slow",
            "This took too long and was stopped. Narrow the filter or the search, or sort by another column.",
        )
    }

    /// 507: the disk is full; reads go on.
    pub fn disk_full() -> Problem {
        Problem {
            retry_after_seconds: Some(10),
            ..Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "disk_full",
                "The disk is full. Nothing of this request was stored; send it again when there is space.",
            )
        }
    }

    /// 500: our fault. The cause is logged once, here, and never told to the caller.
    pub fn internal(cause: impl std::fmt::Display) -> Problem {
        tracing::error!(%cause, "request failed");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something failed on our side. The log has the reason under the request id.",
        )
    }

    /// Adds a member that only this problem has.
    pub fn with(mut self, key: &str, value: impl Into<serde_json::Value>) -> Problem {
        self.extra.insert(key.to_owned(), value.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        self.request_id = REQUEST_ID.try_with(Clone::clone).ok();
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after_seconds;
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Problem {
        match error {
            RecordError::Duplicate { constraint } => {
                Problem::conflict("duplicate", format!("There is one with the same {constraint} already."))
            }
            RecordError::MissingReference { constraint } => Problem::conflict(
                "missing_reference",
                format!("It refers to something that does not exist ({constraint})."),
            ),
            RecordError::DiskFull => Problem::disk_full(),
            RecordError::TooSlow => Problem::too_slow(),
            RecordError::Unavailable(cause) => {
                tracing::error!(%cause, "the database is not available");
                Problem::unavailable("The database does not answer. Try again in a moment.", 5)
            }
            other => Problem::internal(other),
        }
    }
}

impl From<kabinet_events::StoreError> for Problem {
    fn from(error: kabinet_events::StoreError) -> Problem {
        match error {
            kabinet_events::StoreError::DiskFull { .. } => Problem::disk_full(),
            kabinet_events::StoreError::Closed => {
                Problem::unavailable("Kabinet is being stopped. Send it again in a moment.", 5)
            }
            // Only a restart helps; until then senders keep what they have.
            poisoned @ kabinet_events::StoreError::Poisoned { .. } => {
                tracing::error!(cause = %poisoned, "the event store accepts nothing");
                Problem::unavailable("The event store must be restarted. Send it again later.", 30)
            }
            other => Problem::internal(other),
        }
    }
}
