//! Evaluation in memory, and the instants at which time alone can change the result.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Calculation, Comparison, Expr, ExprType, Literal, TextTest, Values};
use crate::time::UtcMillis;
use crate::value::{FieldType, Value, fold};

/// The value of an expression at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    value: Option<Scalar<'static>>,
    /// The first instant after now at which the value may be another, if nothing but time changes. Until then it is
    /// the same for certain; at that instant it is usually, not always, another.
    pub next_change_at: Option<UtcMillis>,
}

impl Outcome {
    /// Whether the value is true (not false, not missing).
    pub fn is_true(&self) -> bool {
        self.value == Some(Scalar::Boolean(true))
    }

    /// The truth value; `None` is unknown.
    pub fn truth(&self) -> Option<bool> {
        match self.value {
            Some(Scalar::Boolean(yes)) => Some(yes),
            _ => None,
        }
    }

    /// The value as a field of this type. A number becomes a whole one by rounding half away from zero; what is out of
    /// the type's range is missing.
    pub fn into_value(self, field_type: FieldType) -> Option<Value> {
        match (self.value?, field_type) {
            (Scalar::Text(text), FieldType::Text | FieldType::Enum) => Some(Value::Text(text.into_owned())),
            (Scalar::Number(number), FieldType::Number | FieldType::Percent) => Value::number(number),
            (Scalar::Number(number), FieldType::Integer) => {
                Value::number(number).and_then(|_| Value::integer(number.round() as i64))
            }
            (Scalar::Boolean(yes), FieldType::Boolean) => Some(Value::Boolean(yes)),
            (Scalar::Timestamp(instant), FieldType::Timestamp) => UtcMillis::new(instant).map(Value::Timestamp),
            (Scalar::Money(minor), FieldType::Money) => {
                (minor.abs() <= crate::money::MAX_MINOR).then_some(Value::Money(minor))
            }
            _ => None,
        }
    }
}

/// A value while calculating.
#[derive(Debug, Clone, PartialEq)]
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Money(i64),
    Boolean(bool),
    Timestamp(i64),
    Duration(i64),
}

/// A value, and by how many milliseconds it moves for each millisecond of time (only `now` and what is calculated
/// from it moves).
struct Moving<'a> {
    value: Option<Scalar<'a>>,
    slope: i64,
}

impl<'a> Moving<'a> {
    fn still(value: Option<Scalar<'a>>) -> Moving<'a> {
        Moving { value, slope: 0 }
    }

    fn boolean(value: Option<bool>) -> Moving<'a> {
        Moving::still(value.map(Scalar::Boolean))
    }

    fn truth(&self) -> Option<bool> {
        match self.value {
            Some(Scalar::Boolean(yes)) => Some(yes),
            _ => None,
        }
    }
}

struct Evaluation<'v, V> {
    values: &'v V,
    now: i64,
    next_change_at: Option<i64>,
}

pub(super) fn evaluate(root: &Expr, values: &impl Values, now: UtcMillis) -> Outcome {
    let mut evaluation = Evaluation { values, now: now.as_millis(), next_change_at: None };
    let value = evaluation.value_of(root).value.map(|scalar| match scalar {
        Scalar::Text(text) => Scalar::Text(Cow::Owned(text.into_owned())),
        Scalar::Number(number) => Scalar::Number(number),
        Scalar::Money(minor) => Scalar::Money(minor),
        Scalar::Boolean(yes) => Scalar::Boolean(yes),
        Scalar::Timestamp(instant) => Scalar::Timestamp(instant),
        Scalar::Duration(span) => Scalar::Duration(span),
    });
    Outcome { value, next_change_at: evaluation.next_change_at.and_then(UtcMillis::new) }
}

