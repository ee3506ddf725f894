// Package migrations holds the schema of the database: numbered SQL files,
// which are never edited once they have been applied anywhere.
package migrations

import "embed"

// FS holds the files.
//
//go:embed *.sql
var FS embed.FS
