//! Tests of the event store from outside.

mod builders;
mod contract;
mod random;
mod reference;