impl<'v, V: Values> Evaluation<'v, V> {
    // Every part is evaluated, even where the result is already certain: a part that does not matter now may be the
    // one that time changes.
    fn value_of<'e>(&mut self, expr: &'e Expr) -> Moving<'e>
    where
        'v: 'e,
    {
        match expr {
            Expr::Literal(literal) => Moving::still(Some(constant(literal))),
            Expr::Variable(key, field_type) => {
                Moving::still(self.values.value(key).and_then(|value| typed(value, *field_type)))
            }
            Expr::Folded(key) => {
                let value = self.values.value(key);
                let text = value.as_deref().and_then(Value::as_text).map(fold);
                Moving::still(text.map(|text| Scalar::Text(Cow::Owned(text))))
            }
            Expr::Now => Moving { value: Some(Scalar::Timestamp(self.now)), slope: 1 },
            Expr::Not(inner) => Moving::boolean(self.value_of(inner).truth().map(|yes| !yes)),
            Expr::All(parts) => Moving::boolean(self.combine(parts, false)),
            Expr::Any(parts) => Moving::boolean(self.combine(parts, true)),
            Expr::Compare(comparison, left, right) => {
                let (left, right) = (self.value_of(left), self.value_of(right));
                self.note_crossing(*comparison, &left, &right);
                Moving::boolean(compare(*comparison, left.value.as_ref(), right.value.as_ref()))
            }
            Expr::In(inner, list) => {
                let inner = self.value_of(inner);
                Moving::boolean(inner.value.map(|value| list.iter().any(|item| constant(item) == value)))
            }
            Expr::IsNull(inner) => Moving::boolean(Some(self.value_of(inner).value.is_none())),
            Expr::Text(test, inner, needle) => {
                let found = match self.value_of(inner).value {
                    Some(Scalar::Text(text)) => Some(match test {
                        TextTest::Contains => text.contains(needle.as_str()),
                        TextTest::StartsWith => text.starts_with(needle.as_str()),
                        TextTest::EndsWith => text.ends_with(needle.as_str()),
                    }),
                    _ => None,
                };
                Moving::boolean(found)
            }
            Expr::Calculate(calculation, left, right, result) => {
                let (left, right) = (self.value_of(left), self.value_of(right));
                let slope = match calculation {
                    Calculation::Subtract => left.slope - right.slope,
                    _ => left.slope + right.slope,
                };
                Moving { value: calculate(*calculation, left.value, right.value, *result), slope }
            }
            Expr::If(condition, yes, no) => {
                let condition = self.value_of(condition).truth();
                let (yes, no) = (self.value_of(yes), self.value_of(no));
                if condition == Some(true) { yes } else { no }
            }
            Expr::Whole(unit, inner) => {
                let inner = self.value_of(inner);
                let Some(Scalar::Duration(span)) = inner.value else {
                    return Moving::still(None);
                };
                let unit = unit.milliseconds();
                let whole = span.div_euclid(unit);
                if inner.slope > 0 {
                    self.note_distance((whole + 1) * unit - span, inner.slope);
                } else if inner.slope < 0 {
                    self.note_distance(span - whole * unit + 1, -inner.slope);
                }
                Moving::still(Some(Scalar::Number(whole as f64)))
            }
        }
    }

    /// Three-valued and/or: `decisive` (false for and, true for or) wins over unknown, unknown over the rest.
    fn combine(&mut self, parts: &[Expr], decisive: bool) -> Option<bool> {
        let mut result = Some(!decisive);
        for part in parts {
            match self.value_of(part).truth() {
                Some(yes) if yes == decisive => result = Some(decisive),
                None if result == Some(!decisive) => result = None,
                _ => {}
            }
        }
        result
    }

    /// Two sides that move apart or towards each other may compare differently once they meet, and once they have passed.
    fn note_crossing(&mut self, comparison: Comparison, left: &Moving<'_>, right: &Moving<'_>) {
        let slope = left.slope - right.slope;
        let difference = match (&left.value, &right.value) {
            (Some(Scalar::Timestamp(left)), Some(Scalar::Timestamp(right)))
            | (Some(Scalar::Duration(left)), Some(Scalar::Duration(right))) => left - right,
            _ => return,
        };
        if slope == 0 {
            return;
        }
        let result_after = |after: i64| holds(comparison, (difference + slope * after).cmp(&0));
        let meeting = (-difference).div_euclid(slope);
        let changes = |after: &i64| *after > 0 && result_after(*after) != result_after(0);
        if let Some(after) = [meeting, meeting + 1].into_iter().find(changes) {
            self.note(self.now.saturating_add(after));
        }
    }

    fn note_distance(&mut self, distance: i64, speed: i64) {
        self.note(self.now.saturating_add((distance + speed - 1) / speed));
    }

    fn note(&mut self, instant: i64) {
        self.next_change_at = Some(self.next_change_at.map_or(instant, |known| known.min(instant)));
    }
}

