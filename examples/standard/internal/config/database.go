package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Database holds the settings of PostgreSQL.
type Database struct {
	// URL may be empty in development. Data is then kept in memory.
	URL Secret `env:"DATABASE_URL"`

	// Pooler means that the URL is that of a pooler such as PgBouncer in
	// transaction mode.
	Pooler bool `env:"DATABASE_POOLER"`

	MaxConns     int32         `env:"DATABASE_MAX_CONNS" envDefault:"10"`
	MinConns     int32         `env:"DATABASE_MIN_CONNS" envDefault:"2"`
	ConnLifetime time.Duration `env:"DATABASE_CONN_LIFETIME" envDefault:"30m"`
	ConnIdleTime time.Duration `env:"DATABASE_CONN_IDLE_TIME" envDefault:"5m"`

	ConnectTimeout   time.Duration `env:"DATABASE_CONNECT_TIMEOUT" envDefault:"3s"`
	StatementTimeout time.Duration `env:"DATABASE_STATEMENT_TIMEOUT" envDefault:"5s"`

	// Migrate updates the schema at startup. In production, run "server
	// migrate" before the new version starts instead.
	Migrate bool `env:"DATABASE_MIGRATE"`
}

func (d *Database) setDefaults(env Env) {
	d.Migrate = env == Development
}

func (d *Database) check(env Env) error {
	problems := []error{
		positive("DATABASE_MAX_CONNS", d.MaxConns),
		positive("DATABASE_CONN_LIFETIME", d.ConnLifetime),
		positive("DATABASE_CONN_IDLE_TIME", d.ConnIdleTime),
		positive("DATABASE_CONNECT_TIMEOUT", d.ConnectTimeout),
	}
	// PostgreSQL counts in milliseconds and interprets 0 as no limit.
	if d.StatementTimeout < time.Millisecond {
		problems = append(problems, fmt.Errorf("DATABASE_STATEMENT_TIMEOUT: must be at least 1ms, not %s", d.StatementTimeout))
	}
	if d.MinConns < 0 || d.MinConns > d.MaxConns {
		problems = append(problems, fmt.Errorf("DATABASE_MIN_CONNS: must be between 0 and DATABASE_MAX_CONNS (%d), not %d", d.MaxConns, d.MinConns))
	}
	if d.URL == "" && env == Production {
		problems = append(problems, errors.New("DATABASE_URL: must be set in production"))
	}
	if d.URL != "" {
		problems = append(problems, d.checkURL())
	}
	return errors.Join(problems...)
}

func (d *Database) checkURL() error {
	_, err := pgxpool.ParseConfig(string(d.URL))
	if err == nil {
		return nil
	}
	return fmt.Errorf("DATABASE_URL: %w", err)
}
