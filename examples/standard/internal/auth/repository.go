package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/models"
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
}

// RefreshTokenRepository stores the refresh tokens. A database that does not
// answer is apperr.Unavailable.
type RefreshTokenRepository interface {
	// Create stores a new token.
	Create(ctx context.Context, token models.RefreshToken) error

	// Use marks the token with a hash as used and returns it. Of all callers,
	// parallel ones too, exactly one gets no error; the others get the token
	// with apperr.Stale, which means that somebody has it who should not. A
	// hash that nobody knows is apperr.NotFound.
	//
	// Use looks at neither ExpiresAt nor RevokedAt: the caller does. RevokedAt
	// is set when any token of the family was revoked, so that one created
	// while the family is being revoked is revoked as well.
	Use(ctx context.Context, hash []byte, now time.Time) (models.RefreshToken, error)

	// RevokeFamily revokes every token of a family.
	RevokeFamily(ctx context.Context, familyID uuid.UUID, now time.Time) error

	// RevokeUser revokes every token of a user.
	RevokeUser(ctx context.Context, userID uuid.UUID, now time.Time) error

	// DeleteExpired deletes the families whose last token has expired, and
	// returns how many tokens these were.
	DeleteExpired(ctx context.Context, now time.Time) (int64, error)
}
