use crate::features::staff::Access;

/// A signed-in browser, without its token.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: String,
    pub staff_id: String,
    pub created_at: i64,
    pub last_seen_at: i64,
    /// How long it may rest before it ends, in milliseconds.
    pub idle_ms: i64,
    /// When it ends whatever happens.
    pub expires_at: i64,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

impl Session {
    pub fn is_over(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_at || now_ms - self.last_seen_at >= self.idle_ms
    }
}

/// How long a session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    pub idle_ms: i64,
    pub total_ms: i64,
    /// Whether the browser keeps the cookie when it is closed.
    pub is_kept: bool,
}

/// Longer idle times belong to sessions that outlive the browser.
pub(super) const LONGEST_UNKEPT_IDLE_MS: i64 = 30 * MINUTE;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Lifetime {
    /// Half an hour of rest within twelve hours; thirty days for who asks to be remembered and has no admin rights.
    pub fn of(access: &Access, remember: bool) -> Lifetime {
        if remember && !access.has_admin_rights() {
            Lifetime { idle_ms: 30 * DAY, total_ms: 30 * DAY, is_kept: true }
        } else {
            Lifetime { idle_ms: LONGEST_UNKEPT_IDLE_MS, total_ms: 12 * HOUR, is_kept: false }
        }
    }
}

/// What a user agent is, for people: `Firefox on Windows`. `None` when it says nothing known.
pub fn device(user_agent: &str) -> Option<String> {
    let first = |known: &[(&str, &str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| name.to_string())
    };
    // The order matters: every browser also calls itself by older browsers' names.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("YaBrowser/", "Yandex Browser"),
        ("Firefox/", "Firefox"),
        ("HeadlessChrome/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
        ("python", "Python"),
    ])?;
    let system = first(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    Some(match system {
        Some(system) => format!("{browser} on {system}"),
        None => browser,
    })
}

#[cfg(test)]
mod tests {
    use kabinet_model::role::Role;

    use super::*;

    // spec: B004
    #[test]
    fn admins_are_not_remembered() {
        let access = |role| Access { role, ..Access::everything() };
        assert_eq!(Lifetime::of(&access(Role::SuperAdmin), true), Lifetime::of(&access(Role::SuperAdmin), false));
        assert_eq!(Lifetime::of(&access(Role::Support), true).total_ms, 30 * DAY);
        assert_eq!(Lifetime::of(&access(Role::Support), false).idle_ms, 30 * MINUTE);
    }

    // spec: B004
    #[test]
    fn devices_have_names() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0";
        assert_eq!(device(edge).as_deref(), Some("Edge on Windows"));
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(device(safari).as_deref(), Some("Safari on iPhone"));
        assert_eq!(device("curl/8.5.0").as_deref(), Some("curl"));
        assert_eq!(device("something"), None);
    }
}
