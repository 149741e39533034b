use kabinet_model::definition::{Definition, Source};
use kabinet_model::label::Label;
use kabinet_model::time::UtcMillis;

use crate::features::users::UserFilter;
use crate::http::time::rfc3339;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// A number and the users behind it.
pub(super) struct Tile {
    pub key: String,
    pub filter: UserFilter,
    /// The users who were behind it one period earlier, where the table still knows.
    pub previous: Option<UserFilter>,
    pub label: Option<Label>,
}

/// The tiles of a workspace. Instants are written into the filters, so that a list opened later shows the same users.
pub(super) fn tiles(definition: &Definition, now: i64) -> Vec<Tile> {
    let midnight = definition.time_zone.day_around(UtcMillis::saturating(now)).start.as_millis();
    let week_ago = days_before(definition, now, 6);
    let two_weeks_ago = days_before(definition, now, 13);
    let active = activity_field(definition);
    let mut tiles = vec![
        tile("users", "", Some(format!("registered_at == null || registered_at < {}", instant(now - 30 * DAY_MS)))),
        tile("active_today", &format!("{active} >= {}", instant(midnight)), None),
        tile(
            "new_7d",
            &format!("registered_at >= {}", instant(week_ago)),
            Some(format!("registered_at >= {} && registered_at < {}", instant(two_weeks_ago), instant(week_ago))),
        ),
        tile("active_30d", &format!("{active} >= {}", instant(now - 30 * DAY_MS)), None),
    ];
    for (key, status) in [("paying", "active"), ("trial", "trial")] {
        let known =
            definition.field("status").is_some_and(|field| field.values.iter().any(|known| known.value == status));
        if known {
            tiles.push(tile(key, &format!("status == \"{status}\""), None));
        }
    }
    tiles.extend(definition.alerts.iter().map(|alert| Tile {
        key: alert.key.clone(),
        filter: UserFilter { alert: Some(alert.key.clone()), ..UserFilter::default() },
        previous: None,
        label: Some(alert.label.clone()),
    }));
    tiles
}

fn tile(key: &str, filter: &str, previous: Option<String>) -> Tile {
    let by_rule = |rule: String| UserFilter { filter: Some(rule), ..UserFilter::default() };
    Tile { key: key.to_owned(), filter: by_rule(filter.to_owned()), previous: previous.map(by_rule), label: None }
}

/// What the definition counts as activity; the last sight of the user where it says nothing.
fn activity_field(definition: &Definition) -> &str {
    let counted = definition.own_fields().find(|field| matches!(field.source, Source::Activity));
    counted.map_or("last_seen_at", |field| field.key.as_str())
}

/// The start of the day that many days before today, in the workspace's zone.
fn days_before(definition: &Definition, now: i64, days: i64) -> i64 {
    let zone = &definition.time_zone;
    let today = zone.date_of(UtcMillis::saturating(now));
    let day = today.checked_sub(jiff::Span::new().days(days)).unwrap_or(today);
    zone.start_of(day).as_millis()
}

fn instant(ms: i64) -> String {
    format!("timestamp(\"{}\")", rfc3339(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_start_in_the_workspaces_zone() {
        let text = "slug = \"test\"\nname = { en = \"t\", ru = \"t\", uz = \"t\" }\ntime_zone = \"Asia/Tashkent\"\ncurrency = \"USD\"\nmodules = [\"users\"]\n";
        let definition = Definition::parse(text).unwrap();
        // 2026-03-09T20:00:00Z is 01:00 on the 10th in Tashkent.
        let tiles = tiles(&definition, 1_773_086_400_000);
        let rule =
            |key: &str| tiles.iter().find(|tile| tile.key == key).and_then(|tile| tile.filter.filter.clone()).unwrap();
        assert_eq!(rule("active_today"), "last_seen_at >= timestamp(\"2026-03-09T19:00:00.000Z\")");
        assert_eq!(rule("new_7d"), "registered_at >= timestamp(\"2026-03-03T19:00:00.000Z\")");
        assert_eq!(rule("users"), "");
    }
}
