package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/market-api/internal/models"
)

// UserRepository stores the accounts. A user who does not exist is
// apperr.NotFound; a database that does not answer is apperr.Unavailable.
type UserRepository interface {
	// Create stores a new user. An email that is taken is apperr.Conflict, and
	// names the field.
	Create(ctx context.Context, user models.User) error

	// Get returns the user with an id.
	Get(ctx context.Context, id uuid.UUID) (models.User, error)

	// ByEmail returns the user with an email, which is in lower case.
	ByEmail(ctx context.Context, email string) (models.User, error)

	// List returns up to page.Limit users, newest first.
	List(ctx context.Context, page models.PageRequest) ([]models.User, error)

	// SetRole gives the user with an email a role.
	SetRole(ctx context.Context, email, role string) error

	// ReplacePasswordHash gives a user a hash in place of an old one. A user who
	// has yet another one by now keeps it.
	ReplacePasswordHash(ctx context.Context, id uuid.UUID, old, hash string) error
}

// RefreshTokenRepository stores the refresh tokens. Those of a family expire at
// the same time. A database that does not answer is apperr.Unavailable.
type RefreshTokenRepository interface {
	// Create stores a new token.
	Create(ctx context.Context, token models.RefreshToken) error

	// ByHash returns the token with a hash. RevokedAt is set when any token of
	// the family was revoked, so that one created while the family is being
	// revoked is revoked as well. A hash that nobody knows is apperr.NotFound.
	ByHash(ctx context.Context, hash []byte) (models.RefreshToken, error)

	// Exchange marks the token with a hash as used and stores the next one of
	// its family. When it fails, the token is as good as before. Of all callers,
	// parallel ones too, exactly one gets no error; the others get apperr.Stale,
	// which means that somebody has the token who should not. A token that has
	// been revoked is apperr.Stale, too.
	Exchange(ctx context.Context, hash []byte, next models.RefreshToken, now time.Time) error

	// RevokeFamily revokes every token of a family.
	RevokeFamily(ctx context.Context, familyID uuid.UUID, now time.Time) error

	// DeleteExpired deletes tokens that have expired, up to limit of them, and
	// returns how many these were.
	DeleteExpired(ctx context.Context, now time.Time, limit int) (int64, error)
}
