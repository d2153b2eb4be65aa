//! Users, their password hashes and their sessions.
//!
//! Neither passwords nor session tokens are stored: only what the caller hashed.

use crate::convert::{from_ms, named, to_ms};
use crate::error::name_taken;
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use warmline_domain::{Role, User, UserId};

#[derive(FromRow)]
struct Row {
    id: i64,
    name: String,
    role: String,
    password_hash: String,
    enabled: bool,
    must_change_password: bool,
    created_at: i64,
}

impl Row {
    fn into_user(self) -> Result<(User, String), StorageError> {
        let user = User {
            id: UserId(self.id),
            name: self.name,
            role: named("role", &self.role, Role::parse)?,
            enabled: self.enabled,
            must_change_password: self.must_change_password,
            created_at: from_ms(self.created_at)?,
        };
        Ok((user, self.password_hash))
    }
}

fn must_exist(changed: u64, id: UserId) -> Result<(), StorageError> {
    if changed == 0 {
        return Err(StorageError::Missing { what: "user", id: id.to_string() });
    }
    Ok(())
}

impl Db {
    /// Number of users, disabled ones included.
    pub async fn count_users(&self) -> Result<u64, StorageError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(self.reader()).await?;
        crate::convert::narrow("count", count)
    }

    /// Creates a user. Names differ in more than the case of letters.
    pub async fn create_user(
        &self,
        name: &str,
        role: Role,
        password_hash: &str,
        must_change_password: bool,
        now: DateTime<Utc>,
    ) -> Result<User, StorageError> {
        let mut tx = self.begin().await?;
        let row: Row = sqlx::query_as(
            "INSERT INTO users (name, role, password_hash, must_change_password, created_at)
             VALUES (?, ?, ?, ?, ?) RETURNING *",
        )
        .bind(name)
        .bind(role.as_str())
        .bind(password_hash)
        .bind(must_change_password)
        .bind(to_ms(now))
        .fetch_one(&mut *tx)
        .await
        .map_err(name_taken("user", name))?;
        tx.commit().await?;
        Ok(row.into_user()?.0)
    }

    /// Every user by name.
    pub async fn users(&self) -> Result<Vec<User>, StorageError> {
        let rows: Vec<Row> = sqlx::query_as("SELECT * FROM users ORDER BY name").fetch_all(self.reader()).await?;
        rows.into_iter().map(|r| Ok(r.into_user()?.0)).collect()
    }

    /// One user.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StorageError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT * FROM users WHERE id = ?").bind(id.0).fetch_optional(self.reader()).await?;
        row.map(|r| Ok(r.into_user()?.0)).transpose()
    }

    /// A user by name with the password hash, for signing in.
    pub async fn user_with_hash(&self, name: &str) -> Result<Option<(User, String)>, StorageError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT * FROM users WHERE name = ?").bind(name).fetch_optional(self.reader()).await?;
        row.map(Row::into_user).transpose()
    }

    /// Replaces a password hash.
    pub async fn set_password(&self, id: UserId, hash: &str, must_change: bool) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("UPDATE users SET password_hash = ?, must_change_password = ? WHERE id = ?")
            .bind(hash)
            .bind(must_change)
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        must_exist(done.rows_affected(), id)?;
        tx.commit().await?;
        Ok(())
    }

    /// Changes what a user is and whether they may sign in. The last enabled administrator stays one.
    pub async fn set_user(&self, id: UserId, role: Role, enabled: bool) -> Result<User, StorageError> {
        let mut tx = self.begin().await?;
        let row: Option<Row> = sqlx::query_as("UPDATE users SET role = ?, enabled = ? WHERE id = ? RETURNING *")
            .bind(role.as_str())
            .bind(enabled)
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await?;
        let row = row.ok_or_else(|| StorageError::Missing { what: "user", id: id.to_string() })?;
        let admins: i64 = sqlx::query_scalar("SELECT count(*) FROM users WHERE role = ? AND enabled")
            .bind(Role::Admin.as_str())
            .fetch_one(&mut *tx)
            .await?;
        if admins == 0 {
            return Err(StorageError::Refused("somebody has to be administrator".into()));
        }
        if !enabled {
            sqlx::query("DELETE FROM sessions WHERE user_id = ?").bind(id.0).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(row.into_user()?.0)
    }

    /// Stores a session under the hash of its token. Expired ones of everybody are swept out.
    pub async fn create_session(
        &self,
        user: UserId,
        token_hash: &str,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= ?").bind(to_ms(now)).execute(&mut *tx).await?;
        sqlx::query("INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)")
            .bind(token_hash)
            .bind(user.0)
            .bind(to_ms(now))
            .bind(to_ms(expires_at))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The enabled user whose session this is, unless it has expired.
    pub async fn session_user(&self, token_hash: &str, now: DateTime<Utc>) -> Result<Option<User>, StorageError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT users.* FROM sessions JOIN users ON users.id = user_id
             WHERE token_hash = ? AND expires_at > ? AND enabled",
        )
        .bind(token_hash)
        .bind(to_ms(now))
        .fetch_optional(self.reader())
        .await?;
        row.map(|r| Ok(r.into_user()?.0)).transpose()
    }

    /// Ends one session.
    pub async fn delete_session(&self, token_hash: &str) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM sessions WHERE token_hash = ?").bind(token_hash).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends all sessions of a user but the one to keep.
    pub async fn delete_sessions_of(&self, user: UserId, keep_token_hash: Option<&str>) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM sessions WHERE user_id = ? AND token_hash IS NOT ?")
            .bind(user.0)
            .bind(keep_token_hash)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
