package app

import (
	"context"
	"crypto/rand"
	"runtime"
	"time"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/config"
)

// expiredTokensPause is the interval between deletions of expired tokens.
const expiredTokensPause = time.Hour

// openAccounts creates the service that manages users and their tokens.
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
	a.accounts = auth.NewService(
		a.repositories.Users,
		a.repositories.RefreshTokens,
		tokens,
		auth.NewHasher(runtime.GOMAXPROCS(0)),
		a.newLimiter("account", cfg.AccountLimitRequests, cfg.RateLimitPeriod),
	)
	a.cleanups.start(ctx, "expired tokens", a.deleteExpiredTokens)
	return nil
}

func (a *App) deleteExpiredTokens(ctx context.Context) {
	for pause(ctx, expiredTokensPause) {
		deleted, err := a.accounts.DeleteExpired(ctx)
		if err != nil {
			a.log.WarnContext(ctx, "failed to delete expired refresh tokens", "error", err)
			continue
		}
		a.log.DebugContext(ctx, "deleted expired refresh tokens", "count", deleted)
	}
}
