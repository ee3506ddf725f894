package database

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

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
