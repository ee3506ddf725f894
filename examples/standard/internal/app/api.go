package app

import (
	"context"
	"net/http"

	"example.com/shop-api/internal/api"
	"example.com/shop-api/internal/health"
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
	deps.Services.Tasks = services.NewTasks(repositories.Tasks, a.events)
	return deps
}
