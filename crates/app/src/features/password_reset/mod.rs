//! A forgotten password: a link by mail lets its owner choose another one. It signs nobody in, so it does not get around the second factor.

mod http;

pub(crate) use http::routes;
