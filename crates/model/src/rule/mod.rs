//! The one rule language: segments, alerts, filters and computed fields are all written in it.
//!
//! It is a part of CEL (Common Expression Language), typed against the names it may use. The same expression filters
//! in SQL and evaluates in memory, with the same result.
//!
//! # What can be written
//!
//! | | |
//! | --- | --- |
//! | literals | `12`, `1.5`, `"text"`, `true`, `null`, `timestamp("2026-01-31T00:00:00Z")`, `duration("3d")` (w, d, h, m, s, ms) |
//! | names | the fields of the workspace (or an event's properties, or a record's columns); `now` |
//! | logic | `&&`, `\|\|`, `!`, `condition ? a : b` |
//! | comparison | `==`, `!=`; `<`, `<=`, `>`, `>=` for numbers, money, times and durations; `x in ["a", "b"]` |
//! | missing values | `x == null`, `x != null`, `has(x)` (the same as `x != null`) |
//! | text | `x.contains("…")`, `x.startsWith("…")`, `x.endsWith("…")`; with `x.fold()` in place of `x`, upper and lower case are the same |
//! | numbers | `+`, `-`, `*`, `/` |
//! | time | time ± duration, time − time; `days(duration)` and `hours(duration)` are whole days and hours, rounded down |
//! | money | compared with plain numbers of whole units (`total_paid >= 1490.5`); money ± money, money / money |
//!
//! `matches` (regular expressions), maps, indexes and comprehensions are left out: they have no equal in SQL.
//!
//! # Missing values
//!
//! Logic has three values: true, false and unknown.
//!
//! * Comparing, calculating or searching with a missing value gives unknown (or a missing value). So `plan != "pro"` is
//!   unknown, not true, for a user without a plan; write `plan == null || plan != "pro"` to include them.
//! * `x == null`, `x != null` and `has(x)` are never unknown.
//! * `false && unknown` is false, `true || unknown` is true, every other `&&`, `||`, `!` with unknown is unknown.
//! * `condition ? a : b` gives `b` when the condition is false or unknown.
//! * **A rule holds only if it is true.**
//!
//! # Numbers
//!
//! Whole and decimal numbers are one type; calculating is IEEE double arithmetic (`7 / 2` is 3.5). Dividing by zero gives
//! a missing value. Times and durations are whole milliseconds.

mod check;
mod evaluate;
mod print;
mod syntax;
mod tree;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

pub use evaluate::Outcome;
pub use tree::{Operator, RuleTree, TreeError};

use crate::money::Currency;
use crate::time::UtcMillis;
use crate::value::{FieldType, Value};

/// The longest rule, in characters.
pub const LONGEST_RULE: usize = 4_000;

/// A name an expression may use.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// The name.
    pub key: String,
    /// The type of its value.
    pub variable_type: FieldType,
    /// The values an enum can have; empty for every other type.
    pub values: Vec<String>,
    /// Whether `fold()` may be called on it: text whose lower-case form is kept beside it.
    pub folds: bool,
}

/// The names an expression may use, and the currency plain numbers stand for beside money.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    variables: Vec<Variable>,
    currency: Currency,
}

impl Scope {
    /// A scope of these names; `currency` is what money in it is in.
    pub fn new(variables: Vec<Variable>, currency: Currency) -> Scope {
        Scope { variables, currency }
    }

    /// The name, if it is in scope.
    pub fn variable(&self, key: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.key == key)
    }

    /// Every name in scope.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The currency of money in this scope.
    pub fn currency(&self) -> Currency {
        self.currency
    }
}

/// Where an expression gets the values of its names from.
pub trait Values {
    /// The value of a name; `None` when it is missing.
    fn value(&self, key: &str) -> Option<Cow<'_, Value>>;
}

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleError {
    /// Which part of the text.
    pub position: Position,
    /// What is wrong.
    pub detail: String,
    /// What could be written instead, if something is near.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// A part of a rule's text, counted in characters (Unicode code points) from 0; `end` is the first one after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The first character.
    pub start: usize,
    /// The first character after.
    pub end: usize,
}

/// The static type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExprType {
    /// Text.
    Text,
    /// One of an enum's values; compared with text literals that are checked against them.
    Enum,
    /// A number.
    Number,
    /// Minor units of the scope's currency.
    Money,
    /// True or false.
    Boolean,
    /// An instant.
    Timestamp,
    /// A span of time.
    Duration,
}

