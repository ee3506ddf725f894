package app

import (
	"context"

	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/repository/postgres"
)

// openDatabase opens the database. If the database is down, the service starts
// anyway, but is not ready.
func (a *App) openDatabase(ctx context.Context) error {
	if a.cfg.Database.URL == "" {
		a.log.WarnContext(ctx, "DATABASE_URL is not set: data is stored in memory and lost when the service stops")
		a.store = memory.NewStore()
		return nil
	}
	pool, err := a.openPool(ctx)
	if err != nil {
		return err
	}
	a.store = postgres.NewStore(pool)
	return nil
}
