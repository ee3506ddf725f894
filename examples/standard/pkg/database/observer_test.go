package database

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestObserverReceivesOutcomesOfQueries(t *testing.T) {
	type ended struct {
		operation string
		failed    bool
	}
	var got []ended
	tracer := observing{func(_ context.Context, operation string, failed bool, took time.Duration) {
		require.Positive(t, took)
		got = append(got, ended{operation, failed})
	}}

	ctx := tracer.TraceQueryStart(t.Context(), nil, pgx.TraceQueryStartData{SQL: "SELECT 1"})
	tracer.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{})
	ctx = tracer.TraceQueryStart(t.Context(), nil, pgx.TraceQueryStartData{SQL: "INSERT INTO t VALUES ($1)"})
	tracer.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{Err: errors.New("duplicate key")})
	tracer.TraceQueryEnd(t.Context(), nil, pgx.TraceQueryEndData{}) // of a query that has not been traced

	require.Equal(t, []ended{{"select", false}, {"insert", true}}, got)
}

func TestOperationsAreFew(t *testing.T) {
	for sql, operation := range map[string]string{
		"SELECT 1":                       "select",
		"\n\tupdate t SET a = 1":         "update",
		"begin isolation level snapshot": "begin",
		"commit":                         "commit",
		"WITH a AS (SELECT 1) SELECT 2":  "with",
		"(SELECT 1) UNION (SELECT 2)":    "select",
		"CREATE TABLE t ()":              "other",
		"-- ping":                        "other",
		"selection":                      "other",
		"":                               "other",
	} {
		require.Equal(t, operation, operationOf(sql), sql)
	}
}
