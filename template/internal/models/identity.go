package models

import "github.com/google/uuid"

// Identity is a user as described by the OpenID provider.
type Identity struct {
	// ID is derived from the provider and the subject, so it is stable.
	ID uuid.UUID

	// Subject is the ID of the user at the provider.
	Subject string

	// Email and Name are empty if the provider does not send them. Email is
	// also empty if the provider has not verified it.
	Email string
	Name  string

	Roles []string
}
