package gorm

import (
	"context"
	"reflect"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// statement returns what GORM makes of a query, and does not run it.
func (t *table[T, R]) statement(build func(db *gorm.DB) *gorm.DB) *gorm.Statement {
	return build(t.db.Session(&gorm.Session{DryRun: true})).Find(&[]R{}).Statement
}

// readAll runs a statement of GORM's at the pool, which scans each row straight
// into its struct. By way of database/sql, which converts each value twice and
// watches each context from a goroutine, a read by key takes half as long again.
// Neither the hooks nor the serializers of a row are asked.
func (t *table[T, R]) readAll(ctx context.Context, sql string, values ...any) ([]T, error) {
	rows, err := t.pool.Query(ctx, sql, values...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, t.scan)
}

// readOne does the same for one row.
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

// columnsOf returns the fields of a row, in the order in which GORM selects them.
func columnsOf(of *schema.Schema) []*schema.Field {
	columns := make([]*schema.Field, len(of.DBNames))
	for i, name := range of.DBNames {
		columns[i] = of.FieldsByDBName[name]
	}
	return columns
}
