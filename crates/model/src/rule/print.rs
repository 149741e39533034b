//! Canonical CEL: one spelling for each expression, with no more brackets than needed.

use super::{Calculation, Comparison, Expr, Literal, TextTest, WholeUnit};
use crate::money::{Currency, Money};
use crate::time::format_duration;

/// How tightly an operator binds; a part that binds less than its place asks for gets brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Conditional,
    Or,
    And,
    Relation,
    Sum,
    Product,
    Unary,
    Primary,
}

pub(super) fn print(expr: &Expr, currency: Currency) -> String {
    let mut printer = Printer { text: String::new(), currency };
    printer.expr(expr, Binding::Conditional);
    printer.text
}

/// The constant in CEL.
pub(super) fn literal(literal: &Literal, currency: Currency) -> String {
    match literal {
        Literal::Text(text) => quote(text),
        Literal::Number(number) => format_number(*number),
        Literal::Money(minor) => {
            let decimal = Money::new(*minor, currency).decimal();
            match decimal.split_once('.') {
                Some(_) => decimal.trim_end_matches('0').trim_end_matches('.').to_owned(),
                None => decimal,
            }
        }
        Literal::Boolean(yes) => yes.to_string(),
        Literal::Timestamp(instant) => format!("timestamp({})", quote(&instant.to_string())),
        Literal::Duration(span) => format!("duration({})", quote(&format_duration(*span))),
    }
}

struct Printer {
    text: String,
    currency: Currency,
}

impl Printer {
    fn expr(&mut self, expr: &Expr, place: Binding) {
        let brackets = binding(expr) < place;
        if brackets {
            self.text.push('(');
        }
        self.bare(expr);
        if brackets {
            self.text.push(')');
        }
    }

    fn bare(&mut self, expr: &Expr) {
        match expr {
            Expr::Literal(constant) => {
                let constant = literal(constant, self.currency);
                self.text.push_str(&constant);
            }
            Expr::Variable(key, _) => self.text.push_str(key),
            Expr::Folded(key) => {
                self.text.push_str(key);
                self.text.push_str(".fold()");
            }
            Expr::Now => self.text.push_str("now"),
            Expr::Not(inner) => match &**inner {
                Expr::IsNull(value) => self.infix(value, " != null", Binding::Sum),
                inner => {
                    self.text.push('!');
                    self.expr(inner, Binding::Primary);
                }
            },
            Expr::All(parts) => self.joined(parts, " && ", Binding::Relation),
            Expr::Any(parts) => self.joined(parts, " || ", Binding::And),
            Expr::Compare(comparison, left, right) => {
                self.infix(left, comparison_sign(*comparison), Binding::Sum);
                self.expr(right, Binding::Sum);
            }
            Expr::In(value, list) => {
                self.infix(value, " in ", Binding::Sum);
                let items: Vec<String> = list.iter().map(|item| literal(item, self.currency)).collect();
                self.text.push_str(&format!("[{}]", items.join(", ")));
            }
            Expr::IsNull(value) => self.infix(value, " == null", Binding::Sum),
            Expr::Text(test, value, needle) => {
                self.expr(value, Binding::Primary);
                let name = match test {
                    TextTest::Contains => "contains",
                    TextTest::StartsWith => "startsWith",
                    TextTest::EndsWith => "endsWith",
                };
                self.text.push_str(&format!(".{name}({})", quote(needle)));
            }
            Expr::Calculate(calculation, left, right, _) => {
                let (sign, left_place, right_place) = match calculation {
                    Calculation::Add => (" + ", Binding::Sum, Binding::Product),
                    Calculation::Subtract => (" - ", Binding::Sum, Binding::Product),
                    Calculation::Multiply => (" * ", Binding::Product, Binding::Unary),
                    Calculation::Divide => (" / ", Binding::Product, Binding::Unary),
                };
                self.infix(left, sign, left_place);
                self.expr(right, right_place);
            }
            Expr::If(condition, yes, no) => {
                self.infix(condition, " ? ", Binding::Or);
                self.infix(yes, " : ", Binding::Or);
                self.expr(no, Binding::Conditional);
            }
            Expr::Whole(unit, inner) => {
                self.text.push_str(match unit {
                    WholeUnit::Days => "days(",
                    WholeUnit::Hours => "hours(",
                });
                self.expr(inner, Binding::Conditional);
                self.text.push(')');
            }
        }
    }

    fn infix(&mut self, left: &Expr, sign: &str, place: Binding) {
        self.expr(left, place);
        self.text.push_str(sign);
    }

    fn joined(&mut self, parts: &[Expr], sign: &str, place: Binding) {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.text.push_str(sign);
            }
            self.expr(part, place);
        }
    }
}

fn binding(expr: &Expr) -> Binding {
    match expr {
        Expr::If(..) => Binding::Conditional,
        Expr::Any(_) => Binding::Or,
        Expr::All(_) => Binding::And,
        Expr::Compare(..) | Expr::In(..) | Expr::IsNull(_) => Binding::Relation,
        Expr::Not(inner) if matches!(**inner, Expr::IsNull(_)) => Binding::Relation,
        Expr::Calculate(Calculation::Add | Calculation::Subtract, ..) => Binding::Sum,
        Expr::Calculate(Calculation::Multiply | Calculation::Divide, ..) => Binding::Product,
        Expr::Not(_) => Binding::Unary,
        Expr::Literal(Literal::Number(number)) if *number < 0.0 => Binding::Unary,
        Expr::Literal(Literal::Money(minor)) if *minor < 0 => Binding::Unary,
        _ => Binding::Primary,
    }
}

pub(super) fn comparison_sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => " == ",
        Comparison::NotEqual => " != ",
        Comparison::Less => " < ",
        Comparison::AtMost => " <= ",
        Comparison::Greater => " > ",
        Comparison::AtLeast => " >= ",
    }
}

/// Whole numbers without a point, others with as many digits as they need to be read back the same.
pub(super) fn format_number(number: f64) -> String {
    // Adding zero turns −0 into 0.
    format!("{}", number + 0.0)
}

/// A CEL string literal in double quotes.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