impl ExprType {
    /// The type an expression has that reads a field of this type.
    pub fn of_field(field_type: FieldType) -> ExprType {
        match field_type {
            FieldType::Text => ExprType::Text,
            FieldType::Enum => ExprType::Enum,
            FieldType::Integer | FieldType::Number | FieldType::Percent => ExprType::Number,
            FieldType::Boolean => ExprType::Boolean,
            FieldType::Timestamp => ExprType::Timestamp,
            FieldType::Money => ExprType::Money,
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            ExprType::Text => "text",
            ExprType::Enum => "one of a list of values",
            ExprType::Number => "a number",
            ExprType::Money => "money",
            ExprType::Boolean => "true or false",
            ExprType::Timestamp => "a time",
            ExprType::Duration => "a duration",
        }
    }
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text, or a value of an enum.
    Text(String),
    /// A number, finite and within ±10^15.
    Number(f64),
    /// Minor units.
    Money(i64),
    /// True or false.
    Boolean(bool),
    /// An instant.
    Timestamp(UtcMillis),
    /// Milliseconds.
    Duration(i64),
}

/// A comparison of two values of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// A calculation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calculation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// A search in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTest {
    /// `contains`
    Contains,
    /// `startsWith`
    StartsWith,
    /// `endsWith`
    EndsWith,
}

/// A unit in which a duration is counted whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WholeUnit {
    /// 24 hours.
    Days,
    /// 60 minutes.
    Hours,
}

impl WholeUnit {
    /// The unit in milliseconds.
    pub fn milliseconds(self) -> i64 {
        match self {
            WholeUnit::Days => crate::time::DAY,
            WholeUnit::Hours => crate::time::HOUR,
        }
    }
}

/// A checked expression: every name exists, every type fits.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A constant.
    Literal(Literal),
    /// The value of a name, which has this type.
    Variable(String, FieldType),
    /// The value of a text name in lower case.
    Folded(String),
    /// The present.
    Now,
    /// Not.
    Not(Box<Expr>),
    /// All are true; two or more.
    All(Vec<Expr>),
    /// One is true; two or more.
    Any(Vec<Expr>),
    /// Two values of one type compared.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// The value is one of these constants of its type.
    In(Box<Expr>, Vec<Literal>),
    /// The value is missing.
    IsNull(Box<Expr>),
    /// The text contains, begins or ends with this.
    Text(TextTest, Box<Expr>, String),
    /// A calculation; the type is that of the result.
    Calculate(Calculation, Box<Expr>, Box<Expr>, ExprType),
    /// The second if the first is true, else the third.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A duration in whole units, rounded down.
    Whole(WholeUnit, Box<Expr>),
}

impl Expr {
    /// The type of the expression's value.
    pub fn expr_type(&self) -> ExprType {
        match self {
            Expr::Literal(Literal::Text(_)) | Expr::Folded(_) => ExprType::Text,
            Expr::Literal(Literal::Number(_)) | Expr::Whole(..) => ExprType::Number,
            Expr::Literal(Literal::Money(_)) => ExprType::Money,
            Expr::Literal(Literal::Timestamp(_)) | Expr::Now => ExprType::Timestamp,
            Expr::Literal(Literal::Duration(_)) => ExprType::Duration,
            Expr::Variable(_, field_type) => ExprType::of_field(*field_type),
            Expr::Calculate(_, _, _, result) => *result,
            Expr::If(_, yes, _) => yes.expr_type(),
            Expr::Literal(Literal::Boolean(_))
            | Expr::Not(_)
            | Expr::All(_)
            | Expr::Any(_)
            | Expr::Compare(..)
            | Expr::In(..)
            | Expr::IsNull(_)
            | Expr::Text(..) => ExprType::Boolean,
        }
    }

    /// The expressions directly inside this one.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Literal(_) | Expr::Variable(..) | Expr::Folded(_) | Expr::Now => Vec::new(),
            Expr::Not(inner)
            | Expr::In(inner, _)
            | Expr::IsNull(inner)
            | Expr::Text(_, inner, _)
            | Expr::Whole(_, inner) => vec![inner],
            Expr::All(parts) | Expr::Any(parts) => parts.iter().collect(),
            Expr::Compare(_, left, right) | Expr::Calculate(_, left, right, _) => vec![left, right],
            Expr::If(condition, yes, no) => vec![condition, yes, no],
        }
    }

    fn collect_names<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        if let Expr::Variable(key, _) | Expr::Folded(key) = self {
            names.insert(key);
        }
        for child in self.children() {
            child.collect_names(names);
        }
    }
}

