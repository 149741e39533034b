//! Who may do what: staff roles, single permissions, and the set a staff member ends up with.
//!
//! A role is a fixed set of permissions; a staff member may hold extra permissions beside the role. Nothing is ever
//! taken away from a role for one person: give a smaller role and add to it instead. Whatever is not in the set is
//! refused.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! named_enum {
    (
        $(#[$enum_doc:meta])*
        $name:ident, $what:literal {
            $( $(#[$variant_doc:meta])* $variant:ident = $wire:literal, )+
        }
    ) => {
        $(#[$enum_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $( $(#[$variant_doc])* #[serde(rename = $wire)] $variant, )+
        }

        impl $name {
            /// Every value, in the order they are shown to people.
            pub const ALL: &'static [$name] = &[ $( $name::$variant, )+ ];

            /// The name used in the API, the CLI, the database and the audit log.
            pub const fn as_str(self) -> &'static str {
                match self { $( $name::$variant => $wire, )+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $( $wire => Ok($name::$variant), )+
                    _ => Err(UnknownName {
                        what: $what,
                        given: text.to_owned(),
                        known: &[ $( $wire, )+ ],
                    }),
                }
            }
        }
    };
}

/// A role or permission name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {what} named {given:?}; known are {}", known.join(", "))]
pub struct UnknownName {
    what: &'static str,
    given: String,
    known: &'static [&'static str],
}

named_enum! {
    /// The role of a staff member; decides the permissions held without any extras.
    Role, "role" {
        /// Everything, including staff, keys and the workspace itself.
        SuperAdmin = "super_admin",
        /// Helps users: reads and corrects them, writes notes, handles alerts, sees their payments.
        Support = "support",
        /// Studies users: reads everything about them, exports, keeps saved views and alerts. Changes no user.
        Analyst = "analyst",
        /// Looks, changes nothing, sees no payments, exports nothing.
        Readonly = "readonly",
    }
}

named_enum! {
    /// One thing that may be permitted.
    Permission, "permission" {
        /// See users, their fields, sessions, cabinets and notes.
        UsersRead = "users.read",
        /// Change a user's own data by hand.
        UsersWrite = "users.write",
        /// Take lists of users out as CSV or XLSX.
        UsersExport = "users.export",
        /// Write notes, and edit or delete one's own.
        NotesWrite = "notes.write",
        /// See payments and subscriptions.
        BillingRead = "billing.read",
        /// Change payments and subscriptions (refund, extend).
        BillingWrite = "billing.write",
        /// See alerts, who is in them and their history.
        AlertsRead = "alerts.read",
        /// Change where and whether alerts are sent.
        AlertsWrite = "alerts.write",
        /// Keep saved views that all staff see.
        ViewsWrite = "views.write",
        /// Merge two identities of one person, and undo a merge.
        IdentitiesMerge = "identities.merge",
        /// Read records of any kind as they were sent.
        RecordsRead = "records.read",
        /// Send records (upsert and delete).
        RecordsWrite = "records.write",
        /// Read events: the debugger, timelines and event queries.
        EventsRead = "events.read",
        /// Send events.
        EventsWrite = "events.write",
        /// Read the workspace's definition and its plan.
        DefinitionRead = "definition.read",
        /// Apply and roll back the workspace's definition.
        DefinitionWrite = "definition.write",
        /// Create and revoke API keys.
        KeysManage = "keys.manage",
        /// See who the staff are.
        StaffRead = "staff.read",
        /// Invite, change and remove staff.
        StaffManage = "staff.manage",
        /// Set up e-mail and Telegram.
        ChannelsManage = "channels.manage",
        /// Change the workspace's settings; add workspaces.
        WorkspaceManage = "workspace.manage",
        /// Read and verify the audit log.
        AuditRead = "audit.read",
        /// Take the audit log out as CSV or NDJSON.
        AuditExport = "audit.export",
        /// See broadcasts and their outcomes.
        BroadcastsRead = "broadcasts.read",
        /// Write and send broadcasts.
        BroadcastsWrite = "broadcasts.write",
    }
}

