package models

// The roles of users.
const (
	RoleUser = "user"

	// RoleAdmin may access the data of all users.
	RoleAdmin = "admin"
)
