//! The first start: a server without users makes an administrator with a one-time password.

use crate::auth::password;
use crate::edge;
use warmline_domain::Role;
use warmline_storage::{Db, StorageError};

/// Name of the first user.
pub const FIRST_ADMIN: &str = "admin";

/// Why the administrator could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Hash(#[from] password::HashError),
}

/// Makes the first administrator when there is no user at all. The password is returned once, to be printed
/// and never logged; it opens only the page that replaces it.
pub async fn first_admin(db: &Db) -> Result<Option<String>, SetupError> {
    if db.count_users().await? > 0 {
        return Ok(None);
    }
    let one_time = password::one_time();
    let hash = password::hash(one_time.clone()).await?;
    db.create_user(FIRST_ADMIN, Role::Admin, &hash, true, edge::now()).await?;
    Ok(Some(one_time))
}
