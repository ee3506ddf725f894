package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository/pgerr"
)

// Users stores accounts in PostgreSQL.
type Users struct {
	db DB
}

// NewUsers returns a repository that uses a pool or a transaction.
func NewUsers(db DB) *Users {
	return &Users{db: db}
}

// Create stores a new user.
func (r *Users) Create(ctx context.Context, user models.User) error {
	_, err := r.db.Exec(ctx, `
		INSERT INTO users (id, email, password_hash, role, disabled, created_at, last_login_at)
		VALUES (@id, @email, @password_hash, @role, @disabled, @created_at, @last_login_at)`, userArgs(user))
	return pgerr.Translate(err, "create", "user")
}

// Get returns the user with the given ID.
func (r *Users) Get(ctx context.Context, id uuid.UUID) (models.User, error) {
	return one(ctx, r.db, scanUser, "get", "user", `
		SELECT id, email, password_hash, role, disabled, created_at, last_login_at
		FROM users
		WHERE id = @id`, pgx.NamedArgs{"id": id})
}

// ByEmail returns the user with the given email.
func (r *Users) ByEmail(ctx context.Context, email string) (models.User, error) {
	return one(ctx, r.db, scanUser, "get", "user", `
		SELECT id, email, password_hash, role, disabled, created_at, last_login_at
		FROM users
		WHERE email = @email`, pgx.NamedArgs{"email": email})
}

// List returns a page of users, the newest first.
func (r *Users) List(ctx context.Context, page models.PageRequest) ([]models.User, error) {
	args := pgx.NamedArgs{}
	return many(ctx, r.db, scanUser, "list", "users", `
		SELECT id, email, password_hash, role, disabled, created_at, last_login_at
		FROM users
		WHERE true`+pageOf(page, args), args)
}

// Update changes one user atomically.
func (r *Users) Update(ctx context.Context, id uuid.UUID, change func(*models.User) error) (models.User, error) {
	var user models.User
	err := pgx.BeginFunc(ctx, r.db, func(tx pgx.Tx) (err error) {
		user, err = one(ctx, tx, scanUser, "get", "user", `
			SELECT id, email, password_hash, role, disabled, created_at, last_login_at
			FROM users
			WHERE id = @id
			FOR UPDATE`, pgx.NamedArgs{"id": id})
		if err != nil {
			return err
		}
		if err := change(&user); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE users
			SET email = @email, password_hash = @password_hash, role = @role, disabled = @disabled, last_login_at = @last_login_at
			WHERE id = @id`, userArgs(user))
		return err
	})
	if err != nil {
		return models.User{}, pgerr.Translate(err, "update", "user")
	}
	return user, nil
}

// Delete deletes one user.
func (r *Users) Delete(ctx context.Context, id uuid.UUID) error {
	result, err := r.db.Exec(ctx, `DELETE FROM users WHERE id = @id`, pgx.NamedArgs{"id": id})
	if err == nil && result.RowsAffected() == 0 {
		err = pgx.ErrNoRows
	}
	return pgerr.Translate(err, "delete", "user")
}

func userArgs(user models.User) pgx.NamedArgs {
	return pgx.NamedArgs{
		"id":            user.ID,
		"email":         user.Email,
		"password_hash": user.PasswordHash,
		"role":          user.Role,
		"disabled":      user.Disabled,
		"created_at":    user.CreatedAt,
		"last_login_at": user.LastLoginAt,
	}
}

func scanUser(row pgx.CollectableRow) (models.User, error) {
	var user models.User
	err := row.Scan(&user.ID, &user.Email, &user.PasswordHash, &user.Role, &user.Disabled, &user.CreatedAt, &user.LastLoginAt)
	return user, err
}

// Sessions stores sessions in PostgreSQL.
type Sessions struct {
	db DB
}

// NewSessions returns a repository that uses a pool or a transaction.
func NewSessions(db DB) *Sessions {
	return &Sessions{db: db}
}

// Create stores a new session.
func (r *Sessions) Create(ctx context.Context, session models.Session) error {
	_, err := r.db.Exec(ctx, `
		INSERT INTO sessions (id, user_id, token_hash, previous_hash, replaced_at, created_at, last_used_at, expires_at, user_agent, address)
		VALUES (@id, @user_id, @token_hash, @previous_hash, @replaced_at, @created_at, @last_used_at, @expires_at, @user_agent, @address)`, sessionArgs(session))
	return pgerr.Translate(err, "create", "session")
}

// Get returns the session with the given ID.
func (r *Sessions) Get(ctx context.Context, id uuid.UUID) (models.Session, error) {
	return one(ctx, r.db, scanSession, "get", "session", `
		SELECT id, user_id, token_hash, previous_hash, replaced_at, created_at, last_used_at, expires_at, user_agent, address
		FROM sessions
		WHERE id = @id`, pgx.NamedArgs{"id": id})
}

// Update changes one session atomically.
func (r *Sessions) Update(ctx context.Context, id uuid.UUID, change func(*models.Session) error) (models.Session, error) {
	var session models.Session
	err := pgx.BeginFunc(ctx, r.db, func(tx pgx.Tx) (err error) {
		session, err = one(ctx, tx, scanSession, "get", "session", `
			SELECT id, user_id, token_hash, previous_hash, replaced_at, created_at, last_used_at, expires_at, user_agent, address
			FROM sessions
			WHERE id = @id
			FOR UPDATE`, pgx.NamedArgs{"id": id})
		if err != nil {
			return err
		}
		if err := change(&session); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE sessions
			SET token_hash = @token_hash, previous_hash = @previous_hash, replaced_at = @replaced_at,
				last_used_at = @last_used_at, expires_at = @expires_at, user_agent = @user_agent, address = @address
			WHERE id = @id`, sessionArgs(session))
		return err
	})
	if err != nil {
		return models.Session{}, pgerr.Translate(err, "update", "session")
	}
	return session, nil
}

