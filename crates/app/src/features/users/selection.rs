//! Which users a list is about: filter, alert and search as one condition on the profile table, everything bound.

use kabinet_model::definition::Definition;
use kabinet_model::suggest::did_you_mean;
use kabinet_model::time::UtcMillis;
use kabinet_model::value::fold;
use kabinet_records::{Engine, Value, rule_sql};
use serde::Deserialize;
use utoipa::IntoParams;

use super::fields::{self, Sort};
use crate::features::rules;
use crate::http::error::{ApiResult, Problem};
use crate::workspace::Workspace;

const LONGEST_SEARCH: usize = 200;
/// Fewer digits than this are in too many phone numbers to be looked for.
const FEWEST_PHONE_DIGITS: usize = 4;

/// The users a request asks for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserFilter {
    /// A rule in CEL, e.g. `status == "trial" && total_paid == 0`.
    pub filter: Option<String>,
    /// Key of an alert: only users in it now.
    pub alert: Option<String>,
    /// Text to look for in id, name, e-mail, phone number, Telegram id and name; upper and lower case are the same.
    pub q: Option<String>,
}

impl UserFilter {
    /// Names the filter in cursors.
    pub(super) fn fingerprint(&self) -> String {
        serde_json::json!([self.filter, self.alert, self.q]).to_string()
    }
}

/// Conditions of a WHERE clause, joined by AND, and what they bind.
#[derive(Debug, Clone)]
pub struct Selection {
    engine: Engine,
    conditions: Vec<String>,
    pub values: Vec<Value>,
}

impl Selection {
    /// The users the filter names. 422 for a wrong rule, 400 for an unknown alert.
    pub fn new(definition: &Definition, engine: Engine, now_ms: i64, filter: &UserFilter) -> ApiResult<Selection> {
        let mut selection = Selection { engine, conditions: Vec::new(), values: Vec::new() };
        if let Some(text) = filter.filter.as_deref().filter(|text| !text.trim().is_empty()) {
            let rule = rules::parse(definition, text, "/filter")?;
            let now = UtcMillis::saturating(now_ms);
            let condition = rule_sql::condition(&rule, engine, now, selection.values.len() + 1);
            selection.conditions.push(condition.text);
            selection.values.extend(condition.values);
        }
        if let Some(alert) = filter.alert.as_deref().filter(|alert| !alert.is_empty()) {
            if definition.alert(alert).is_none() {
                let known = did_you_mean(alert, definition.alerts.iter().map(|alert| alert.key.as_str()));
                return Err(Problem::malformed(format!("alert: there is no alert {alert:?}.{known}")));
            }
            let place = selection.bind(alert.into());
            let users = format!("SELECT user_id FROM alert_entry WHERE alert = {place} AND left_at IS NULL");
            // An alert is about few users, so the list starts from them. PostgreSQL would sometimes rather walk all users in the order of the sort.
            selection.conditions.push(match engine {
                Engine::Sqlite => format!("id IN ({users})"),
                Engine::Postgres => format!("id = ANY(ARRAY({users}))"),
            });
        }
        if let Some(text) = filter.q.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            selection.search(text)?;
        }
        Ok(selection)
    }

    /// Binds a value and returns its placeholder.
    pub fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    pub(super) fn and(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Whether it names all users.
    pub(super) fn is_everybody(&self) -> bool {
        self.conditions.is_empty()
    }

    /// The text after WHERE. Users who were merged into another one are in no list.
    pub fn condition(&self) -> String {
        let mut text = "merged_into IS NULL".to_owned();
        for condition in &self.conditions {
            text.push_str(" AND ");
            text.push_str(condition);
        }
        text
    }

    fn search(&mut self, text: &str) -> ApiResult<()> {
        if text.chars().count() > LONGEST_SEARCH || text.contains('\0') {
            return Err(Problem::malformed(format!("q: look for at most {LONGEST_SEARCH} characters.")));
        }
        let folded = fold(text);
        let mut places = vec![
            self.contains("name_fold", &folded),
            self.contains("email_fold", &folded),
            self.contains("id", text),
            self.contains("telegram_id", text),
            self.contains("phone", text),
            // Telegram names are ASCII, which both engines fold alike.
            self.contains("lower(telegram_username)", folded.trim_start_matches('@')),
        ];
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let is_phone = text.chars().all(|character| character.is_ascii_digit() || " +-()".contains(character));
        if is_phone && digits.len() >= FEWEST_PHONE_DIGITS {
            // However the product wrote the number, its digits are the same.
            let bare = "replace(replace(replace(replace(phone, ' ', ''), '-', ''), '(', ''), ')', '')";
            places.push(self.contains(bare, &digits));
        }
        let found = places.join(" OR ");
        self.conditions.push(match self.engine {
            // An index of its own holds all that is searched, so that a rare text is looked for in a tenth of the table.
            Engine::Sqlite => format!("id IN (SELECT id FROM profile WHERE {found})"),
            Engine::Postgres => format!("({found})"),
        });
        Ok(())
    }

    /// Whether a text column contains this, letter by letter.
    fn contains(&mut self, column: &str, text: &str) -> String {
        match self.engine {
            Engine::Sqlite => format!("instr({column}, {}) > 0", self.bind(text.into())),
            Engine::Postgres => format!("{column} LIKE {} ESCAPE '\\'", self.bind(like_pattern(text).into())),
        }
    }
}

/// Anything that contains the text as it stands.
pub fn like_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Refuses a list that could not be shown: a wrong rule, alert, search, sort or column. Faults of the rule have the pointer `/filter`, the others theirs.
pub fn check(workspace: &Workspace, filter: &UserFilter, sort: Option<&str>, columns: &[String]) -> ApiResult<()> {
    let applied = workspace.definition.load();
    let definition = &applied.definition;
    let at = |pointer: &str| {
        let pointer = pointer.to_owned();
        move |problem: Problem| match problem.status {
            400 => Problem::invalid_field(&pointer, problem.detail),
            _ => problem,
        }
    };
    let alone = |alert: Option<String>, q: Option<String>| UserFilter { filter: None, alert, q };
    let select = |filter: &UserFilter| Selection::new(definition, workspace.records.engine(), 0, filter);
    select(&UserFilter { filter: filter.filter.clone(), ..UserFilter::default() })?;
    select(&alone(filter.alert.clone(), None)).map_err(at("/alert"))?;
    select(&alone(None, filter.q.clone())).map_err(at("/q"))?;
    if let Some(sort) = sort {
        Sort::parse(definition, sort).map_err(at("/sort"))?;
    }
    for (index, key) in columns.iter().enumerate() {
        fields::find(definition, key, "columns").map_err(at(&format!("/columns/{index}")))?;
    }
    Ok(())
}
