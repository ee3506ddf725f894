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
}
