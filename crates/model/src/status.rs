//! The subscription status of a user: the one place that says what `trial`, `active` and `expired` mean.

use serde::{Deserialize, Serialize};

use crate::definition::TrialSettings;
use crate::period::Period;
use crate::record::{PaymentRecord, Record, SubscriptionRecord, UserRecord};
use crate::time::{DAY, UtcMillis};

/// Where a user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Inside the trial period and never paid.
    Trial,
    /// A paid period covers now.
    Active,
    /// Neither.
    Expired,
}

impl Status {
    /// The names of all, for definitions.
    pub const NAMES: &'static [&'static str] = &["trial", "active", "expired"];

    /// The name in rules and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Trial => "trial",
            Status::Active => "active",
            Status::Expired => "expired",
        }
    }
}

/// The status at an instant, and the first instant after it at which the status may be another by time alone.
///
/// * **Active**: a paid period covers `now`. A paid period is `[period_start, period_end)` of a payment that succeeded
///   (also one refunded in part), where a missing start is when it was paid; or `[current_period_start,
///   current_period_end)` of a subscription whose status is `active` and whose price is not
///   known to be zero. A payment without an
///   end of its own pays for the current period of the subscription it names, if it was paid no later than that ends.
/// * **Trial**: not active, `now` is in `[registered_at, trial_ends_at)`, and the user never paid: no payment
///   succeeded at or before `now` (a payment that was wholly refunded does not count), and no paid subscription period
///   began. Without `trial_ends_at`, the trial lasts the definition's days from registration. An unknown registration
///   counts as long ago.
/// * **Expired**: everything else.
///
/// All spans include their start and exclude their end.
pub fn status_at(
    user: &UserRecord,
    records: &[Record],
    trial: TrialSettings,
    now: UtcMillis,
) -> (Status, Option<UtcMillis>) {
    let subscriptions = || {
        records.iter().filter_map(|record| match record {
            Record::Subscription(subscription) => Some(subscription),
            _ => None,
        })
    };
    let payments = records.iter().filter_map(|record| match record {
        Record::Payment(payment) if has_paid(payment) => Some(payment),
        _ => None,
    });
    let mut paid_at: Vec<UtcMillis> = Vec::new();
    let mut periods: Vec<Period> = Vec::new();
    for payment in payments {
        // A payment that succeeded at an unknown time was made at some time before now.
        paid_at.push(payment.paid_at.or(payment.period_start).unwrap_or(UtcMillis::saturating(i64::MIN)));
        periods.extend(period_of_payment(payment, subscriptions()));
    }
    for subscription in subscriptions() {
        if let Some(period) = period_of_subscription(subscription) {
            paid_at.push(period.start);
            periods.push(period);
        }
    }
    let trial_period = trial_period(user, trial);
    let ever_paid = paid_at.iter().any(|instant| *instant <= now);
    let status = if periods.iter().any(|period| period.contains(now)) {
        Status::Active
    } else if !ever_paid && trial_period.is_some_and(|period| period.contains(now)) {
        Status::Trial
    } else {
        Status::Expired
    };
    let next_change_at = periods
        .iter()
        .chain(&trial_period)
        .flat_map(|period| [period.start, period.end])
        .chain(paid_at)
        .filter(|instant| *instant > now)
        .min();
    (status, next_change_at)
}

fn has_paid(payment: &PaymentRecord) -> bool {
    matches!(payment.status.as_str(), "succeeded" | "partially_refunded") && payment.amount > 0
}

fn period_of_payment<'a>(
    payment: &PaymentRecord,
    mut subscriptions: impl Iterator<Item = &'a SubscriptionRecord>,
) -> Option<Period> {
    let start = payment.period_start.or(payment.paid_at);
    if let Some(end) = payment.period_end {
        return start.map(|start| Period { start, end });
    }
    let subscription = subscriptions.find(|subscription| Some(&subscription.id) == payment.subscription_id.as_ref())?;
    let end = ended(subscription)?;
    let start = subscription.current_period_start.or(start)?;
    (payment.paid_at.is_none_or(|paid_at| paid_at < end)).then_some(Period { start, end })
}

