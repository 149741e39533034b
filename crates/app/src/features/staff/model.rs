use std::collections::BTreeSet;

use kabinet_model::label::Language;
use kabinet_model::role::{Permission, PermissionSet, Role};

use super::network::Network;
use crate::http::access::{Actor, ActorKind};

/// A person who logs into the panel.
#[derive(Clone)]
pub struct Staff {
    /// A UUID; passkeys know the person by it.
    pub id: String,
    pub email: String,
    pub name: String,
    pub access: Access,
    /// Language of the panel; unset, the browser's.
    pub locale: Option<Language>,
    /// IANA name; unset, the browser's.
    pub time_zone: Option<String>,
    pub(crate) password_hash: String,
    pub disabled: bool,
    pub created_at: i64,
    pub last_login_at: Option<i64>,
}

/// What a staff member may do, where, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    pub role: Role,
    pub extra_permissions: Vec<Permission>,
    /// Slugs; `None` means all workspaces, those to come too.
    pub workspaces: Option<Vec<String>>,
    /// Addresses the person may come from; empty means anywhere.
    pub ip_allow_list: Vec<Network>,
}

/// Permissions with which one person can give or take the access of others, or open the house to outsiders.
const ADMIN_RIGHTS: [Permission; 5] = [
    Permission::StaffManage,
    Permission::KeysManage,
    Permission::WorkspaceManage,
    Permission::ChannelsManage,
    Permission::DefinitionWrite,
];

impl Access {
    /// The access of the very first person: everything, everywhere.
    pub fn everything() -> Access {
        Access { role: Role::SuperAdmin, extra_permissions: Vec::new(), workspaces: None, ip_allow_list: Vec::new() }
    }

    pub fn permissions(&self) -> PermissionSet {
        self.role.with_extra(self.extra_permissions.iter().copied())
    }

    /// Sessions with these rights end sooner and are never remembered.
    pub fn has_admin_rights(&self) -> bool {
        let permissions = self.permissions();
        ADMIN_RIGHTS.iter().any(|permission| permissions.allows(*permission))
    }

    /// A super admin of the whole house, on whom all other access depends.
    pub fn is_head_of_house(&self) -> bool {
        self.role == Role::SuperAdmin && self.workspaces.is_none()
    }

    pub fn may_enter(&self, slug: &str) -> bool {
        self.workspaces.as_ref().is_none_or(|slugs| slugs.iter().any(|allowed| allowed == slug))
    }

    pub fn reach(&self) -> Reach {
        Reach {
            permissions: self.permissions(),
            workspaces: self.workspaces.as_ref().map(|slugs| slugs.iter().cloned().collect()),
        }
    }
}

/// How far somebody's access reaches: nobody gives, changes or takes away more than lies within their own reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    pub permissions: PermissionSet,
    /// `None` means all workspaces.
    pub workspaces: Option<BTreeSet<String>>,
}

impl Reach {
    /// The operator at the command line.
    pub fn unlimited() -> Reach {
        Access::everything().reach()
    }

    pub fn covers(&self, other: &Reach) -> bool {
        let workspaces = match (&self.workspaces, &other.workspaces) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(others)) => others.is_subset(own),
        };
        workspaces && self.permissions.covers(&other.permissions)
    }

    /// Whether the two have a workspace in common.
    pub fn meets(&self, other: &Reach) -> bool {
        match (&self.workspaces, &other.workspaces) {
            (None, _) | (_, None) => true,
            (Some(own), Some(others)) => !own.is_disjoint(others),
        }
    }
}

impl Staff {
    pub fn actor(&self) -> Actor {
        Actor { kind: ActorKind::Staff, id: self.id.clone(), name: self.name.clone() }
    }
}

/// An e-mail address as it is compared: nobody means two people by two spellings.
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Whether the text can be an e-mail address: something, one `@`, a host with a dot or `localhost`; no spaces or control characters.
pub fn is_email(email: &str) -> bool {
    let Some((local, host)) = email.rsplit_once('@') else { return false };
    let is_clean = |text: &str| {
        !text.is_empty()
            && !text.contains('@')
            && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\"".contains(c))
    };
    email.len() <= 254
        && is_clean(local)
        && is_clean(host)
        && (host.contains('.') || host == "localhost")
        && !host.starts_with('.')
        && !host.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(role: Role, workspaces: Option<&[&str]>) -> Access {
        Access {
            role,
            extra_permissions: Vec::new(),
            workspaces: workspaces.map(|slugs| slugs.iter().map(ToString::to_string).collect()),
            ip_allow_list: Vec::new(),
        }
    }

    // spec: B004
    #[test]
    fn nobody_reaches_beyond_their_own_rights_and_workspaces() {
        let head = access(Role::SuperAdmin, None).reach();
        let of_replies = access(Role::SuperAdmin, Some(&["replies"])).reach();
        let support = access(Role::Support, Some(&["replies"])).reach();
        assert!(head.covers(&of_replies) && of_replies.covers(&support));
        assert!(!of_replies.covers(&head) && !support.covers(&of_replies));
        assert!(!of_replies.covers(&access(Role::Support, Some(&["replies", "shop"])).reach()));
        assert!(!of_replies.meets(&access(Role::Support, Some(&["shop"])).reach()));
        let with_extra =
            Access { extra_permissions: vec![Permission::StaffManage], ..access(Role::Support, Some(&["replies"])) };
        assert!(!support.covers(&with_extra.reach()) && of_replies.covers(&with_extra.reach()));
    }

    // spec: B004
    #[test]
    fn admin_rights_come_from_the_role_or_from_extras() {
        assert!(access(Role::SuperAdmin, None).has_admin_rights());
        assert!(!access(Role::Support, None).has_admin_rights());
        let with_extra = Access { extra_permissions: vec![Permission::KeysManage], ..access(Role::Readonly, None) };
        assert!(with_extra.has_admin_rights());
    }

    // spec: B004
    #[test]
    fn e_mail_addresses_are_checked_and_folded() {
        for good in ["a@b.co", "Ivan.Petrov+x@example.com", "иван@почта.рф", "root@localhost"] {
            assert!(is_email(good), "{good}");
        }
        for bad in
            ["", "a", "a@", "@b.co", "a@b", "a b@c.co", "a@b@c.co", "a@b.co\r\nBcc: x@y.z", "<a@b.co>", "a@.co", "a@b."]
        {
            assert!(!is_email(bad), "{bad}");
        }
        assert_eq!(fold_email(" Иван@Example.COM "), "иван@example.com");
    }
}
