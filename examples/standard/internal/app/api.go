package app

import (
	"context"
	"crypto/rand"
	"net/http"
	"runtime"
	"time"

	"example.com/shop-api/internal/api"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/config"
	"example.com/shop-api/internal/health"
	"example.com/shop-api/internal/ratelimit"
	"example.com/shop-api/internal/repository"
	"example.com/shop-api/internal/services"
)

// openAPI opens the public listener.
func (a *App) openAPI(ctx context.Context) error {
	a.health = health.New(a.checks...)
	a.metrics.Health(a.health.Ready)
	handler := api.New(a.apiDeps())

	public := &http.Server{
		Addr:              a.cfg.HTTP.Addr,
		Handler:           handler,
		ReadHeaderTimeout: a.cfg.HTTP.ReadHeaderTimeout,
		ReadTimeout:       a.cfg.HTTP.ReadTimeout,
		WriteTimeout:      a.cfg.HTTP.WriteTimeout,
		IdleTimeout:       a.cfg.HTTP.IdleTimeout,
		MaxHeaderBytes:    a.cfg.HTTP.MaxHeaderBytes,

		// Let the handler respond to OPTIONS *, so that the response has the
		// usual headers.
		DisableGeneralOptionsHandler: true,
	}
	if a.cfg.HTTP.TLSCertFile != "" {
		config, err := newTLSConfig(a.cfg.HTTP.TLSCertFile, a.cfg.HTTP.TLSKeyFile, a.log)
		if err != nil {
			return err
		}
		public.TLSConfig = config
		a.metrics.Certificate(config.GetCertificate)
	}
	listening, err := listen(ctx, public, a.log)
	if err != nil {
		return err
	}
	a.public = listening
	a.cleanups.add("public server", a.cfg.Shutdown.Timeout, listening.stop)
	return nil
}

func (a *App) apiDeps() api.Deps {
	deps := api.Deps{
		Config: api.Config{
			TrustedProxies: a.cfg.HTTP.TrustedProxies,
			AllowedOrigins: a.cfg.HTTP.CORSAllowedOrigins,
			RequestTimeout: a.cfg.HTTP.RequestTimeout,
			MaxBodyBytes:   a.cfg.HTTP.MaxBodyBytes,
			Docs:           a.cfg.HTTP.DocsEnabled,
		},
		Log:     a.log,
		Health:  a.health,
		Limiter: a.newLimiter("client", a.cfg.RateLimit.Requests, a.cfg.RateLimit.Period),
	}
	deps.Auth = a.accounts
	deps.Tokens = a.tokens
	deps.AuthLimiter = a.newLimiter("sign-in", a.cfg.Auth.RateLimitRequests, a.cfg.Auth.RateLimitPeriod)
	deps.Metrics = a.metrics
	deps.Tracer = a.tracing
	repositories := a.store.Repositories()
	deps.Services.Customers = services.NewCustomers(repositories.Customers, a.events)
	deps.Services.Orders = services.NewOrders(repositories.Orders, a.events)
	return deps
}

// newLimiter returns a limiter that all replicas of this service share through
// Redis. Without Redis, every replica counts on its own.
func (a *App) newLimiter(name string, requests int, period time.Duration) ratelimit.Limiter {
	rate := ratelimit.Rate{Requests: requests, Per: period}
	var limiter ratelimit.Limiter = ratelimit.NewLocal(rate)
	if a.redis != nil {
		limiter = ratelimit.NewRedis(a.redis, "shop-api:"+name, rate, limiter, a.outage)
	}
	return a.metrics.Limiter(name, limiter)
}

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
