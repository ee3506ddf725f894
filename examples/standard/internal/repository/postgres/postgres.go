// Package postgres implements the repositories with PostgreSQL.
package postgres

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository/pgerr"
)

// table implements what the repositories of this package have in common. Its
// statements list the columns explicitly, because migrations may add columns
// while the previous version of the service is still running.
type table[T any] struct {
	pool    *pgxpool.Pool
	name    string
	columns func(*T) []column
	uniques []pgerr.Unique

	selectSQL string
	getSQL    string
	lockSQL   string
	insertSQL string
	updateSQL string
	deleteSQL string
}

// column is a column of a row and a pointer to its value in an item.
type column struct {
	name  string
	field any
}

// newTable returns a table whose rows have an ID. The name describes a row in
// error messages.
func newTable[T any](pool *pgxpool.Pool, plural, name string, columns func(*T) []column, uniques ...pgerr.Unique) *table[T] {
	var names, places []string
	for i, column := range columns(new(T)) {
		names = append(names, quote(column.name))
		places = append(places, "$"+strconv.Itoa(i+1))
	}
	rows, list, values := quote(plural), strings.Join(names, ", "), strings.Join(places, ", ")
	return &table[T]{
		pool:      pool,
		name:      name,
		columns:   columns,
		uniques:   uniques,
		selectSQL: fmt.Sprintf(`SELECT %s FROM %s`, list, rows),
		getSQL:    fmt.Sprintf(`SELECT %s FROM %s WHERE "id" = $1`, list, rows),
		lockSQL:   fmt.Sprintf(`SELECT %s FROM %s WHERE "id" = $1 FOR UPDATE`, list, rows),
		insertSQL: fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, rows, list, values),
		updateSQL: fmt.Sprintf(`UPDATE %s SET (%s) = (%s) WHERE "id" = $%d`, rows, list, values, len(names)+1),
		deleteSQL: fmt.Sprintf(`DELETE FROM %s WHERE "id" = $1`, rows),
	}
}

func (t *table[T]) create(ctx context.Context, item T) error {
	_, err := t.pool.Exec(ctx, t.insertSQL, t.values(&item)...)
	return t.translate(err)
}

func (t *table[T]) get(ctx context.Context, id uuid.UUID) (T, error) {
	item, err := t.queryOne(ctx, t.pool, t.getSQL, id)
	return item, t.translate(err)
}

// getBy returns the row with the given value in a unique column.
func (t *table[T]) getBy(ctx context.Context, column string, value any) (T, error) {
	item, err := t.queryOne(ctx, t.pool, t.selectSQL+" WHERE "+quote(column)+" = $1", value)
	return item, t.translate(err)
}

// list returns the rows that match all conditions, in descending order of ID.
func (t *table[T]) list(ctx context.Context, page models.PageRequest, where conditions) ([]T, error) {
	if page.After != uuid.Nil {
		where.add("id", "<", page.After)
	}
	where.values = append(where.values, page.Limit)
	sql := fmt.Sprintf(`%s%s ORDER BY "id" DESC LIMIT $%d`, t.selectSQL, where.sql(), len(where.values))
	rows, err := t.pool.Query(ctx, sql, where.values...)
	if err != nil {
		return nil, t.translate(err)
	}
	items, err := pgx.CollectRows(rows, t.scan)
	return items, t.translate(err)
}

func (t *table[T]) update(ctx context.Context, id uuid.UUID, change func(*T) error) (T, error) {
	var item T
	err := pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		var err error
		item, err = t.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		err = change(&item)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, t.updateSQL, append(t.values(&item), id)...)
		return err
	})
	if err != nil {
		var none T
		return none, t.translate(err)
	}
	return item, nil
}

func (t *table[T]) delete(ctx context.Context, id uuid.UUID, check func(T) error) error {
	err := pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		item, err := t.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		err = check(item)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, t.deleteSQL, id)
		return err
	})
	return t.translate(err)
}

// lock selects a row and locks it until the end of the transaction.
func (t *table[T]) lock(ctx context.Context, tx pgx.Tx, id uuid.UUID) (T, error) {
	return t.queryOne(ctx, tx, t.lockSQL, id)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (t *table[T]) queryOne(ctx context.Context, db querier, sql string, args ...any) (T, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		var none T
		return none, err
	}
	return pgx.CollectExactlyOneRow(rows, t.scan)
}

func (t *table[T]) scan(row pgx.CollectableRow) (T, error) {
	var item T
	columns := t.columns(&item)
	fields := make([]any, len(columns))
	for i, column := range columns {
		fields[i] = column.field
	}
	err := row.Scan(fields...)
	return item, err
}

// values returns the values of the columns of an item. They are dereferenced,
// because pgx would call methods of a nil *decimal.Decimal behind a pointer.
func (t *table[T]) values(item *T) []any {
	columns := t.columns(item)
	values := make([]any, len(columns), len(columns)+1)
	for i, column := range columns {
		values[i] = reflect.ValueOf(column.field).Elem().Interface()
	}
	return values
}

func (t *table[T]) translate(err error) error {
	return pgerr.Translate(err, t.name, t.uniques...)
}

// conditions builds a WHERE clause in which all conditions must match.
type conditions struct {
	tests  []string
	values []any
}

func (c *conditions) add(column, operator string, value any) {
	c.values = append(c.values, value)
	c.tests = append(c.tests, fmt.Sprintf("%s %s $%d", quote(column), operator, len(c.values)))
}

func (c *conditions) sql() string {
	if len(c.tests) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.tests, " AND ")
}

func quote(name string) string {
	return pgx.Identifier{name}.Sanitize()
}
