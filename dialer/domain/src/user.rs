//! Users, their roles, and the one table that says what a role may do.

use crate::UserId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a person is to the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    Supervisor,
    Marketer,
    Trainer,
    Agent,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Admin, Self::Supervisor, Self::Marketer, Self::Trainer, Self::Agent];

    /// The name used in storage and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Supervisor => "supervisor",
            Self::Marketer => "marketer",
            Self::Trainer => "trainer",
            Self::Agent => "agent",
        }
    }

    /// Inverse of [`as_str`](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == name)
    }

    /// May somebody of this role do that?
    pub fn may(self, permission: Permission) -> bool {
        TABLE.iter().any(|(p, roles)| *p == permission && roles.contains(&self))
    }
}

/// Something that needs permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    ListsRead,
    ListsImport,
    CampaignsRead,
    /// Create and change.
    CampaignsEdit,
    /// Start, pause, stop.
    CampaignsRun,
    CallsRead,
    /// Play and download audio.
    RecordingsPlay,
    /// See numbers in full.
    NumbersUnmasked,
    ReportsRead,
    TemplatesRead,
    TemplatesEdit,
    CallbacksRead,
    CallbacksEdit,
    DncRead,
    DncEdit,
    UsersManage,
    SettingsManage,
    AuditRead,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 18] = [
        Self::ListsRead,
        Self::ListsImport,
        Self::CampaignsRead,
        Self::CampaignsEdit,
        Self::CampaignsRun,
        Self::CallsRead,
        Self::RecordingsPlay,
        Self::NumbersUnmasked,
        Self::ReportsRead,
        Self::TemplatesRead,
        Self::TemplatesEdit,
        Self::CallbacksRead,
        Self::CallbacksEdit,
        Self::DncRead,
        Self::DncEdit,
        Self::UsersManage,
        Self::SettingsManage,
        Self::AuditRead,
    ];
}

use Role::{Admin, Agent, Marketer, Supervisor, Trainer};

/// Who may do what. The only place that says so.
const TABLE: [(Permission, &[Role]); 18] = [
    (Permission::ListsRead, &[Admin, Supervisor, Marketer]),
    (Permission::ListsImport, &[Admin, Supervisor, Marketer]),
    (Permission::CampaignsRead, &[Admin, Supervisor, Marketer, Trainer]),
    (Permission::CampaignsEdit, &[Admin, Supervisor, Marketer]),
    (Permission::CampaignsRun, &[Admin, Supervisor, Marketer]),
    (Permission::CallsRead, &[Admin, Supervisor, Marketer, Trainer, Agent]),
    (Permission::RecordingsPlay, &[Admin, Supervisor, Trainer]),
    (Permission::NumbersUnmasked, &[Admin, Supervisor]),
    (Permission::ReportsRead, &[Admin, Supervisor, Marketer]),
    (Permission::TemplatesRead, &[Admin, Supervisor, Marketer, Trainer]),
    (Permission::TemplatesEdit, &[Admin, Trainer]),
    (Permission::CallbacksRead, &[Admin, Supervisor, Marketer, Agent]),
    (Permission::CallbacksEdit, &[Admin, Supervisor, Agent]),
    (Permission::DncRead, &[Admin, Supervisor, Marketer]),
    // Anybody who hears "do not call me again" can act on it.
    (Permission::DncEdit, &[Admin, Supervisor, Marketer, Agent]),
    (Permission::UsersManage, &[Admin]),
    (Permission::SettingsManage, &[Admin]),
    (Permission::AuditRead, &[Admin]),
];

/// A user as stored, without the password hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    /// Sign-in name, unique, lower case.
    pub name: String,
    pub role: Role,
    pub enabled: bool,
    /// The password was set by somebody else and must be changed at the next sign-in.
    pub must_change_password: bool,
    pub created_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_one_row_and_the_administrator_holds_all() {
        for permission in Permission::ALL {
            let rows = TABLE.iter().filter(|(p, _)| *p == permission).count();
            assert_eq!(rows, 1, "{permission:?}");
            assert!(Admin.may(permission), "{permission:?}");
        }
    }

    #[test]
    fn sensitive_permissions_stay_narrow() {
        assert!(!Agent.may(Permission::NumbersUnmasked));
        assert!(!Marketer.may(Permission::RecordingsPlay));
        assert!(!Trainer.may(Permission::CampaignsRun));
        assert!(!Supervisor.may(Permission::UsersManage));
        assert!(!Marketer.may(Permission::TemplatesEdit));
    }
}
