package models

import "github.com/google/uuid"

// Scope selects whose objects an operation can access.
type Scope struct {
	// Owner is the ID of a user.
	Owner uuid.UUID

	// All includes the objects of all users. It is meant for admins.
	All bool
}

// Includes reports whether the objects of a user are in the scope.
func (s Scope) Includes(owner uuid.UUID) bool {
	return s.All || s.Owner == owner
}
