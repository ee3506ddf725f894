// Package models defines the domain types, which the layers of the service
// exchange. It does not depend on HTTP or on a database.
package models
