use axum::extract::Request;
use axum::extract::{FromRequestParts, State};
use kabinet_model::record::{RecordKind, RecordPatch};
use kabinet_records::RecordError;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, Upserted};
use crate::App;
use crate::features::doors::body::{self, Limits};
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, FieldError, Problem};
use crate::http::extract::{Json, Path, parse_json};

/// Items written in one transaction.
const CHUNK: usize = 1_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(send))
}

/// What became of the items.
#[derive(Default, Serialize, ToSchema)]
struct RecordsAnswer {
    created: usize,
    updated: usize,
    unchanged: usize,
    refused: usize,
    /// The refused ones.
    items: Vec<RefusedItem>,
}

#[derive(Serialize, ToSchema)]
struct RefusedItem {
    /// Place in the body, from 0.
    index: usize,
    /// The item's id, when it has one.
    id: Option<String>,
    errors: Vec<FieldError>,
}

/// Upsert records: a JSON array, or one object a line
///
/// Items are matched by their `id`. Members left out stay as they are, `null` clears, `traits` are merged. A refused item costs only itself.
#[utoipa::path(post, path = "/api/v1/{workspace}/records/{kind}", tag = "doors", params(("workspace" = String, Path), ("kind" = String, Path)),
    request_body = Vec<Object>, responses((status = 200, body = RecordsAnswer), (status = 422, body = Problem)), security(("staff" = ["records.write"])))]
async fn send(State(app): State<App>, request: Request) -> ApiResult<Json<RecordsAnswer>> {
    let (mut parts, body) = request.into_parts();
    let access = Allowed::<needs::RecordsWrite>::from_request_parts(&mut parts, &app).await?;
    let Path((_, kind)) = Path::<(String, String)>::from_request_parts(&mut parts, &app).await?;
    let kind: RecordKind = kind.parse().map_err(|error: kabinet_model::record::UnknownRecordKind| Problem {
        detail: error.to_string(),
        ..Problem::not_found("record kind")
    })?;
    let items = split(&body::read(body, Limits::SERVER).await?)?;
    let mut answer = RecordsAnswer::default();
    for (chunk_index, chunk) in items.chunks(CHUNK).enumerate() {
        take_chunk(&access, kind, chunk_index * CHUNK, chunk, &mut answer).await?;
    }
    access.workspace.records_changed.notify_one();
    if !items.is_empty() && answer.refused == items.len() {
        return Err(all_refused(answer));
    }
    Ok(Json(answer))
}

async fn take_chunk(
    access: &Allowed<needs::RecordsWrite>,
    kind: RecordKind,
    first: usize,
    items: &[Value],
    answer: &mut RecordsAnswer,
) -> ApiResult<()> {
    let mut patches = Vec::with_capacity(items.len());
    let mut places = Vec::with_capacity(items.len());
    for (offset, item) in items.iter().enumerate() {
        match RecordPatch::parse(kind, item) {
            Ok(patch) => {
                patches.push(patch);
                places.push(first + offset);
            }
            Err(faults) => refuse(answer, first + offset, item, faults),
        }
    }
    let workspace = &access.workspace;
    let transaction = workspace.records.begin().await?;
    let outcomes = store::upsert(&transaction, &patches, workspace.clock.now_ms()).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    for (place, outcome) in places.into_iter().zip(outcomes) {
        match outcome {
            Upserted::Created => answer.created += 1,
            Upserted::Updated => answer.updated += 1,
            Upserted::Unchanged => answer.unchanged += 1,
            Upserted::Refused(faults) => refuse(answer, place, &items[place - first], faults),
        }
    }
    Ok(())
}

fn refuse(answer: &mut RecordsAnswer, index: usize, item: &Value, faults: Vec<kabinet_model::record::RecordError>) {
    let errors = faults
        .into_iter()
        .map(|fault| FieldError { pointer: fault.pointer, detail: fault.detail, code: None })
        .collect();
    answer.refused += 1;
    answer.items.push(RefusedItem { index, id: item.get("id").and_then(Value::as_str).map(str::to_owned), errors });
}

/// Not one item was taken: then the request failed, and says so with pointers into the whole body.
fn all_refused(answer: RecordsAnswer) -> Problem {
    let errors = answer
        .items
        .into_iter()
        .take(100)
        .flat_map(|item| {
            item.errors
                .into_iter()
                .map(move |error| FieldError { pointer: format!("/{}{}", item.index, error.pointer), ..error })
        })
        .collect();
    Problem { code: "all_refused".into(), ..Problem::invalid(errors) }
}

fn split(bytes: &[u8]) -> ApiResult<Vec<Value>> {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => parse_json(bytes),
        _ => serde_json::Deserializer::from_slice(bytes)
            .into_iter::<Value>()
            .collect::<Result<_, _>>()
            .map_err(|error| Problem::malformed(format!("The body is not valid JSON: {error}."))),
    }
}
