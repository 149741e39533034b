//! Tables as files people open: CSV and XLSX.
//!
//! Both are written row by row, so that a table of any length needs no more memory than one
//! row. What users typed stays text: it never becomes a formula, a link or a number.

mod cell;
pub mod csv;
#[cfg(test)]
mod tests;
pub mod xlsx;

pub use cell::Cell;
