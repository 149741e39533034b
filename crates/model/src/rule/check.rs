//! From CEL text to a checked expression.

use std::str::FromStr;

use cel::common::ast::{CallExpr, Expr as Cel, IdedExpr, LiteralValue, SourceInfo, operators};

use super::syntax::{self, MOST_PARTS};
use super::{
    Calculation, Comparison, Expr, ExprType, Literal, Position, RuleError, Scope, TextTest, Variable, WholeUnit,
};
use crate::money::Money;
use crate::suggest::closest;
use crate::time::{UtcMillis, parse_duration};
use crate::value::{FieldType, MAX_NUMBER, fold};

const LONGEST_LIST: usize = 500;
/// Bounds how far a result can grow or shrink, so that no engine overflows: see [`MAX_NUMBER`].
const MOST_PRODUCTS: usize = 8;

pub(super) fn parse(text: &str, scope: &Scope) -> Result<Expr, Vec<RuleError>> {
    let (root, source) = syntax::read(text)?;
    let length = text.chars().count();
    let mut checker = Checker { scope, source, errors: Vec::new(), parts: 0, products: 0, length };
    match checker.expr(&root) {
        Some(Operand::Typed(expr)) if checker.errors.is_empty() => Ok(expr),
        Some(Operand::Null) if checker.errors.is_empty() => syntax::refuse(text, "null alone says nothing".to_owned()),
        _ => Err(checker.errors),
    }
}

enum Operand {
    Typed(Expr),
    Null,
}

struct Checker<'s> {
    scope: &'s Scope,
    source: SourceInfo,
    errors: Vec<RuleError>,
    parts: usize,
    products: usize,
    length: usize,
}

