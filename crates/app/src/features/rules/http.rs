use kabinet_model::rule::{Rule, RuleTree};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::Json;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(check))
}

/// One of the two: the text of a rule, or the tree of the visual builder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleToCheck {
    /// CEL.
    rule: Option<String>,
    /// Nested groups of conditions: `{"all": […]}`, `{"any": […]}`, `{"not": …}`, `{"field", "operator", "value"}`, `{"expression"}`.
    #[schema(value_type = Option<Object>)]
    tree: Option<serde_json::Value>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CheckedRule {
    /// Canonical CEL: the same rule always reads the same.
    rule: String,
    #[schema(value_type = Object)]
    tree: RuleTree,
    /// Keys of the fields it uses.
    fields: Vec<String>,
}

/// Check a rule and translate it between text and tree
#[utoipa::path(post, path = "/api/v1/{workspace}/rules/check", tag = "rules", params(("workspace" = String, Path)), request_body = RuleToCheck,
    responses((status = 200, body = CheckedRule), (status = 422, body = Problem)), security(("staff" = ["users.read"])))]
async fn check(access: Allowed<needs::UsersRead>, Json(given): Json<RuleToCheck>) -> ApiResult<Json<CheckedRule>> {
    let applied = access.workspace.definition.load();
    let definition = &applied.definition;
    let rule = match (given.rule, given.tree) {
        (Some(text), None) => super::parse(definition, &text, "/rule")?,
        (None, Some(tree)) => {
            let tree: RuleTree = serde_json::from_value(tree)
                .map_err(|_| Problem::invalid_field("/tree", "This is no tree of conditions."))?;
            Rule::from_tree(&tree, definition.scope()).map_err(|errors| wrong_tree(&errors))?
        }
        _ => return Err(Problem::invalid_field("/rule", "Send either rule or tree.")),
    };
    let fields = rule.expression().names().into_iter().map(str::to_owned).collect();
    Ok(Json(CheckedRule { rule: rule.to_cel(), tree: rule.to_tree(), fields }))
}

fn wrong_tree(errors: &[kabinet_model::rule::TreeError]) -> Problem {
    let listed = errors
        .iter()
        .map(|error| json!({"pointer": format!("/tree{}", error.pointer), "code": "rule", "detail": error.detail, "suggestion": error.suggestion}))
        .collect();
    super::problem(errors.first().map_or("The tree is wrong.", |error| &error.detail), listed)
}
