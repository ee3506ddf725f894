package app

import (
	"context"
	"net/http"
	"time"

	"example.com/hello-api/internal/api"
	"example.com/hello-api/internal/health"
	"example.com/hello-api/internal/ratelimit"
	"example.com/hello-api/internal/services"
)

// openAPI opens the public listener.
func (a *App) openAPI(ctx context.Context) error {
	a.health = health.New()
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
		Limiter: newLimiter(a.cfg.RateLimit.Requests, a.cfg.RateLimit.Period),
	}
	repositories := a.store.Repositories()
	deps.Services.Tasks = services.NewTasks(repositories.Tasks, a.events)
	return deps
}

// newLimiter returns a limiter for this process. Every replica counts on its
// own.
func newLimiter(requests int, period time.Duration) ratelimit.Limiter {
	return ratelimit.NewLocal(ratelimit.Rate{Requests: requests, Per: period})
}
