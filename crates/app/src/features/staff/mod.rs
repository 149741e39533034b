//! Staff: the people who log into the panel, and what each of them may do.

mod add;
mod common_passwords;
mod http;
mod model;
mod network;
mod password;
mod store;

pub use add::{Added, NewStaff, add, reset_second_factor};
pub(crate) use add::{check_who, join, name_fault, prepare};
pub use http::StaffView;
pub use model::{Access, Reach, Staff, fold_email, is_email};
pub use network::{Network, NotANetwork};
pub use password::{Checked, PasswordCost, Passwords, require_good, weakness};
pub use store::{
    COLUMNS, all, by_email, by_id, describe, describe_staff, insert, is_empty, lock, read, read_access,
    update_password, update_profile,
};

pub(crate) use http::{parse_access, routes};
