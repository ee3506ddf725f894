package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/market-api/internal/models"
)

// Sessions stores sessions in PostgreSQL.
type Sessions struct {
	table *table[models.Session]
}

// NewSessions returns a repository of sessions.
func NewSessions(pool *pgxpool.Pool) *Sessions {
	return &Sessions{table: newTable(pool, "sessions", "session", columnsOfSession)}
}

func columnsOfSession(session *models.Session) []column {
	return []column{
		{"id", &session.ID},
		{"user_id", &session.UserID},
		{"token_hash", &session.TokenHash},
		{"previous_hash", &session.PreviousHash},
		{"replaced_at", &session.ReplacedAt},
		{"created_at", &session.CreatedAt},
		{"last_used_at", &session.LastUsedAt},
		{"expires_at", &session.ExpiresAt},
		{"user_agent", &session.UserAgent},
		{"address", &session.Address},
	}
}

// Create stores a new session.
func (r *Sessions) Create(ctx context.Context, session models.Session) error {
	return r.table.create(ctx, session)
}

// Get returns the session with the given ID.
func (r *Sessions) Get(ctx context.Context, id uuid.UUID) (models.Session, error) {
	return r.table.get(ctx, id)
}

// Update changes one session atomically.
func (r *Sessions) Update(ctx context.Context, id uuid.UUID, change func(*models.Session) error) (models.Session, error) {
	return r.table.update(ctx, id, change)
}

// OfUser returns up to limit sessions of a user, newest first.
func (r *Sessions) OfUser(ctx context.Context, userID uuid.UUID, limit int) ([]models.Session, error) {
	var where conditions
	where.add("user_id", "=", userID)
	return r.table.list(ctx, models.PageRequest{Limit: limit}, where)
}

// Delete deletes one session, if it exists.
func (r *Sessions) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := r.table.pool.Exec(ctx, `DELETE FROM sessions WHERE id = $1`, id)
	return r.table.translate(err)
}

// DeleteOfUser deletes all sessions of a user except for one.
func (r *Sessions) DeleteOfUser(ctx context.Context, userID, except uuid.UUID) error {
	_, err := r.table.pool.Exec(ctx, `DELETE FROM sessions WHERE user_id = $1 AND id <> $2`, userID, except)
	return r.table.translate(err)
}

// DeleteExpired deletes up to limit expired sessions. The ORDER BY makes
// PostgreSQL use the index regardless of its row estimate.
func (r *Sessions) DeleteExpired(ctx context.Context, now time.Time, limit int) (int64, error) {
	result, err := r.table.pool.Exec(ctx, `
		DELETE FROM sessions WHERE id = ANY (ARRAY(
			SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
		))`, now, limit)
	return result.RowsAffected(), r.table.translate(err)
}
