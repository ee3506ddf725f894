package models

import (
	"time"

	"github.com/google/uuid"
)

// User is an account.
type User struct {
	ID uuid.UUID

	// Email is in lower case and unique.
	Email string

	// PasswordHash contains the hash and its parameters.
	PasswordHash string

	// Role is RoleUser or RoleAdmin.
	Role string

	// Disabled means that the user cannot sign in.
	Disabled bool

	CreatedAt time.Time

	// LastLoginAt is the time of the last sign-in with the password, or nil if
	// there was none yet.
	LastLoginAt *time.Time
}

// Session is one sign-in of a user. It lasts until it expires or the user signs
// out, and is deleted then.
type Session struct {
	ID     uuid.UUID
	UserID uuid.UUID

	// TokenHash is the hash of the current refresh token. The token itself is
	// not stored.
	TokenHash []byte

	// PreviousHash is the hash of the refresh token that was exchanged for the
	// current one at ReplacedAt. Both are nil before the first exchange.
	PreviousHash []byte
	ReplacedAt   *time.Time

	CreatedAt time.Time

	// LastUsedAt is the time of the sign-in or of the last exchange.
	LastUsedAt time.Time

	// ExpiresAt does not change when the session is used.
	ExpiresAt time.Time

	// UserAgent and Address describe the client that signed in.
	UserAgent string
	Address   string
}
