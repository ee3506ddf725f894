package memory

import (
	"bytes"
	"context"
	"math"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
)

// Sessions stores sessions in memory.
type Sessions struct {
	table *table[models.Session]
}

// NewSessions returns an empty repository.
func NewSessions() *Sessions {
	return &Sessions{table: newTable("session", copySession)}
}

// Create stores a new session.
func (r *Sessions) Create(_ context.Context, session models.Session) error {
	return r.table.create(session.ID, session)
}

// Get returns the session with the given ID.
func (r *Sessions) Get(_ context.Context, id uuid.UUID) (models.Session, error) {
	return r.table.get(id)
}

// Update changes one session atomically.
func (r *Sessions) Update(_ context.Context, id uuid.UUID, change func(*models.Session) error) (models.Session, error) {
	return r.table.update(id, change)
}

// OfUser returns up to limit sessions of a user, newest first.
func (r *Sessions) OfUser(_ context.Context, userID uuid.UUID, limit int) ([]models.Session, error) {
	return r.table.list(models.PageRequest{Limit: limit}, func(session models.Session) bool {
		return session.UserID == userID
	}), nil
}

// Delete deletes one session, if it exists.
func (r *Sessions) Delete(_ context.Context, id uuid.UUID) error {
	err := r.table.delete(id, func(models.Session) error { return nil })
	if apperr.KindOf(err) == apperr.NotFound {
		return nil
	}
	return err
}

// DeleteOfUser deletes all sessions of a user except for one.
func (r *Sessions) DeleteOfUser(ctx context.Context, userID, except uuid.UUID) error {
	_, err := r.deleteAll(ctx, math.MaxInt, func(session models.Session) bool {
		return session.UserID == userID && session.ID != except
	})
	return err
}

// DeleteExpired deletes up to limit expired sessions.
func (r *Sessions) DeleteExpired(ctx context.Context, now time.Time, limit int) (int64, error) {
	return r.deleteAll(ctx, limit, func(session models.Session) bool { return !session.ExpiresAt.After(now) })
}

func (r *Sessions) deleteAll(ctx context.Context, limit int, match func(models.Session) bool) (int64, error) {
	found := r.table.list(models.PageRequest{Limit: limit}, match)
	for _, session := range found {
		err := r.Delete(ctx, session.ID)
		if err != nil {
			return 0, err
		}
	}
	return int64(len(found)), nil
}

// copySession returns a deep copy of a session.
func copySession(session models.Session) models.Session {
	session.TokenHash = bytes.Clone(session.TokenHash)
	session.PreviousHash = bytes.Clone(session.PreviousHash)
	if session.ReplacedAt != nil {
		session.ReplacedAt = new(*session.ReplacedAt)
	}
	return session
}
