package app

import (
	"context"
	"crypto/rand"
	"runtime"
	"time"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/config"
	"example.com/market-api/internal/repository"
	"example.com/market-api/internal/services"
)

// expiredSessionsPause is the interval between deletions of expired sessions.
const expiredSessionsPause = time.Hour

// openAccounts creates the service that manages users and their sessions.
func (a *App) openAccounts(ctx context.Context) error {
	cfg := a.cfg.Auth
	if cfg.PrivateKey == "" && cfg.Secret == "" {
		a.log.WarnContext(ctx, "neither JWT_PRIVATE_KEY nor JWT_SECRET is set: tokens are signed with a temporary key and become invalid when the service stops")
		cfg.Secret = config.Secret(rand.Text() + rand.Text())
	}
	tokens, err := auth.NewTokens(auth.Config{
		PrivateKey:        string(cfg.PrivateKey),
		Secret:            string(cfg.Secret),
		PreviousPublicKey: string(cfg.PreviousPublicKey),
		PreviousSecret:    string(cfg.PreviousSecret),
		Issuer:            cfg.Issuer,
		Audience:          cfg.Audience,
		AccessTTL:         cfg.AccessTTL,
		RefreshTTL:        cfg.RefreshTTL,
	})
	if err != nil {
		return err
	}
	a.tokens = tokens
	repositories := a.store.Repositories()
	a.accounts = auth.NewService(auth.Deps{
		Users:     repositories.Users,
		Sessions:  repositories.Sessions,
		InTx:      a.accountsInTx,
		Tokens:    tokens,
		Hasher:    auth.NewHasher(runtime.GOMAXPROCS(0)),
		Attempts:  a.newLimiter("account", cfg.AccountLimitRequests, cfg.RateLimitPeriod),
		Refreshes: a.newLimiter("session", cfg.SessionLimitRequests, cfg.RateLimitPeriod),
		Grace:     cfg.SessionGrace,
		Owned: []auth.Owned{
			services.NewOrders(repositories.Orders, a.events),
			services.NewPriceLists(repositories.PriceLists, a.events),
			services.NewCustomers(repositories.Customers, a.events),
		},
	})
	if sessions, ok := repositories.Sessions.(auth.ExpiringSessions); ok {
		a.cleanups.start(ctx, "expired sessions", func(ctx context.Context) { a.deleteExpiredSessions(ctx, sessions) })
	}
	return nil
}

// accountsInTx implements auth.InTx.
func (a *App) accountsInTx(ctx context.Context, fn func(ctx context.Context, users auth.UserRepository, sessions auth.SessionRepository) error) error {
	return a.store.InTx(ctx, func(ctx context.Context, tx repository.Repositories) error {
		return fn(ctx, tx.Users, tx.Sessions)
	})
}

func (a *App) deleteExpiredSessions(ctx context.Context, sessions auth.ExpiringSessions) {
	for pause(ctx, expiredSessionsPause) {
		deleted, err := auth.DeleteExpired(ctx, sessions)
		if err != nil {
			a.log.WarnContext(ctx, "failed to delete expired sessions", "error", err)
			continue
		}
		a.log.DebugContext(ctx, "deleted expired sessions", "count", deleted)
	}
}