impl Role {
    /// What the role permits by itself.
    pub fn permissions(self) -> PermissionSet {
        use Permission::*;
        let permissions: &[Permission] = match self {
            Role::SuperAdmin => Permission::ALL,
            Role::Support => &[
                UsersRead,
                UsersWrite,
                NotesWrite,
                BillingRead,
                AlertsRead,
                AlertsWrite,
                ViewsWrite,
                IdentitiesMerge,
                RecordsRead,
                EventsRead,
                DefinitionRead,
                StaffRead,
                BroadcastsRead,
            ],
            Role::Analyst => &[
                UsersRead,
                UsersExport,
                BillingRead,
                AlertsRead,
                AlertsWrite,
                ViewsWrite,
                RecordsRead,
                EventsRead,
                DefinitionRead,
                StaffRead,
                BroadcastsRead,
            ],
            Role::Readonly => &[UsersRead, AlertsRead, EventsRead, DefinitionRead],
        };
        permissions.iter().copied().collect()
    }

    /// The role's permissions and the extra ones a staff member holds beside it.
    pub fn with_extra(self, extra: impl IntoIterator<Item = Permission>) -> PermissionSet {
        let mut set = self.permissions();
        set.0.extend(extra);
        set
    }
}

/// A set of permissions; whatever is not in it is refused. Written as a sorted JSON array of names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PermissionSet(BTreeSet<Permission>);

impl PermissionSet {
    /// The set that permits nothing.
    pub fn none() -> PermissionSet {
        PermissionSet::default()
    }

    /// Whether the permission is in the set.
    pub fn allows(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    /// Whether every permission of `other` is in this set too: nobody can hand out more than they hold.
    pub fn covers(&self, other: &PermissionSet) -> bool {
        other.0.is_subset(&self.0)
    }

    /// The permissions in the order of [`Permission::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Permission> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> PermissionSet {
        PermissionSet(permissions.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: B004
    #[test]
    fn names_round_trip() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(*permission));
            assert_eq!(serde_json::json!(permission), permission.as_str());
        }
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(*role));
            assert_eq!(serde_json::json!(role), role.as_str());
        }
        let unknown = "users.fly".parse::<Permission>().unwrap_err().to_string();
        assert!(unknown.contains("users.fly") && unknown.contains("users.read"));
    }

    // spec: B004
    #[test]
    fn each_role_may_do_less_than_super_admin() {
        let everything = Role::SuperAdmin.permissions();
        for permission in Permission::ALL {
            assert!(everything.allows(*permission), "{permission}");
        }
        for role in [Role::Support, Role::Analyst, Role::Readonly] {
            let permissions = role.permissions();
            assert!(everything.covers(&permissions));
            assert!(!permissions.covers(&everything));
            assert!(permissions.allows(Permission::UsersRead));
            assert!(permissions.covers(&Role::Readonly.permissions()));
            for forbidden in [
                Permission::StaffManage,
                Permission::KeysManage,
                Permission::WorkspaceManage,
                Permission::DefinitionWrite,
                Permission::AuditRead,
                Permission::RecordsWrite,
                Permission::BillingWrite,
            ] {
                assert!(!permissions.allows(forbidden), "{role} {forbidden}");
            }
        }
        let changes_users = |role: Role| role.permissions().allows(Permission::UsersWrite);
        assert!(changes_users(Role::Support) && !changes_users(Role::Analyst));
        assert!(!Role::Support.permissions().allows(Permission::UsersExport));
        assert!(!PermissionSet::none().allows(Permission::UsersRead));
    }

    // spec: B004
    #[test]
    fn extra_permissions_add_to_the_role() {
        let set = Role::Readonly.with_extra([Permission::BillingRead]);
        assert!(set.allows(Permission::BillingRead) && set.allows(Permission::UsersRead));
        assert!(!set.allows(Permission::BillingWrite));
        assert_eq!(
            serde_json::json!(set),
            serde_json::json!(["users.read", "billing.read", "alerts.read", "events.read", "definition.read"])
        );
    }
}
