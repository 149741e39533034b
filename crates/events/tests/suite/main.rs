//! Tests of the event store from outside.

mod builders;
mod contract;
mod crash;
mod durability;
mod faults;
mod files;
mod queries;
mod random;
mod reference;