// OfUser returns up to limit sessions of a user, the newest first.
func (r *Sessions) OfUser(ctx context.Context, userID uuid.UUID, limit int) ([]models.Session, error) {
	return many(ctx, r.db, scanSession, "list", "sessions", `
		SELECT id, user_id, token_hash, previous_hash, replaced_at, created_at, last_used_at, expires_at, user_agent, address
		FROM sessions
		WHERE user_id = @user_id
		ORDER BY id DESC LIMIT @limit`, pgx.NamedArgs{"user_id": userID, "limit": limit})
}

// Delete deletes one session, if it exists.
func (r *Sessions) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := r.db.Exec(ctx, `DELETE FROM sessions WHERE id = @id`, pgx.NamedArgs{"id": id})
	return pgerr.Translate(err, "delete", "session")
}

// DeleteOfUser deletes all sessions of a user except for one.
func (r *Sessions) DeleteOfUser(ctx context.Context, userID, except uuid.UUID) error {
	_, err := r.db.Exec(ctx, `DELETE FROM sessions WHERE user_id = @user_id AND id <> @except`, pgx.NamedArgs{"user_id": userID, "except": except})
	return pgerr.Translate(err, "delete", "sessions")
}

// DeleteExpired deletes up to limit expired sessions. The ORDER BY makes
// PostgreSQL use the index regardless of its row estimate.
func (r *Sessions) DeleteExpired(ctx context.Context, now time.Time, limit int) (int64, error) {
	result, err := r.db.Exec(ctx, `
		DELETE FROM sessions WHERE id = ANY (ARRAY(
			SELECT id FROM sessions WHERE expires_at <= @now ORDER BY expires_at LIMIT @limit
		))`, pgx.NamedArgs{"now": now, "limit": limit})
	return result.RowsAffected(), pgerr.Translate(err, "delete", "sessions")
}

func sessionArgs(session models.Session) pgx.NamedArgs {
	return pgx.NamedArgs{
		"id":            session.ID,
		"user_id":       session.UserID,
		"token_hash":    session.TokenHash,
		"previous_hash": session.PreviousHash,
		"replaced_at":   session.ReplacedAt,
		"created_at":    session.CreatedAt,
		"last_used_at":  session.LastUsedAt,
		"expires_at":    session.ExpiresAt,
		"user_agent":    session.UserAgent,
		"address":       session.Address,
	}
}

func scanSession(row pgx.CollectableRow) (models.Session, error) {
	var session models.Session
	err := row.Scan(&session.ID, &session.UserID, &session.TokenHash, &session.PreviousHash, &session.ReplacedAt, &session.CreatedAt, &session.LastUsedAt, &session.ExpiresAt, &session.UserAgent, &session.Address)
	return session, err
}