fn constant(literal: &Literal) -> Scalar<'_> {
    match literal {
        Literal::Text(text) => Scalar::Text(Cow::Borrowed(text)),
        Literal::Number(number) => Scalar::Number(*number),
        Literal::Money(minor) => Scalar::Money(*minor),
        Literal::Boolean(yes) => Scalar::Boolean(*yes),
        Literal::Timestamp(instant) => Scalar::Timestamp(instant.as_millis()),
        Literal::Duration(span) => Scalar::Duration(*span),
    }
}

/// A value as its declared type; one of another type counts as missing.
fn typed(value: Cow<'_, Value>, field_type: FieldType) -> Option<Scalar<'_>> {
    match (ExprType::of_field(field_type), value) {
        (ExprType::Text | ExprType::Enum, Cow::Borrowed(Value::Text(text))) => Some(Scalar::Text(Cow::Borrowed(text))),
        (ExprType::Text | ExprType::Enum, Cow::Owned(Value::Text(text))) => Some(Scalar::Text(Cow::Owned(text))),
        (expected, value) => match (expected, &*value) {
            (ExprType::Number, Value::Integer(number)) => Some(Scalar::Number(*number as f64)),
            (ExprType::Number, Value::Number(number)) => Some(Scalar::Number(*number)),
            (ExprType::Money, Value::Money(minor) | Value::Integer(minor)) => Some(Scalar::Money(*minor)),
            (ExprType::Boolean, Value::Boolean(yes)) => Some(Scalar::Boolean(*yes)),
            (ExprType::Timestamp, Value::Timestamp(instant)) => Some(Scalar::Timestamp(instant.as_millis())),
            _ => None,
        },
    }
}

fn compare(comparison: Comparison, left: Option<&Scalar<'_>>, right: Option<&Scalar<'_>>) -> Option<bool> {
    let ordering = match (left?, right?) {
        (Scalar::Text(left), Scalar::Text(right)) => left.cmp(right),
        (Scalar::Number(left), Scalar::Number(right)) => left.partial_cmp(right)?,
        (Scalar::Boolean(left), Scalar::Boolean(right)) => left.cmp(right),
        (Scalar::Money(left), Scalar::Money(right))
        | (Scalar::Timestamp(left), Scalar::Timestamp(right))
        | (Scalar::Duration(left), Scalar::Duration(right)) => left.cmp(right),
        _ => return None,
    };
    Some(holds(comparison, ordering))
}

fn holds(comparison: Comparison, ordering: Ordering) -> bool {
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::AtMost => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::AtLeast => ordering.is_ge(),
    }
}

fn calculate<'a>(
    calculation: Calculation,
    left: Option<Scalar<'a>>,
    right: Option<Scalar<'a>>,
    result: ExprType,
) -> Option<Scalar<'a>> {
    let whole = |left: i64, right: i64| match calculation {
        Calculation::Subtract => left.checked_sub(right),
        _ => left.checked_add(right),
    };
    match (left?, right?) {
        (Scalar::Number(left), Scalar::Number(right)) => decimal(calculation, left, right).map(Scalar::Number),
        (Scalar::Money(left), Scalar::Money(right)) if result == ExprType::Number => {
            decimal(calculation, left as f64, right as f64).map(Scalar::Number)
        }
        (Scalar::Money(left), Scalar::Money(right)) => whole(left, right).map(Scalar::Money),
        (Scalar::Timestamp(left), Scalar::Timestamp(right)) => whole(left, right).map(Scalar::Duration),
        (Scalar::Timestamp(left), Scalar::Duration(right)) | (Scalar::Duration(left), Scalar::Timestamp(right)) => {
            whole(left, right).map(Scalar::Timestamp)
        }
        (Scalar::Duration(left), Scalar::Duration(right)) => whole(left, right).map(Scalar::Duration),
        _ => None,
    }
}

fn decimal(calculation: Calculation, left: f64, right: f64) -> Option<f64> {
    let number = match calculation {
        Calculation::Add => left + right,
        Calculation::Subtract => left - right,
        Calculation::Multiply => left * right,
        Calculation::Divide if right == 0.0 => return None,
        Calculation::Divide => left / right,
    };
    number.is_finite().then_some(number)
}
