// Package database connects to PostgreSQL and keeps its schema up to date.
package database

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
)

// The parameters of a connection that limit its statements and transactions.
const (
	statementTimeout   = "statement_timeout"
	transactionTimeout = "idle_in_transaction_session_timeout"
)

// Config configures the connection to the database.
type Config struct {
	// URL is a postgres:// URL. The fields below override its pool, timeout and
	// other parameters.
	URL string

	// Pooler means that the URL is that of a pooler such as PgBouncer that gives
	// each transaction another connection. Statements are then not prepared under
	// a name, and no parameters are sent when a connection is opened.
	Pooler bool

	// MaxConns and MinConns limit the connection pool.
	MaxConns int32
	MinConns int32

	// ConnLifetime and ConnIdleTime limit how long a connection stays open.
	ConnLifetime time.Duration
	ConnIdleTime time.Duration

	// ConnectTimeout limits how long opening a connection may take.
	ConnectTimeout time.Duration

	// StatementTimeout is when PostgreSQL cancels a statement, even if the
	// service has crashed in the meantime. With Pooler, the service cancels it.
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

	var tracers []pgx.QueryTracer
	if cfg.Pooler {
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
		tracers = append(tracers, limiting{cfg.StatementTimeout})
	} else {
		statement := strconv.FormatInt(cfg.StatementTimeout.Milliseconds(), 10)
		config.ConnConfig.RuntimeParams[statementTimeout] = statement
		config.ConnConfig.RuntimeParams[transactionTimeout] = statement
	}
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

// uuidCodec encodes and decodes uuid.UUID directly as 16 bytes. Without it, pgx
// converts the value to text and back through the database/sql interfaces.
type uuidCodec struct{ pgtype.UUIDCodec }

// PlanEncode implements pgtype.Codec.
func (c uuidCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(uuid.UUID); ok && format == pgtype.BinaryFormatCode {
		return uuidPlan{}
	}
	return c.UUIDCodec.PlanEncode(m, oid, format, value)
}

// PlanScan implements pgtype.Codec.
func (c uuidCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if _, ok := target.(*uuid.UUID); ok && format == pgtype.BinaryFormatCode {
		return uuidPlan{}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, target)
}

type uuidPlan struct{}

func (uuidPlan) Encode(value any, buf []byte) ([]byte, error) {
	id := value.(uuid.UUID)
	return append(buf, id[:]...), nil
}

func (uuidPlan) Scan(src []byte, target any) error {
	id, err := uuid.FromBytes(src)
	if err != nil {
		return err
	}
	*target.(*uuid.UUID) = id
	return nil
}

// limiting is a pgx.QueryTracer that cancels statements after a timeout.
type limiting struct{ timeout time.Duration }

type cancelKey struct{}

// TraceQueryStart implements pgx.QueryTracer.
func (l limiting) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	ctx, cancel := context.WithTimeout(ctx, l.timeout) //nolint:gosec // TraceQueryEnd calls cancel
	return context.WithValue(ctx, cancelKey{}, cancel)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (limiting) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if cancel, ok := ctx.Value(cancelKey{}).(context.CancelFunc); ok {
		cancel()
	}
}

// Observer is called after each query with its operation, whether it failed,
// and how long it took. The context is that of the caller.
type Observer func(ctx context.Context, operation string, failed bool, took time.Duration)

// observing is a pgx.QueryTracer that calls an Observer.
type observing struct{ observe Observer }

// query is a query in progress.
type query struct {
	operation string
	started   time.Time
}

type queryKey struct{}

// TraceQueryStart implements pgx.QueryTracer.
func (o observing) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, queryKey{}, query{operation: operationOf(data.SQL), started: time.Now()})
}

// TraceQueryEnd implements pgx.QueryTracer.
func (o observing) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if q, ok := ctx.Value(queryKey{}).(query); ok {
		o.observe(ctx, q.operation, data.Err != nil, time.Since(q.started))
	}
}

// operationOf returns the first keyword of a statement if it is a common one,
// and other if it is not, so that there are few different operations.
func operationOf(sql string) string {
	sql = strings.TrimLeft(sql, " \t\r\n(")
	end := strings.IndexFunc(sql, func(r rune) bool { return r < 'A' || r > 'z' })
	if end < 0 {
		end = len(sql)
	}
	switch operation := strings.ToLower(sql[:end]); operation {
	case "select", "insert", "update", "delete", "with", "begin", "commit", "rollback", "savepoint", "release":
		return operation
	default:
		return "other"
	}
}