fn period_of_subscription(subscription: &SubscriptionRecord) -> Option<Period> {
    let paid = subscription.status == "active" && subscription.amount.is_none_or(|amount| amount > 0);
    let start = subscription.current_period_start.or(subscription.started_at)?;
    let end = ended(subscription)?;
    paid.then_some(Period { start, end })
}

/// When the current period of a subscription ends: as planned, or earlier when the subscription ended for good.
fn ended(subscription: &SubscriptionRecord) -> Option<UtcMillis> {
    match (subscription.current_period_end, subscription.ended_at) {
        (Some(planned), Some(ended)) => Some(planned.min(ended)),
        (planned, ended) => planned.or(ended),
    }
}

fn trial_period(user: &UserRecord, trial: TrialSettings) -> Option<Period> {
    let by_length = user.registered_at.map(|start| start.plus(i64::from(trial.days) * DAY));
    let end = user.trial_ends_at.or(by_length)?;
    Some(Period { start: user.registered_at.unwrap_or(UtcMillis::saturating(i64::MIN)), end })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::{RecordKind, RecordPatch};

    fn at(text: &str) -> UtcMillis {
        format!("2026-{text}Z").parse().unwrap()
    }

    fn record(kind: RecordKind, item: serde_json::Value) -> Record {
        RecordPatch::parse(kind, &item).unwrap().apply(None).unwrap()
    }

    fn user(members: serde_json::Value) -> UserRecord {
        let mut item = json!({"id": "1"});
        item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        match record(RecordKind::User, item) {
            Record::User(user) => user,
            other => panic!("{other:?}"),
        }
    }

    fn payment(members: serde_json::Value) -> Record {
        let mut item = json!({"id": "p", "user_id": "1", "amount": 99_000, "currency": "RUB", "status": "succeeded"});
        item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        record(RecordKind::Payment, item)
    }

    fn subscription(members: serde_json::Value) -> Record {
        let mut item = json!({"id": "s", "user_id": "1", "plan": "pro", "status": "active", "amount": 99_000,
            "currency": "RUB", "current_period_start": "2026-03-01T00:00:00Z", "current_period_end": "2026-04-01T00:00:00Z"});
        item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        record(RecordKind::Subscription, item)
    }

    const TRIAL: TrialSettings = TrialSettings { days: 7 };

    fn check(user: &UserRecord, records: &[Record], expected: &[(&str, Status)]) {
        for (instant, status) in expected {
            assert_eq!(status_at(user, records, TRIAL, at(instant)).0, *status, "{instant}");
        }
        // The told next change skips no change.
        let mut now = at("01-01T00:00:00");
        let mut told = vec![status_at(user, records, TRIAL, now).0];
        while let (status, Some(next)) = status_at(user, records, TRIAL, now) {
            assert_eq!(status_at(user, records, TRIAL, next.plus(-1)).0, status, "before {next}");
            now = next;
            told.push(status_at(user, records, TRIAL, now).0);
        }
        for (instant, status) in expected {
            assert!(at(instant) < at("01-01T00:00:00") || told.contains(status));
        }
    }

    // spec: W03
    #[test]
    fn trial_is_inside_the_trial_period_and_never_paid() {
        let given = user(json!({"registered_at": "2026-02-01T10:00:00Z", "trial_ends_at": "2026-02-15T10:00:00Z"}));
        check(
            &given,
            &[],
            &[
                ("02-01T09:59:59.999", Status::Expired),
                ("02-01T10:00:00", Status::Trial),
                ("02-15T09:59:59.999", Status::Trial),
                ("02-15T10:00:00", Status::Expired),
            ],
        );
        let by_length = user(json!({"registered_at": "2026-02-01T10:00:00Z"}));
        check(&by_length, &[], &[("02-08T09:59:59.999", Status::Trial), ("02-08T10:00:00", Status::Expired)]);
        check(&user(json!({})), &[], &[("02-08T10:00:00", Status::Expired)]);
    }

    // spec: W03
    #[test]
    fn active_is_a_paid_period_that_covers_now() {
        let given = user(json!({"registered_at": "2026-02-01T10:00:00Z", "trial_ends_at": "2026-02-15T10:00:00Z"}));
        let paid = payment(json!({"paid_at": "2026-02-05T00:00:00Z", "period_start": "2026-02-06T00:00:00Z",
            "period_end": "2026-03-06T00:00:00Z"}));
        check(
            &given,
            &[paid],
            &[
                ("02-04T23:59:59.999", Status::Trial),
                // Paid, but the paid period has not begun: no longer a trial.
                ("02-05T00:00:00", Status::Expired),
                ("02-06T00:00:00", Status::Active),
                ("03-05T23:59:59.999", Status::Active),
                ("03-06T00:00:00", Status::Expired),
            ],
        );
    }

    // spec: W03
    #[test]
    fn after_paying_the_trial_never_comes_back() {
        let given = user(json!({"registered_at": "2026-02-01T00:00:00Z", "trial_ends_at": "2026-03-01T00:00:00Z"}));
        let paid = payment(json!({"paid_at": "2026-02-02T00:00:00Z", "period_end": "2026-02-09T00:00:00Z"}));
        check(
            &given,
            &[paid],
            &[
                ("02-01T12:00:00", Status::Trial),
                ("02-02T00:00:00", Status::Active),
                ("02-09T00:00:00", Status::Expired),
            ],
        );
    }

    // spec: W03
    #[test]
    fn only_money_that_arrived_counts() {
        let given = user(json!({"registered_at": "2026-02-01T00:00:00Z", "trial_ends_at": "2026-03-01T00:00:00Z"}));
        let period = json!({"paid_at": "2026-02-02T00:00:00Z", "period_end": "2026-02-09T00:00:00Z"});
        for (change, expected) in [
            (json!({"status": "pending"}), Status::Trial),
            (json!({"status": "failed"}), Status::Trial),
            (json!({"status": "canceled"}), Status::Trial),
            (json!({"status": "refunded"}), Status::Trial),
            (json!({"amount": 0}), Status::Trial),
            (json!({"status": "partially_refunded"}), Status::Active),
            (json!({"status": "succeeded"}), Status::Active),
        ] {
            let mut members = period.clone();
            members.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let records = [payment(members)];
            assert_eq!(status_at(&given, &records, TRIAL, at("02-05T00:00:00")).0, expected, "{change}");
        }
    }

    // spec: W03
    #[test]
    fn subscriptions_tell_paid_periods_too() {
        let given = user(json!({}));
        for (change, expected) in [
            (json!({}), Status::Active),
            (json!({"status": "trialing"}), Status::Expired),
            (json!({"status": "past_due"}), Status::Expired),
            (json!({"status": "canceled"}), Status::Expired),
            (json!({"amount": 0}), Status::Expired),
            (json!({"amount": null}), Status::Active),
            (json!({"canceled_at": "2026-03-05T00:00:00Z"}), Status::Active),
            (json!({"ended_at": "2026-03-09T00:00:00Z"}), Status::Expired),
        ] {
            let records = [subscription(change.clone())];
            assert_eq!(status_at(&given, &records, TRIAL, at("03-10T00:00:00")).0, expected, "{change}");
        }
        // A payment without a period of its own pays for the subscription's, also after that was canceled.
        let canceled = subscription(json!({"status": "canceled"}));
        let paid = payment(json!({"subscription_id": "s", "paid_at": "2026-03-01T00:00:00Z"}));
        check(
            &given,
            &[canceled.clone(), paid],
            &[
                ("02-28T23:59:59", Status::Expired),
                ("03-10T00:00:00", Status::Active),
                ("04-01T00:00:00", Status::Expired),
            ],
        );
        let unrelated = payment(json!({"subscription_id": "other", "paid_at": "2026-03-01T00:00:00Z"}));
        check(&given, &[canceled, unrelated], &[("03-10T00:00:00", Status::Expired)]);
    }
}
