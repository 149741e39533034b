//! Rules as SQL conditions on the `profile` table, with the same result as in memory.
//!
//! SQL's own three-valued logic is that of the rule language. Everything else that engines do differently is spelled out
//! here: searching is by character and minds case (`LIKE` does not on SQLite), calculating is in doubles, dividing by
//! zero gives NULL, whole days are rounded down. Constants are always bound, never written into the text.

use kabinet_model::rule::{Calculation, Comparison, Expr, ExprType, Literal, Rule, TextTest, WholeUnit};
use kabinet_model::time::UtcMillis;
use kabinet_model::value::FieldType;
use sea_orm::Value;

use crate::Engine;

/// A condition for a WHERE clause and the values it binds.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlCondition {
    /// SQL text, in brackets where needed, with placeholders `$n`.
    pub text: String,
    /// The values, in the order of the placeholders.
    pub values: Vec<Value>,
}

/// Translates a rule; its first placeholder is `$first`. Rows for which the condition is NULL do not fulfil the rule.
pub fn condition(rule: &Rule, engine: Engine, now: UtcMillis, first: usize) -> SqlCondition {
    let mut writer = Writer { engine, now, first, values: Vec::new() };
    let text = writer.expr(rule.expression().root());
    SqlCondition { text, values: writer.values }
}

/// Added before a division and taken away after it, so that dividing rounds down for negative spans too: far more days
/// than any two instants are apart, and still within 64 bits in milliseconds.
const FAR: i64 = 1_000_000_000;

struct Writer {
    engine: Engine,
    now: UtcMillis,
    first: usize,
    values: Vec<Value>,
}

impl Writer {
    /// An SQL expression of the same type; numbers are doubles.
    fn expr(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Literal(literal) => self.literal(literal),
            Expr::Variable(key, FieldType::Integer) => format!("CAST({} AS DOUBLE PRECISION)", column(key)),
            Expr::Variable(key, _) => column(key),
            Expr::Folded(key) => column(&format!("{key}_fold")),
            Expr::Now => self.bind(self.now.as_millis().into()),
            Expr::Not(inner) => match &**inner {
                Expr::IsNull(value) => format!("({} IS NOT NULL)", self.expr(value)),
                inner => format!("(NOT {})", self.expr(inner)),
            },
            Expr::All(parts) => self.joined(parts, " AND "),
            Expr::Any(parts) => self.joined(parts, " OR "),
            Expr::Compare(comparison, left, right) => self.comparison(*comparison, left, right),
            Expr::In(value, list) => self.membership(value, list),
            Expr::IsNull(value) => format!("({} IS NULL)", self.expr(value)),
            Expr::Text(test, value, needle) => self.search(*test, value, needle),
            Expr::Calculate(calculation, left, right, result) => self.calculation(*calculation, left, right, *result),
            Expr::If(condition, yes, no) => {
                let (condition, yes, no) = (self.expr(condition), self.expr(yes), self.expr(no));
                format!("(CASE WHEN {condition} THEN {yes} ELSE {no} END)")
            }
            Expr::Whole(unit, span) => self.whole(*unit, span),
        }
    }

    fn literal(&mut self, literal: &Literal) -> String {
        match literal {
            Literal::Text(text) => {
                let place = self.bind(text.clone().into());
                format!("CAST({place} AS TEXT)")
            }
            Literal::Number(number) => {
                let place = self.bind((*number).into());
                format!("CAST({place} AS DOUBLE PRECISION)")
            }
            Literal::Money(whole) | Literal::Duration(whole) => {
                let place = self.bind((*whole).into());
                format!("CAST({place} AS BIGINT)")
            }
            Literal::Timestamp(instant) => {
                let place = self.bind(instant.as_millis().into());
                format!("CAST({place} AS BIGINT)")
            }
            Literal::Boolean(true) => "TRUE".to_owned(),
            Literal::Boolean(false) => "FALSE".to_owned(),
        }
    }

    fn comparison(&mut self, comparison: Comparison, left: &Expr, right: &Expr) -> String {
        let sign = match comparison {
            Comparison::Equal => "=",
            Comparison::NotEqual => "<>",
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
        };
        // A bare column beside a constant of its own type lets an index answer.
        if let (Expr::Variable(key, FieldType::Integer), Some(whole)) = (left, whole_number(right)) {
            let place = self.bind(whole.into());
            return format!("({} {sign} {place})", column(key));
        }
        let (left, right) = (self.expr(left), self.expr(right));
        format!("({left} {sign} {right})")
    }

    fn membership(&mut self, value: &Expr, list: &[Literal]) -> String {
        let value = self.expr(value);
        let items: Vec<String> = list.iter().map(|item| self.literal(item)).collect();
        format!("({value} IN ({}))", items.join(", "))
    }

    fn search(&mut self, test: TextTest, value: &Expr, needle: &str) -> String {
        let length = needle.chars().count();
        let value = self.expr(value);
        if needle.is_empty() {
            // Every text contains nothing; a missing one stays unknown.
            return format!("({value} = {value})");
        }
        let place = self.bind(needle.into());
        match (test, self.engine) {
            (TextTest::Contains, Engine::Sqlite) => format!("(instr({value}, {place}) > 0)"),
            (TextTest::Contains, Engine::Postgres) => format!("(strpos({value}, {place}) > 0)"),
            (TextTest::StartsWith, _) => format!("(substr({value}, 1, {length}) = {place})"),
            (TextTest::EndsWith, Engine::Sqlite) => format!("(substr({value}, -{length}) = {place})"),
            (TextTest::EndsWith, Engine::Postgres) => format!("(right({value}, {length}) = {place})"),
        }
    }

    fn calculation(&mut self, calculation: Calculation, left: &Expr, right: &Expr, result: ExprType) -> String {
        let both_money = left.expr_type() == ExprType::Money;
        let (mut left, mut right) = (self.expr(left), self.expr(right));
        if both_money && result == ExprType::Number {
            left = format!("CAST({left} AS DOUBLE PRECISION)");
            right = format!("CAST({right} AS DOUBLE PRECISION)");
        }
        match calculation {
            Calculation::Add => format!("({left} + {right})"),
            Calculation::Subtract => format!("({left} - {right})"),
            Calculation::Multiply => format!("({left} * {right})"),
            Calculation::Divide => format!("({left} / NULLIF({right}, CAST(0 AS DOUBLE PRECISION)))"),
        }
    }

    fn whole(&mut self, unit: WholeUnit, span: &Expr) -> String {
        let unit = unit.milliseconds();
        let span = self.expr(span);
        format!("CAST((({span} + {}) / {unit} - {FAR}) AS DOUBLE PRECISION)", FAR * unit)
    }

    fn joined(&mut self, parts: &[Expr], sign: &str) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.expr(part)).collect();
        format!("({})", parts.join(sign))
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.first + self.values.len() - 1)
    }
}

fn whole_number(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(Literal::Number(number)) if number.fract() == 0.0 => Some(*number as i64),
        _ => None,
    }
}

/// Keys are letters, digits and `_` only, by the definition's check; the quotes keep them apart from SQL's own words.
fn column(key: &str) -> String {
    format!("\"{key}\"")
}
