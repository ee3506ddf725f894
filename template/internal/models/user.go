package models

import (
	"time"

	"github.com/google/uuid"
)

// The roles of users.
const (
	RoleUser  = "user"
	RoleAdmin = "admin"
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

	CreatedAt time.Time
}