/// An expression that passed all checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    root: Expr,
    currency: Currency,
    /// The names in use that have no lower-case form: for them the builder's text search minds case.
    unfolding: BTreeSet<String>,
}

impl Expression {
    /// Reads and checks an expression of any type. Every error found is listed.
    pub fn parse(text: &str, scope: &Scope) -> Result<Expression, Vec<RuleError>> {
        let root = check::parse(text, scope)?;
        let mut expression = Expression { root, currency: scope.currency, unfolding: BTreeSet::new() };
        let folds = |name: &str| scope.variable(name).is_some_and(|variable| variable.folds);
        let unfolding = expression.names().into_iter().filter(|name| !folds(name)).map(str::to_owned).collect();
        expression.unfolding = unfolding;
        Ok(expression)
    }

    /// The checked tree, for compilers to other languages.
    pub fn root(&self) -> &Expr {
        &self.root
    }

    /// The type of the value.
    pub fn expr_type(&self) -> ExprType {
        self.root.expr_type()
    }

    /// The names used.
    pub fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.root.collect_names(&mut names);
        names
    }

    /// Whether the value moves with the clock itself (`now - duration("1d")`) rather than changing at instants.
    pub fn follows_clock(&self) -> bool {
        fn follows(expr: &Expr) -> bool {
            match expr {
                Expr::Now => true,
                Expr::Calculate(_, left, right, _) => follows(left) || follows(right),
                Expr::If(_, yes, no) => follows(yes) || follows(no),
                _ => false,
            }
        }
        follows(&self.root)
    }

    /// The value now, and when it may next change by time alone.
    pub fn evaluate(&self, values: &impl Values, now: UtcMillis) -> Outcome {
        evaluate::evaluate(&self.root, values, now)
    }

    /// The expression in canonical CEL; parsing it again gives the same expression.
    pub fn to_cel(&self) -> String {
        print::print(&self.root, self.currency)
    }
}

/// An expression that is true, false or unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule(Expression);

impl Rule {
    /// Reads and checks a rule. Every error found is listed.
    pub fn parse(text: &str, scope: &Scope) -> Result<Rule, Vec<RuleError>> {
        let expression = Expression::parse(text, scope)?;
        if expression.expr_type() == ExprType::Boolean {
            return Ok(Rule(expression));
        }
        Err(vec![RuleError {
            position: Position { start: 0, end: text.chars().count() },
            detail: format!(
                "a rule must be true or false, but this is {}; compare it with something",
                expression.expr_type().in_words()
            ),
            suggestion: None,
        }])
    }

    /// The rule that holds when all of these hold; `None` when there are none.
    pub fn all(rules: impl IntoIterator<Item = Rule>) -> Option<Rule> {
        let mut rules = rules.into_iter();
        let first = rules.next()?;
        Some(rules.fold(first, |left, right| {
            let currency = left.0.currency;
            let unfolding = left.0.unfolding.union(&right.0.unfolding).cloned().collect();
            let mut parts = Vec::new();
            for rule in [left, right] {
                match rule.0.root {
                    Expr::All(inner) => parts.extend(inner),
                    other => parts.push(other),
                }
            }
            Rule(Expression { root: Expr::All(parts), currency, unfolding })
        }))
    }

    /// Whether the rule holds: true, not false and not unknown.
    pub fn holds(&self, values: &impl Values, now: UtcMillis) -> bool {
        self.0.evaluate(values, now).is_true()
    }

    /// The rule as an expression.
    pub fn expression(&self) -> &Expression {
        &self.0
    }

    /// The rule in canonical CEL; parsing it again gives the same rule.
    pub fn to_cel(&self) -> String {
        self.0.to_cel()
    }

    /// The rule as the visual builder shows it; parts it has no form for stay CEL text.
    pub fn to_tree(&self) -> RuleTree {
        tree::from_expression(&self.0)
    }

    /// The rule the visual builder made.
    pub fn from_tree(tree: &RuleTree, scope: &Scope) -> Result<Rule, Vec<TreeError>> {
        tree::to_rule(tree, scope)
    }
}

#[cfg(test)]
mod tests;
