// Package database connects to PostgreSQL and keeps its schema up to date.
package database

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
)

// Config configures the connection to the database.
type Config struct {
	// URL is a postgres:// URL. The fields below override its pool, timeout and
	// other parameters. Behind PgBouncer in transaction pooling mode, the URL
	// needs default_query_exec_mode=exec, and PgBouncer needs
	// ignore_startup_parameters = statement_timeout,
	// idle_in_transaction_session_timeout. Open sends both parameters, and
	// PgBouncer would otherwise reject the connection. The limits of the
	// database role then apply instead.
	URL string

	// MaxConns and MinConns limit the connection pool.
	MaxConns int32
	MinConns int32

	// ConnLifetime and ConnIdleTime limit how long a connection stays open.
	ConnLifetime time.Duration
	ConnIdleTime time.Duration

	// ConnectTimeout limits how long opening a connection may take.
	ConnectTimeout time.Duration

	// StatementTimeout is when PostgreSQL cancels a statement, even if the
	// service has crashed in the meantime.
	StatementTimeout time.Duration

	// Observe is called after each query. It may be nil.
	Observe Observer

	// TracerProvider creates a span for each statement, without its arguments.
	// If nil, no spans are created.
	TracerProvider trace.TracerProvider
}

// Open returns a connection pool. It connects on demand, so it succeeds even if
// the database is down.
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

	var tracers []pgx.QueryTracer
	if cfg.Observe != nil {
		tracers = append(tracers, observing{cfg.Observe})
	}
	if cfg.TracerProvider != nil {
		tracers = append(tracers, otelpgx.NewTracer(otelpgx.WithTracerProvider(cfg.TracerProvider)))
	}
	config.ConnConfig.Tracer = multitracer.New(tracers...)
	config.AfterConnect = registerTypes

	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return pool, nil
}

// registerTypes configures how a connection encodes and decodes uuid and
// timestamptz.
func registerTypes(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	types.RegisterType(&pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: uuidCodec{}})

	// Return timestamptz values in UTC, independent of the local time zone.
	inUTC := &pgtype.TimestamptzCodec{ScanLocation: time.UTC}
	types.RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: inUTC})
	return nil
}
