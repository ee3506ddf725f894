// Package postgres implements the repositories with PostgreSQL.
package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository"
	"example.com/shop-api/internal/repository/pgerr"
)

// DB runs statements. A pool, a connection and a transaction implement it.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Store is a repository.Store.
type Store struct {
	pool *pgxpool.Pool
}

// NewStore returns a store that uses a pool.
func NewStore(pool *pgxpool.Pool) *Store {
	return &Store{pool: pool}
}

// Repositories implements repository.Store.
func (s *Store) Repositories() repository.Repositories {
	return repositories(s.pool)
}

// InTx implements repository.Store.
func (s *Store) InTx(ctx context.Context, fn func(ctx context.Context, tx repository.Repositories) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		return fn(ctx, repositories(tx))
	})
	return pgerr.Translate(err, "commit", "transaction")
}

func repositories(db DB) repository.Repositories {
	return repository.Repositories{
		Users:    NewUsers(db),
		Sessions: NewSessions(db),
		Tasks:    NewTasks(db),
	}
}

// errStale means that the version of a row is not the expected one.
var errStale = apperr.New(apperr.Stale, "the resource has changed since you read it")

// one returns the row that a statement selects.
func one[T any](ctx context.Context, db DB, scan pgx.RowToFunc[T], operation, name, sql string, args pgx.NamedArgs) (T, error) {
	rows, err := db.Query(ctx, sql, args)
	if err != nil {
		var none T
		return none, pgerr.Translate(err, operation, name)
	}
	item, err := pgx.CollectOneRow(rows, scan)
	return item, pgerr.Translate(err, operation, name)
}

// many returns the rows that a statement selects.
func many[T any](ctx context.Context, db DB, scan pgx.RowToFunc[T], operation, name, sql string, args pgx.NamedArgs) ([]T, error) {
	rows, err := db.Query(ctx, sql, args)
	if err != nil {
		return nil, pgerr.Translate(err, operation, name)
	}
	items, err := pgx.CollectRows(rows, scan)
	return items, pgerr.Translate(err, operation, name)
}

// ownerOf returns the owner whose rows a statement may access, or nil for all.
func ownerOf(scope models.Scope) *uuid.UUID {
	if scope.All {
		return nil
	}
	return &scope.Owner
}
