package models

import (
	"time"

	"github.com/google/uuid"
)

// RefreshToken is one link in the chain of tokens that a sign-in hands out:
// each is used once and answered with the next. All of them are a family.
type RefreshToken struct {
	ID       uuid.UUID
	FamilyID uuid.UUID
	UserID   uuid.UUID

	// Hash is the digest of the token; the token itself is not stored.
	Hash []byte

	CreatedAt time.Time

	// ExpiresAt is when the family expires: all of its tokens have the same.
	ExpiresAt time.Time

	// UsedAt is when the token was exchanged; nil is a token not used so far.
	UsedAt *time.Time

	// RevokedAt is when the family was revoked; nil is a family in good standing.
	RevokedAt *time.Time
}
