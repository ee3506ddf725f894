package models

import (
	"time"

	"github.com/google/uuid"
)

// The roles that a user may have.
const (
	RoleUser  = "user"
	RoleAdmin = "admin"
)

// User is one account.
type User struct {
	ID uuid.UUID

	// Email is in lower case; no two users share one.
	Email string

	// PasswordHash holds the hash with its parameters, never the password.
	PasswordHash string

	// Role is RoleUser or RoleAdmin.
	Role string

	CreatedAt time.Time
}
