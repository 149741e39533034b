//! The form of a rule the visual builder edits, and the way to it and back.
//!
//! ```json
//! {"all": [
//!   {"field": "wb_api_status", "operator": "is", "value": "error_401"},
//!   {"any": [
//!     {"field": "total_paid", "operator": "at_least", "value": 1490.5},
//!     {"not": {"field": "name", "operator": "contains", "value": "тест"}}]},
//!   {"expression": "days(now - registered_at) > 30"}
//! ]}
//! ```

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::print::{self, quote};
use super::{Calculation, Comparison, Expr, ExprType, Expression, Literal, Rule, Scope, TextTest};
use crate::money::{Currency, Money};
use crate::suggest::did_you_mean;
use crate::time::format_duration;
use crate::value::FieldType;

const DEEPEST_TREE: usize = 12;

/// A rule as nested groups of conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RuleTree {
    /// All of these hold.
    All {
        /// One or more parts.
        all: Vec<RuleTree>,
    },
    /// At least one of these holds.
    Any {
        /// One or more parts.
        any: Vec<RuleTree>,
    },
    /// This does not hold.
    Not {
        /// The part.
        not: Box<RuleTree>,
    },
    /// A field compared with a constant.
    Condition {
        /// The field's key.
        field: String,
        /// How it is compared.
        operator: Operator,
        /// With what: text, a number (money in whole units), true or false, RFC 3339, a duration such as `"3d"`, or an
        /// array of them for `in` and `not_in`; nothing for `is_set` and `is_not_set`.
        #[serde(default, skip_serializing_if = "Json::is_null")]
        value: Json,
    },
    /// A part the builder has no form for, in CEL.
    Expression {
        /// CEL text.
        expression: String,
    },
}

/// How the builder compares a field with a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equal.
    Is,
    /// Not equal (and not missing).
    IsNot,
    /// One of a list.
    In,
    /// Not one of a list (and not missing).
    NotIn,
    /// Less; for times: before.
    LessThan,
    /// Less or equal.
    AtMost,
    /// More; for times: after.
    MoreThan,
    /// More or equal.
    AtLeast,
    /// The text contains this, in any case.
    Contains,
    /// The text begins with this, in any case.
    StartsWith,
    /// The text ends with this, in any case.
    EndsWith,
    /// There is a value.
    IsSet,
    /// There is none.
    IsNotSet,
    /// The time is within this duration before now: `field >= now - duration(value)`.
    WithinLast,
    /// The time is longer ago than this duration: `field < now - duration(value)`.
    LongerAgoThan,
    /// The time is still to come, within this duration: `field > now && field <= now + duration(value)`.
    WithinNext,
}

/// What is wrong with a part of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TreeError {
    /// Which part: an RFC 6901 pointer into the tree.
    pub pointer: String,
    /// What is wrong.
    pub detail: String,
    /// What could be written instead, if something is near.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

pub(super) fn to_rule(tree: &RuleTree, scope: &Scope) -> Result<Rule, Vec<TreeError>> {
    let mut errors = Vec::new();
    let text = to_cel(tree, scope, "", 0, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    Rule::parse(&text, scope).map_err(|found| {
        found
            .into_iter()
            .map(|error| TreeError { pointer: String::new(), detail: error.detail, suggestion: error.suggestion })
            .collect()
    })
}

/// The part in CEL, in brackets where needed; each condition is checked by itself, so that its errors have its pointer.
fn to_cel(tree: &RuleTree, scope: &Scope, pointer: &str, depth: usize, errors: &mut Vec<TreeError>) -> String {
    let mut fail = |detail: &str| {
        let (pointer, detail) = (pointer.to_owned(), detail.to_owned());
        errors.push(TreeError { pointer, detail, suggestion: None });
        String::new()
    };
    if depth > DEEPEST_TREE {
        return fail("the groups are nested too deep");
    }
    let group = |parts: &[RuleTree], name: &str, sign: &str, errors: &mut Vec<TreeError>| {
        let texts: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(index, part)| {
                let text = to_cel(part, scope, &format!("{pointer}/{name}/{index}"), depth + 1, errors);
                format!("({text})")
            })
            .collect();
        texts.join(sign)
    };
    match tree {
        RuleTree::All { all: parts } | RuleTree::Any { any: parts } if parts.is_empty() => {
            fail("a group needs at least one condition")
        }
        RuleTree::All { all } => group(all, "all", " && ", errors),
        RuleTree::Any { any } => group(any, "any", " || ", errors),
        RuleTree::Not { not } => {
            format!("!({})", to_cel(not, scope, &format!("{pointer}/not"), depth + 1, errors))
        }
        RuleTree::Expression { expression } => {
            check_alone(expression, scope, &format!("{pointer}/expression"), errors);
            expression.clone()
        }
        RuleTree::Condition { field, operator, value } => match condition_to_cel(field, *operator, value, scope) {
            Ok(text) => {
                check_alone(&text, scope, pointer, errors);
                text
            }
            Err((member, detail)) => {
                let pointer = format!("{pointer}/{member}");
                errors.push(TreeError { pointer, detail, suggestion: None });
                String::new()
            }
        },
    }
}

