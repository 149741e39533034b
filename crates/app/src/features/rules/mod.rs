//! Rules as people write them: read, checked, and told in words what is wrong with them.

mod http;

use axum::http::StatusCode;
use kabinet_model::definition::Definition;
use kabinet_model::rule::{Rule, RuleError};
use serde_json::json;

use crate::http::error::{ApiResult, Problem};

pub(crate) use http::routes;

/// The rule of this text over the workspace's users. 422 with a place in the text for every fault; `pointer` names the member or parameter the text came in.
pub fn parse(definition: &Definition, text: &str, pointer: &str) -> ApiResult<Rule> {
    Rule::parse(text, definition.scope()).map_err(|errors| wrong_rule(pointer, &errors))
}

fn wrong_rule(pointer: &str, errors: &[RuleError]) -> Problem {
    let listed: Vec<serde_json::Value> = errors
        .iter()
        .map(|error| {
            json!({"pointer": pointer, "code": "rule", "detail": error.detail, "position": error.position, "suggestion": error.suggestion})
        })
        .collect();
    problem(errors.first().map_or("The rule is wrong.", |error| &error.detail), listed)
}

/// A problem whose `errors` say more than a field error can.
fn problem(detail: &str, errors: Vec<serde_json::Value>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_rule", detail).with("errors", errors)
}
