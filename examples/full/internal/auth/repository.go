package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/market-api/internal/models"
)

// UserRepository stores accounts. The methods return apperr.NotFound if the
// user does not exist, and apperr.Unavailable if the database does not respond.
type UserRepository interface {
	// Create stores a new user. If the email is taken, it returns
	// apperr.Conflict with the name of the field.
	Create(ctx context.Context, user models.User) error

	// Get returns the user with the given ID.
	Get(ctx context.Context, id uuid.UUID) (models.User, error)

	// ByEmail returns the user with the given email, which must be in lower
	// case.
	ByEmail(ctx context.Context, email string) (models.User, error)

	// List returns up to page.Limit users, newest first.
	List(ctx context.Context, page models.PageRequest) ([]models.User, error)

	// SetRole sets the role of the user with the given email.
	SetRole(ctx context.Context, email, role string) error

	// ReplacePasswordHash replaces the password hash of a user. It does nothing
	// if the current hash is not old.
	ReplacePasswordHash(ctx context.Context, id uuid.UUID, old, hash string) error
}

// RefreshTokenRepository stores refresh tokens. All tokens of a family expire
// at the same time. The methods return apperr.Unavailable if the database does
// not respond.
type RefreshTokenRepository interface {
	// Create stores a new token.
	Create(ctx context.Context, token models.RefreshToken) error

	// ByHash returns the token with the given hash, or apperr.NotFound.
	// RevokedAt is set if any token of the family was revoked, so that a token
	// created while its family is being revoked is revoked as well.
	ByHash(ctx context.Context, hash []byte) (models.RefreshToken, error)

	// Exchange marks the token with the given hash as used and stores the next
	// token of its family. If it fails, the token remains usable. Of several
	// concurrent callers exactly one succeeds. The others get apperr.Stale,
	// which means that the token has leaked. A revoked token is apperr.Stale,
	// too.
	Exchange(ctx context.Context, hash []byte, next models.RefreshToken, now time.Time) error

	// RevokeFamily revokes all tokens of a family.
	RevokeFamily(ctx context.Context, familyID uuid.UUID, now time.Time) error

	// DeleteExpired deletes up to limit expired tokens and returns the number
	// of deleted tokens.
	DeleteExpired(ctx context.Context, now time.Time, limit int) (int64, error)
}
