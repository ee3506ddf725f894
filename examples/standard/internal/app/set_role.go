package app

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/config"
	"example.com/shop-api/internal/repository/postgres"
)

// SetRole gives the user with an email a role. It is how the first admin comes
// to be.
func SetRole(ctx context.Context, cfg config.Config, email, role string) error {
	return withPool(ctx, cfg, func(pool *pgxpool.Pool) error {
		return auth.SetRole(ctx, postgres.NewUsers(pool), email, role)
	})
}
