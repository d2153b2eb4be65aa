//! The domain's closed sets of names as OpenAPI enumerations, so that the console's types list exactly the
//! values that storage can hold.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use warmline_domain::{CallState, CampaignState, Outcome, Permission, Role, TurnInput, VersionState};

macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $all:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $inner);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(s)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                <$inner>::deserialize(d).map(Self)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let names = $all.into_iter().filter_map(|v| serde_json::to_value(v).ok());
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    };
}

named!(
    /// How a call ended.
    OutcomeName, Outcome, Outcome::ALL
);
named!(
    /// Where a campaign stands.
    CampaignStateName, CampaignState, CampaignState::ALL
);
named!(
    /// Where a call stands.
    CallStateName, CallState, [CallState::Dialling, CallState::Ringing, CallState::Answered, CallState::Ended]
);
named!(
    /// Where a published version stands.
    VersionStateName, VersionState, VersionState::ALL
);
named!(
    /// How an answer came.
    TurnInputName, TurnInput, TurnInput::ALL
);
named!(
    /// What a person is to the platform.
    RoleName, Role, Role::ALL
);
named!(
    /// Something that needs permission.
    PermissionName, Permission, Permission::ALL
);
