//! The doors through which a product tells what happened and what is. Every way in ends as an event or a record; nothing else writes product data.
//!
//! - [`segment`]: the Segment HTTP tracking API, for its client libraries and RudderStack's.
//! - [`posthog`]: PostHog's capture endpoints, for its client libraries.
//! - [`native`]: Kabinet's own events endpoint.
//!
//! One bad item never costs the batch: each item has an outcome of its own, and the debugger shows why one was refused.

pub(crate) mod body;
mod cross_origin;
pub mod debugger;
mod intake;
mod native;
mod posthog;
pub mod rates;
mod segment;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    let doors = OpenApiRouter::new().merge(segment::routes()).merge(posthog::routes()).merge(native::routes());
    doors.layer(axum::middleware::from_fn(cross_origin::answer)).merge(debugger::routes())
}