fn check_alone(text: &str, scope: &Scope, pointer: &str, errors: &mut Vec<TreeError>) {
    if let Err(found) = Rule::parse(text, scope) {
        errors.extend(found.into_iter().map(|error| TreeError {
            pointer: pointer.to_owned(),
            detail: error.detail,
            suggestion: error.suggestion,
        }));
    }
}

fn condition_to_cel(
    field: &str,
    operator: Operator,
    value: &Json,
    scope: &Scope,
) -> Result<String, (&'static str, String)> {
    let Some(variable) = scope.variable(field) else {
        let keys = scope.variables().iter().map(|variable| variable.key.as_str());
        let suggestion = did_you_mean(field, keys);
        return Err(("field", format!("there is no field named {field:?}.{suggestion}")));
    };
    let field_type = variable.variable_type;
    let constant = || constant_to_cel(field_type, value).map_err(|detail| ("value", detail));
    let span = || match value.as_str() {
        Some(text) => Ok(format!("duration({})", quote(text))),
        None => Err(("value", "give a duration such as \"3d\"".to_owned())),
    };
    let list = || match value.as_array() {
        Some(items) => {
            let items: Result<Vec<String>, String> =
                items.iter().map(|item| constant_to_cel(field_type, item)).collect();
            items.map(|items| items.join(", ")).map_err(|detail| ("value", detail))
        }
        None => Err(("value", "give a list".to_owned())),
    };
    let searched = if variable.folds { format!("{field}.fold()") } else { field.to_owned() };
    Ok(match operator {
        Operator::Is => format!("{field} == {}", constant()?),
        Operator::IsNot => format!("{field} != {}", constant()?),
        Operator::In => format!("{field} in [{}]", list()?),
        Operator::NotIn => format!("!({field} in [{}])", list()?),
        Operator::LessThan => format!("{field} < {}", constant()?),
        Operator::AtMost => format!("{field} <= {}", constant()?),
        Operator::MoreThan => format!("{field} > {}", constant()?),
        Operator::AtLeast => format!("{field} >= {}", constant()?),
        Operator::Contains => format!("{searched}.contains({})", constant()?),
        Operator::StartsWith => format!("{searched}.startsWith({})", constant()?),
        Operator::EndsWith => format!("{searched}.endsWith({})", constant()?),
        Operator::IsSet => format!("{field} != null"),
        Operator::IsNotSet => format!("{field} == null"),
        Operator::WithinLast => format!("{field} >= now - {}", span()?),
        Operator::LongerAgoThan => format!("{field} < now - {}", span()?),
        Operator::WithinNext => format!("{field} > now && {field} <= now + {}", span()?),
    })
}

fn constant_to_cel(field_type: FieldType, value: &Json) -> Result<String, String> {
    match (ExprType::of_field(field_type), value) {
        (ExprType::Timestamp, Json::String(text)) => Ok(format!("timestamp({})", quote(text))),
        (_, Json::String(text)) => Ok(quote(text)),
        (_, Json::Number(number)) => Ok(number.to_string()),
        (_, Json::Bool(yes)) => Ok(yes.to_string()),
        _ => Err("give text, a number, or true or false".to_owned()),
    }
}

pub(super) fn from_expression(expression: &Expression) -> RuleTree {
    from_expr(&expression.root, expression)
}

fn from_expr(expr: &Expr, whole: &Expression) -> RuleTree {
    let nested = |parts: &[Expr]| parts.iter().map(|part| from_expr(part, whole)).collect();
    match expr {
        Expr::All(parts) => match within_next(parts) {
            Some(condition) => condition,
            None => RuleTree::All { all: nested(parts) },
        },
        Expr::Any(parts) => RuleTree::Any { any: nested(parts) },
        _ => match condition_from_expr(expr, whole) {
            Some(condition) => condition,
            None => match expr {
                Expr::Not(inner) => RuleTree::Not { not: Box::new(from_expr(inner, whole)) },
                _ => RuleTree::Expression { expression: print::print(expr, whole.currency) },
            },
        },
    }
}

