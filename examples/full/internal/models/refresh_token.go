package models

import (
	"time"

	"github.com/google/uuid"
)

// RefreshToken is a token that can be exchanged once for new tokens. The tokens
// that follow from the same sign-in are a family.
type RefreshToken struct {
	ID       uuid.UUID
	FamilyID uuid.UUID
	UserID   uuid.UUID

	// Hash is the hash of the token. The token itself is not stored.
	Hash []byte

	CreatedAt time.Time

	// ExpiresAt is when the family expires. It is the same for all of its
	// tokens.
	ExpiresAt time.Time

	// UsedAt is when the token was exchanged. It is nil if it has not been
	// used.
	UsedAt *time.Time

	// RevokedAt is when the family was revoked. It is nil if it has not been
	// revoked.
	RevokedAt *time.Time
}
