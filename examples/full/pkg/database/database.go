// Package database opens PostgreSQL and keeps its schema up to date.
package database

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
)

// Config says where the database is and how much of it to use.
type Config struct {
	// URL is a postgres:// URL. What it says about pool, time-outs and other
	// parameters is overruled by the fields below. Behind a PgBouncer that
	// pools transactions, it needs default_query_exec_mode=exec, and the
	// PgBouncer needs ignore_startup_parameters = statement_timeout,
	// idle_in_transaction_session_timeout: Open sends both, and it would refuse
	// the connections. The limits are then those of the database's role.
	URL string

	// MaxConns and MinConns bound the pool.
	MaxConns int32
	MinConns int32

	// ConnLifetime and ConnIdleTime are how long a connection is kept at most.
	ConnLifetime time.Duration
	ConnIdleTime time.Duration

	// ConnectTimeout bounds the making of one connection.
	ConnectTimeout time.Duration

	// StatementTimeout is when PostgreSQL gives up a statement, even if the
	// service has died and nobody waits for it.
	StatementTimeout time.Duration

	// TracerProvider gets a span for every statement, without its arguments;
	// nil means no spans.
	TracerProvider trace.TracerProvider
}

// Open returns a pool of connections. It connects only when it has to, so it
// succeeds while the database is away.
func Open(ctx context.Context, cfg Config) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("parse the database URL: %w", err)
	}
	config.MaxConns = cfg.MaxConns
	config.MinConns = cfg.MinConns
	config.MaxConnLifetime = cfg.ConnLifetime
	config.MaxConnLifetimeJitter = cfg.ConnLifetime / 10
	config.MaxConnIdleTime = cfg.ConnIdleTime
	config.PingTimeout = cfg.ConnectTimeout
	config.ConnConfig.ConnectTimeout = cfg.ConnectTimeout

	statement := strconv.FormatInt(cfg.StatementTimeout.Milliseconds(), 10)
	config.ConnConfig.RuntimeParams["statement_timeout"] = statement
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = statement
	if cfg.TracerProvider != nil {
		config.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(cfg.TracerProvider))
	}
	config.AfterConnect = registerTypes

	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return pool, nil
}

// registerTypes adapts how a connection reads and writes two types.
func registerTypes(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	types.RegisterType(&pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: uuidCodec{}})

	// A timestamptz is the same time.Time wherever the service runs.
	inUTC := &pgtype.TimestamptzCodec{ScanLocation: time.UTC}
	types.RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: inUTC})
	return nil
}
