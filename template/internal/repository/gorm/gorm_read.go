package gorm

import (
	"context"
	"reflect"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// statement builds a query with GORM without running it.
func (t *table[T, R]) statement(build func(db *gorm.DB) *gorm.DB) *gorm.Statement {
	return build(t.db.Session(&gorm.Session{DryRun: true})).Find(&[]R{}).Statement
}

// readAll runs a GORM statement directly on the pool, which scans rows straight
// into structs. Through database/sql, which converts each value twice and
// watches each context in a goroutine, a read by key takes 50% longer. Hooks
// and serializers of rows are not called.
func (t *table[T, R]) readAll(ctx context.Context, sql string, values ...any) ([]T, error) {
	rows, err := t.pool.Query(ctx, sql, values...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, t.scan)
}

// readOne is like readAll for a single row.
func (t *table[T, R]) readOne(ctx context.Context, sql string, values ...any) (T, error) {
	rows, err := t.pool.Query(ctx, sql, values...)
	if err != nil {
		var none T
		return none, err
	}
	return pgx.CollectOneRow(rows, t.scan)
}

func (t *table[T, R]) scan(row pgx.CollectableRow) (T, error) {
	var read R
	into := reflect.ValueOf(&read).Elem()
	fields := make([]any, len(t.columns))
	for i, column := range t.columns {
		fields[i] = column.ReflectValueOf(context.Background(), into).Addr().Interface()
	}
	err := row.Scan(fields...)
	return read.model(), err
}

// columnsOf returns the fields of a row in the order in which GORM selects
// them.
func columnsOf(of *schema.Schema) []*schema.Field {
	columns := make([]*schema.Field, len(of.DBNames))
	for i, name := range of.DBNames {
		columns[i] = of.FieldsByDBName[name]
	}
	return columns
}
