package models

import "github.com/google/uuid"

// Identity is what an OpenID provider says of somebody.
type Identity struct {
	// ID is made of the provider and the subject, and so stays the same.
	ID uuid.UUID

	// Subject is the provider's own id.
	Subject string

	// Email and Name are empty when the provider does not tell them, or does not
	// vouch for the email.
	Email string
	Name  string

	Roles []string
}
