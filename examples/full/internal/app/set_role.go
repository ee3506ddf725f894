package app

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/config"
	"example.com/market-api/internal/repository/postgres"
)

// SetRole sets the role of the user with the given email. Use it to create the
// first admin.
func SetRole(ctx context.Context, cfg config.Database, email, role string) error {
	return withPool(ctx, cfg, func(pool *pgxpool.Pool) error {
		return auth.SetRole(ctx, postgres.NewUsers(pool), email, role)
	})
}
