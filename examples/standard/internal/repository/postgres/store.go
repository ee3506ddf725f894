// Package postgres implements the repositories with PostgreSQL.
package postgres

import (
	"context"
	"strings"

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
		Users:     NewUsers(db),
		Sessions:  NewSessions(db),
		Customers: NewCustomers(db),
		Orders:    NewOrders(db),
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

// pageOf returns the end of a statement that selects a page, after its
// conditions. It adds its values to args.
func pageOf(page models.PageRequest, args pgx.NamedArgs) string {
	direction, beyond := "DESC", "<"
	if page.Sort.Ascending {
		direction, beyond = "ASC", ">"
	}
	args["limit"] = page.Limit
	if page.Sort.Field == "" {
		end := ` ORDER BY id ` + direction + ` LIMIT @limit`
		if page.After != nil {
			args["cursor"] = page.After.ID
			end = ` AND id ` + beyond + ` @cursor` + end
		}
		return end
	}
	column := pgx.Identifier{page.Sort.Field}.Sanitize()
	end := ` ORDER BY ` + column + ` ` + direction + `, id ` + direction + ` LIMIT @limit`
	if page.After != nil {
		args["sort"], args["cursor"] = page.After.Value, page.After.ID
		end = ` AND (` + column + `, id) ` + beyond + ` (@sort, @cursor)` + end
	}
	return end
}

// between returns the conditions of a range of a column. It adds their values to
// args, under names that no column has.
func between[T any](name string, bounds models.Bounds[T], args pgx.NamedArgs) string {
	column, sql := pgx.Identifier{name}.Sanitize(), ""
	if bounds.AtLeast != nil {
		sql += ` AND ` + column + ` >= @` + name + `_GTE`
		args[name+"_GTE"] = *bounds.AtLeast
	}
	if bounds.Above != nil {
		sql += ` AND ` + column + ` > @` + name + `_GT`
		args[name+"_GT"] = *bounds.Above
	}
	if bounds.AtMost != nil {
		sql += ` AND ` + column + ` <= @` + name + `_LTE`
		args[name+"_LTE"] = *bounds.AtMost
	}
	if bounds.Below != nil {
		sql += ` AND ` + column + ` < @` + name + `_LT`
		args[name+"_LT"] = *bounds.Below
	}
	return sql
}

// containing returns the pattern of LIKE for texts that contain a text.
func containing(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
}

// ownerOf returns the owner whose rows a statement may access, or nil for all.
func ownerOf(scope models.Scope) *uuid.UUID {
	if scope.All {
		return nil
	}
	return &scope.Owner
}