fn condition_from_expr(expr: &Expr, whole: &Expression) -> Option<RuleTree> {
    let currency = whole.currency;
    let condition =
        |field: &str, operator, value| Some(RuleTree::Condition { field: field.to_owned(), operator, value });
    match expr {
        Expr::Variable(key, FieldType::Boolean) => condition(key, Operator::Is, json!(true)),
        Expr::IsNull(value) => condition(plain_name(value)?, Operator::IsNotSet, Json::Null),
        Expr::Not(inner) => match &**inner {
            Expr::IsNull(value) => condition(plain_name(value)?, Operator::IsSet, Json::Null),
            Expr::In(value, list) => condition(plain_name(value)?, Operator::NotIn, list_to_json(list, currency)),
            Expr::Variable(key, FieldType::Boolean) => condition(key, Operator::Is, json!(false)),
            _ => None,
        },
        Expr::In(value, list) => condition(plain_name(value)?, Operator::In, list_to_json(list, currency)),
        Expr::Text(test, value, needle) => {
            let key = match &**value {
                Expr::Folded(key) => key,
                Expr::Variable(key, _) if whole.unfolding.contains(key) => key,
                _ => return None,
            };
            let operator = match test {
                TextTest::Contains => Operator::Contains,
                TextTest::StartsWith => Operator::StartsWith,
                TextTest::EndsWith => Operator::EndsWith,
            };
            condition(key, operator, json!(needle))
        }
        Expr::Compare(comparison, left, right) => {
            let key = plain_name(left)?;
            match (&**right, comparison) {
                (Expr::Literal(literal), comparison) => {
                    let operator = match comparison {
                        Comparison::Equal => Operator::Is,
                        Comparison::NotEqual => Operator::IsNot,
                        Comparison::Less => Operator::LessThan,
                        Comparison::AtMost => Operator::AtMost,
                        Comparison::Greater => Operator::MoreThan,
                        Comparison::AtLeast => Operator::AtLeast,
                    };
                    condition(key, operator, literal_to_json(literal, currency))
                }
                (right, Comparison::AtLeast) => {
                    let span = distance_from_now(right, Calculation::Subtract)?;
                    condition(key, Operator::WithinLast, json!(format_duration(span)))
                }
                (right, Comparison::Less) => {
                    let span = distance_from_now(right, Calculation::Subtract)?;
                    condition(key, Operator::LongerAgoThan, json!(format_duration(span)))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// `field > now && field <= now + duration` is one condition in the builder.
fn within_next(parts: &[Expr]) -> Option<RuleTree> {
    let [Expr::Compare(Comparison::Greater, first, now), Expr::Compare(Comparison::AtMost, second, limit)] = parts
    else {
        return None;
    };
    let key = plain_name(first)?;
    if **now != Expr::Now || plain_name(second)? != key {
        return None;
    }
    let span = distance_from_now(limit, Calculation::Add)?;
    Some(RuleTree::Condition {
        field: key.to_owned(),
        operator: Operator::WithinNext,
        value: json!(format_duration(span)),
    })
}

fn plain_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Variable(key, _) => Some(key),
        _ => None,
    }
}

fn distance_from_now(expr: &Expr, direction: Calculation) -> Option<i64> {
    match expr {
        Expr::Calculate(calculation, left, right, ExprType::Timestamp)
            if *calculation == direction && **left == Expr::Now =>
        {
            match **right {
                Expr::Literal(Literal::Duration(span)) => Some(span),
                _ => None,
            }
        }
        _ => None,
    }
}

fn list_to_json(list: &[Literal], currency: Currency) -> Json {
    list.iter().map(|item| literal_to_json(item, currency)).collect()
}

fn literal_to_json(literal: &Literal, currency: Currency) -> Json {
    match literal {
        Literal::Text(text) => json!(text),
        Literal::Number(number) => number_to_json(*number),
        Literal::Money(minor) => {
            let units = Money::new(*minor, currency).decimal().parse().unwrap_or_default();
            number_to_json(units)
        }
        Literal::Boolean(yes) => json!(yes),
        Literal::Timestamp(instant) => json!(instant),
        Literal::Duration(span) => json!(format_duration(*span)),
    }
}

fn number_to_json(number: f64) -> Json {
    // Written as the canonical text is, so that 5 does not come back as 5.0.
    serde_json::from_str(&print::format_number(number)).unwrap_or(json!(number))
}