impl Checker<'_> {
    /// The checked expression; `None` when an error was noted.
    fn expr(&mut self, node: &IdedExpr) -> Option<Operand> {
        self.parts += 1;
        if self.parts > MOST_PARTS {
            if self.parts == MOST_PARTS + 1 {
                self.fail::<Expr>(node, format!("the rule is too large; at most {MOST_PARTS} parts are allowed"));
            }
            return None;
        }
        let expr = match &node.expr {
            Cel::Literal(LiteralValue::Null) => return Some(Operand::Null),
            Cel::Literal(literal) => Expr::Literal(self.literal(node, literal)?),
            Cel::Ident(name) if name == "now" => Expr::Now,
            Cel::Ident(name) => {
                let variable = self.variable(node, name)?;
                Expr::Variable(variable.key.clone(), variable.variable_type)
            }
            Cel::Call(call) => self.call(node, call)?,
            Cel::Select(_) => {
                return self.fail(node, "names have no members; write the name of a field alone".to_owned());
            }
            Cel::List(_) => {
                return self.fail(node, "a list can only stand after `in`".to_owned());
            }
            _ => {
                return self.fail(node, "this form is not part of the rule language".to_owned());
            }
        };
        Some(Operand::Typed(expr))
    }

    fn typed(&mut self, node: &IdedExpr) -> Option<Expr> {
        match self.expr(node)? {
            Operand::Typed(expr) => Some(expr),
            Operand::Null => self.fail(node, "null can only be compared with == and !=".to_owned()),
        }
    }

    fn of_type(&mut self, node: &IdedExpr, wanted: ExprType) -> Option<Expr> {
        let expr = self.typed(node)?;
        let found = expr.expr_type();
        if found == wanted {
            return Some(expr);
        }
        self.fail(node, format!("this must be {}, but it is {}", wanted.in_words(), found.in_words()))
    }

    fn literal(&mut self, node: &IdedExpr, literal: &LiteralValue) -> Option<Literal> {
        match literal {
            LiteralValue::Boolean(yes) => Some(Literal::Boolean(*yes.inner())),
            LiteralValue::String(text) if text.inner().contains('\0') => {
                self.fail(node, "text cannot contain the character U+0000".to_owned())
            }
            LiteralValue::String(text) => Some(Literal::Text(text.inner().to_owned())),
            LiteralValue::Int(number) => self.number(node, *number.inner() as f64),
            LiteralValue::UInt(number) => self.number(node, *number.inner() as f64),
            LiteralValue::Double(number) => self.number(node, *number.inner()),
            LiteralValue::Bytes(_) | LiteralValue::Null => {
                self.fail(node, "bytes are not part of the rule language".to_owned())
            }
        }
    }

    fn number(&mut self, node: &IdedExpr, number: f64) -> Option<Literal> {
        let small = number != 0.0 && number.abs() < 1.0 / MAX_NUMBER;
        if !number.is_finite() || number.abs() > MAX_NUMBER || small {
            return self.fail(node, "a number must be 0 or between 10^-15 and 10^15".to_owned());
        }
        Some(Literal::Number(number + 0.0))
    }

    fn variable(&mut self, node: &IdedExpr, name: &str) -> Option<Variable> {
        if let Some(variable) = self.scope.variable(name) {
            return Some(variable.clone());
        }
        let names = self.scope.variables().iter().map(|variable| variable.key.as_str());
        let suggestion = closest(name, names.chain(["now"])).map(str::to_owned);
        self.fail_with(node, format!("there is no field named {name:?}"), suggestion)
    }

    fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Option<Expr> {
        match (call.func_name.as_str(), &call.target, call.args.as_slice()) {
            (operators::LOGICAL_AND, None, [left, right]) => {
                let (left, right) = self.pair(left, right, ExprType::Boolean)?;
                Some(Expr::All(flattened(left, right, |expr| match expr {
                    Expr::All(parts) => Ok(parts),
                    other => Err(other),
                })))
            }
            (operators::LOGICAL_OR, None, [left, right]) => {
                let (left, right) = self.pair(left, right, ExprType::Boolean)?;
                Some(Expr::Any(flattened(left, right, |expr| match expr {
                    Expr::Any(parts) => Ok(parts),
                    other => Err(other),
                })))
            }
            (operators::LOGICAL_NOT, None, [inner]) => {
                Some(Expr::Not(Box::new(self.of_type(inner, ExprType::Boolean)?)))
            }
            (operators::CONDITIONAL, None, [condition, yes, no]) => {
                let condition = self.of_type(condition, ExprType::Boolean);
                let (yes, no) = (self.typed(yes), self.typed(no));
                let (yes, no) = self.same_type(node, yes?, no?)?;
                Some(Expr::If(Box::new(condition?), Box::new(yes), Box::new(no)))
            }
            (operators::EQUALS, None, [left, right]) => self.equality(node, Comparison::Equal, left, right),
            (operators::NOT_EQUALS, None, [left, right]) => self.equality(node, Comparison::NotEqual, left, right),
            (operators::LESS, None, [left, right]) => self.order(node, Comparison::Less, left, right),
            (operators::LESS_EQUALS, None, [left, right]) => self.order(node, Comparison::AtMost, left, right),
            (operators::GREATER, None, [left, right]) => self.order(node, Comparison::Greater, left, right),
            (operators::GREATER_EQUALS, None, [left, right]) => self.order(node, Comparison::AtLeast, left, right),
            (operators::IN, None, [value, list]) => self.membership(node, value, list),
            (operators::ADD, None, [left, right]) => self.calculation(node, Calculation::Add, left, right),
            (operators::SUBSTRACT, None, [left, right]) => self.calculation(node, Calculation::Subtract, left, right),
            (operators::MULTIPLY, None, [left, right]) => self.calculation(node, Calculation::Multiply, left, right),
            (operators::DIVIDE, None, [left, right]) => self.calculation(node, Calculation::Divide, left, right),
            (operators::NEGATE, None, [inner]) => self.negation(inner),
            ("has", None, [inner]) => {
                let value = self.typed(inner)?;
                Some(Expr::Not(Box::new(Expr::IsNull(Box::new(value)))))
            }
            ("timestamp", None, [text]) => self.instant(text),
            ("duration", None, [text]) => self.span(text),
            ("days", None, [span]) => self.whole(WholeUnit::Days, span),
            ("hours", None, [span]) => self.whole(WholeUnit::Hours, span),
            ("fold", Some(target), []) => self.folded(target),
            ("contains", Some(target), [needle]) => self.text_test(TextTest::Contains, target, needle),
            ("startsWith", Some(target), [needle]) => self.text_test(TextTest::StartsWith, target, needle),
            ("endsWith", Some(target), [needle]) => self.text_test(TextTest::EndsWith, target, needle),
            (name, ..) => self.unknown_function(node, name),
        }
    }

    fn pair(&mut self, left: &IdedExpr, right: &IdedExpr, wanted: ExprType) -> Option<(Expr, Expr)> {
        // Both sides are checked before giving up, so that both errors are told.
        let (left, right) = (self.of_type(left, wanted), self.of_type(right, wanted));
        Some((left?, right?))
    }

    fn equality(&mut self, node: &IdedExpr, comparison: Comparison, left: &IdedExpr, right: &IdedExpr) -> Option<Expr> {
        let (left, right) = (self.expr(left), self.expr(right));
        match (left?, right?) {
            (Operand::Null, Operand::Null) => self.fail(node, "null compared with null says nothing".to_owned()),
            (Operand::Typed(value), Operand::Null) | (Operand::Null, Operand::Typed(value)) => {
                let missing = Expr::IsNull(Box::new(value));
                Some(match comparison {
                    Comparison::NotEqual => Expr::Not(Box::new(missing)),
                    _ => missing,
                })
            }
            (Operand::Typed(left), Operand::Typed(right)) => {
                let (left, right) = self.same_type(node, left, right)?;
                Some(Expr::Compare(comparison, Box::new(left), Box::new(right)))
            }
        }
    }

    fn order(&mut self, node: &IdedExpr, comparison: Comparison, left: &IdedExpr, right: &IdedExpr) -> Option<Expr> {
        let (left, right) = (self.typed(left), self.typed(right));
        let (left, right) = self.same_type(node, left?, right?)?;
        match left.expr_type() {
            ExprType::Number | ExprType::Money | ExprType::Timestamp | ExprType::Duration => {
                Some(Expr::Compare(comparison, Box::new(left), Box::new(right)))
            }
            found => self.fail(node, format!("{} has no order; use == or != or `in`", found.in_words())),
        }
    }

    /// Both sides in one type: a text literal beside an enum must be one of its values, a number beside money means
    /// whole units, text beside folded text is folded.
    fn same_type(&mut self, node: &IdedExpr, left: Expr, right: Expr) -> Option<(Expr, Expr)> {
        let (left_type, right_type) = (left.expr_type(), right.expr_type());
        let (left, right) = match (left, right) {
            (value, Expr::Literal(literal)) => {
                let literal = self.fitting(node, &value, literal)?;
                (value, Expr::Literal(literal))
            }
            (Expr::Literal(literal), value) => {
                let literal = self.fitting(node, &value, literal)?;
                (Expr::Literal(literal), value)
            }
            both => both,
        };
        let texts = |expr: &Expr| matches!(expr.expr_type(), ExprType::Text | ExprType::Enum);
        if left.expr_type() == right.expr_type() || (texts(&left) && texts(&right)) {
            return Some((left, right));
        }
        self.fail(node, format!("{} and {} cannot be compared", left_type.in_words(), right_type.in_words()))
    }

    fn fitting(&mut self, node: &IdedExpr, beside: &Expr, literal: Literal) -> Option<Literal> {
        match (beside, beside.expr_type(), literal) {
            (Expr::Variable(key, FieldType::Enum), _, Literal::Text(text)) => {
                let values = self.scope.variable(key).map(|variable| variable.values.clone()).unwrap_or_default();
                if values.is_empty() || values.contains(&text) {
                    return Some(Literal::Text(text));
                }
                let suggestion = closest(&text, values.iter().map(String::as_str)).map(str::to_owned);
                let detail = format!("{key} is never {text:?}; it can be {}", values.join(", "));
                self.fail_with(node, detail, suggestion)
            }
            (Expr::Folded(_), _, Literal::Text(text)) => Some(Literal::Text(fold(&text))),
            (_, ExprType::Money, Literal::Number(number)) => {
                match Money::parse(&super::print::format_number(number), self.scope.currency()) {
                    Ok(money) => Some(Literal::Money(money.minor)),
                    Err(error) => self.fail(node, error.to_string()),
                }
            }
            (_, ExprType::Timestamp, Literal::Text(text)) => self.fail_with(
                node,
                "a time is written timestamp(\"…\")".to_owned(),
                Some(format!("timestamp({})", super::print::quote(&text))),
            ),
            (_, ExprType::Duration, Literal::Text(text)) => self.fail_with(
                node,
                "a duration is written duration(\"…\")".to_owned(),
                Some(format!("duration({})", super::print::quote(&text))),
            ),
            (_, _, literal) => Some(literal),
        }
    }

    fn membership(&mut self, node: &IdedExpr, value: &IdedExpr, list: &IdedExpr) -> Option<Expr> {
        let value = self.typed(value)?;
        let Cel::List(list) = &list.expr else {
            return self.fail(list, "after `in` comes a list, such as [\"a\", \"b\"]".to_owned());
        };
        if list.elements.is_empty() || list.elements.len() > LONGEST_LIST {
            return self.fail(node, format!("the list must have 1 to {LONGEST_LIST} values"));
        }
        match value.expr_type() {
            ExprType::Text | ExprType::Enum | ExprType::Number | ExprType::Money => {}
            found => {
                return self.fail(node, format!("{} cannot be looked up in a list", found.in_words()));
            }
        }
        let mut items = Vec::with_capacity(list.elements.len());
        for element in &list.elements {
            // Values of a list do not count as parts: a list is one comparison however long it is.
            self.parts -= 1;
            let item = self.typed(element)?;
            let (_, item) = self.same_type(element, value.clone(), item)?;
            match item {
                Expr::Literal(literal) => items.push(literal),
                _ => return self.fail(element, "a list holds constants only".to_owned()),
            }
        }
        Some(Expr::In(Box::new(value), items))
    }

    fn calculation(
        &mut self,
        node: &IdedExpr,
        calculation: Calculation,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Option<Expr> {
        use ExprType::{Duration, Money, Number, Timestamp};
        let (left, right) = (self.typed(left), self.typed(right));
        let (mut left, mut right) = (left?, right?);
        let additive = matches!(calculation, Calculation::Add | Calculation::Subtract);
        if additive && (left.expr_type() == Money || right.expr_type() == Money) {
            (left, right) = self.same_type(node, left, right)?;
        }
        let result = match (calculation, left.expr_type(), right.expr_type()) {
            (_, Number, Number) => Number,
            (Calculation::Divide, Money, Money) => Number,
            (Calculation::Add | Calculation::Subtract, Money, Money) => Money,
            (Calculation::Add | Calculation::Subtract, Timestamp, Duration) => Timestamp,
            (Calculation::Add, Duration, Timestamp) => Timestamp,
            (Calculation::Subtract, Timestamp, Timestamp) => Duration,
            (Calculation::Add | Calculation::Subtract, Duration, Duration) => Duration,
            (_, found_left, found_right) => {
                let detail =
                    format!("{} and {} cannot be calculated so", found_left.in_words(), found_right.in_words());
                return self.fail(node, detail);
            }
        };
        if !additive {
            self.products += 1;
            if self.products > MOST_PRODUCTS {
                return self.fail(node, format!("at most {MOST_PRODUCTS} multiplications and divisions are allowed"));
            }
        }
        Some(Expr::Calculate(calculation, Box::new(left), Box::new(right), result))
    }

    fn negation(&mut self, inner: &IdedExpr) -> Option<Expr> {
        match self.typed(inner)? {
            Expr::Literal(Literal::Number(number)) => Some(Expr::Literal(Literal::Number(0.0 - number))),
            value if value.expr_type() == ExprType::Number => {
                let zero = Expr::Literal(Literal::Number(0.0));
                Some(Expr::Calculate(Calculation::Subtract, Box::new(zero), Box::new(value), ExprType::Number))
            }
            value => self.fail(inner, format!("- needs a number, but this is {}", value.expr_type().in_words())),
        }
    }

    fn constant_text(&mut self, node: &IdedExpr, needed_for: &str) -> Option<String> {
        match &node.expr {
            Cel::Literal(LiteralValue::String(text)) if !text.inner().contains('\0') => Some(text.inner().to_owned()),
            _ => self.fail(node, format!("{needed_for} needs text in quotes")),
        }
    }

    fn instant(&mut self, text: &IdedExpr) -> Option<Expr> {
        let written = self.constant_text(text, "timestamp()")?;
        match UtcMillis::from_str(&written) {
            Ok(instant) => Some(Expr::Literal(Literal::Timestamp(instant))),
            Err(error) => self.fail(text, error.to_string()),
        }
    }

    fn span(&mut self, text: &IdedExpr) -> Option<Expr> {
        let written = self.constant_text(text, "duration()")?;
        match parse_duration(&written) {
            Ok(span) => Some(Expr::Literal(Literal::Duration(span))),
            Err(error) => self.fail(text, error.to_string()),
        }
    }

    fn whole(&mut self, unit: WholeUnit, span: &IdedExpr) -> Option<Expr> {
        Some(Expr::Whole(unit, Box::new(self.of_type(span, ExprType::Duration)?)))
    }

    fn folded(&mut self, target: &IdedExpr) -> Option<Expr> {
        let Cel::Ident(name) = &target.expr else {
            return self.fail(target, "fold() stands after the name of a text field".to_owned());
        };
        let variable = self.variable(target, name)?;
        if variable.folds {
            return Some(Expr::Folded(variable.key));
        }
        self.fail(target, format!("{name} cannot be compared without regard to case"))
    }

    fn text_test(&mut self, test: TextTest, target: &IdedExpr, needle: &IdedExpr) -> Option<Expr> {
        let value = self.of_type(target, ExprType::Text);
        let needle = self.constant_text(needle, "a search");
        let (value, needle) = (value?, needle?);
        let needle = if matches!(value, Expr::Folded(_)) { fold(&needle) } else { needle };
        Some(Expr::Text(test, Box::new(value), needle))
    }

    fn unknown_function(&mut self, node: &IdedExpr, name: &str) -> Option<Expr> {
        const FUNCTIONS: [&str; 9] =
            ["has", "timestamp", "duration", "days", "hours", "fold", "contains", "startsWith", "endsWith"];
        if name == "matches" {
            let detail = "matches() is left out because databases disagree on regular expressions; use contains, \
                          startsWith or endsWith";
            return self.fail(node, detail.to_owned());
        }
        if FUNCTIONS.contains(&name) {
            return self.fail(node, format!("{name} is not used this way; see the rule language"));
        }
        let suggestion = closest(name, FUNCTIONS).map(str::to_owned);
        let plain = name.trim_matches(|sign: char| sign == '_' || sign == '@');
        self.fail_with(node, format!("{plain} is not part of the rule language"), suggestion)
    }

    fn fail<T>(&mut self, node: &IdedExpr, detail: String) -> Option<T> {
        self.fail_with(node, detail, None)
    }

    fn fail_with<T>(&mut self, node: &IdedExpr, detail: String, suggestion: Option<String>) -> Option<T> {
        let position = self.position(node);
        self.errors.push(RuleError { position, detail, suggestion });
        None
    }

    /// The text the expression spans. The parser knows the place of one token; an operator's place is its sign, so the
    /// span is drawn around everything inside.
    fn position(&self, node: &IdedExpr) -> Position {
        let mut span: Option<(u32, u32)> = None;
        self.widen(node, &mut span);
        match span {
            Some((start, stop)) => Position {
                start: self.characters_before(start as usize),
                end: self.characters_before(stop as usize + 1),
            },
            None => Position { start: 0, end: self.length },
        }
    }

    /// The parser counts bytes; people and editors count characters.
    fn characters_before(&self, byte: usize) -> usize {
        self.source.source.char_indices().take_while(|(index, _)| *index < byte).count()
    }

    fn widen(&self, node: &IdedExpr, span: &mut Option<(u32, u32)>) {
        if let Some((start, stop)) = self.source.offset_for(node.id) {
            *span = Some(span.map_or((start, stop), |(first, last)| (first.min(start), last.max(stop))));
        }
        match &node.expr {
            Cel::Call(call) => {
                for part in call.target.iter().map(|target| &**target).chain(&call.args) {
                    self.widen(part, span);
                }
            }
            Cel::Select(select) => self.widen(&select.operand, span),
            Cel::List(list) => list.elements.iter().for_each(|element| self.widen(element, span)),
            _ => {}
        }
    }
}

fn flattened(left: Expr, right: Expr, open: fn(Expr) -> Result<Vec<Expr>, Expr>) -> Vec<Expr> {
    let mut parts = open(left).unwrap_or_else(|single| vec![single]);
    parts.extend(open(right).unwrap_or_else(|single| vec![single]));
    parts
}
