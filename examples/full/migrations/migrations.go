// Package migrations contains the schema of the database as versioned files.
// Do not edit a file after it has been applied anywhere.
package migrations

import "embed"

// FS contains the migration files.
//
//go:embed *.sql
var FS embed.FS
