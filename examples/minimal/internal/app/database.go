package app

import (
	"context"

	"example.com/hello-api/internal/repository/memory"
)

// openDatabase creates a store that loses its data when the process stops.
func (a *App) openDatabase(context.Context) error {
	a.store = memory.NewStore()
	return nil
}
