package app

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/shop-api/internal/repository/postgres"
)

// openDatabase opens the database. If the database is down, the service starts
// anyway, but is not ready.
func (a *App) openDatabase(ctx context.Context) error {
	if a.cfg.Database.URL == "" {
		a.log.WarnContext(ctx, "DATABASE_URL is not set: data is stored in memory and lost when the service stops")
		a.repositories = memoryRepositories()
		return nil
	}
	pool, err := a.openPool(ctx)
	if err != nil {
		return err
	}
	a.repositories = postgresRepositories(pool)
	return nil
}

func postgresRepositories(pool *pgxpool.Pool) repositories {
	var r repositories
	r.Users = postgres.NewUsers(pool)
	r.Sessions = postgres.NewSessions(pool)
	r.Tasks = postgres.NewTasks(pool)
	return r
}
