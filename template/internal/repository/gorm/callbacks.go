package gorm

import (
	"database/sql"
	"reflect"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// reader runs the queries that GORM builds.
type reader struct {
	pool *pgxpool.Pool

	// shapes has the shape of each schema's rows.
	shapes sync.Map
}

// shape is what there is to know about the rows of a schema.
type shape struct {
	// list selects all columns. It is never a star, since a migration adds
	// columns while the version of the service before it still runs.
	list clause.Select

	// plain tells that no field has a serializer: pgx can read them all.
	plain bool
}

// query takes the place of GORM's callback that runs a query. Rows go from the
// pool straight into their structs: by way of database/sql, which converts each
// value twice and watches each context from a goroutine, a read by key takes
// half as long again. Everything else, and what is part of a transaction, is
// read as GORM reads it.
func (r *reader) query(db *gorm.DB) {
	stmt := db.Statement
	_, pooled := stmt.ConnPool.(*sql.DB)
	if db.Error != nil || !readsRows(stmt) {
		callbacks.Query(db)
		return
	}
	shape := r.shapeOf(stmt)
	if !selects(stmt) {
		stmt.AddClause(shape.list)
	}
	if db.DryRun || !pooled || !shape.plain {
		callbacks.Query(db)
		return
	}
	callbacks.BuildQuerySQL(db)
	if db.Error != nil {
		return
	}
	rows, err := r.pool.Query(stmt.Context, stmt.SQL.String(), stmt.Vars...)
	if err != nil {
		_ = db.AddError(err)
		return
	}
	defer rows.Close()
	collect(db, rows)
}

// readsRows tells whether a statement reads its model, or a slice of it.
func readsRows(stmt *gorm.Statement) bool {
	if stmt.Schema == nil || len(stmt.Joins)+len(stmt.ColumnMapping) > 0 {
		return false
	}
	into := stmt.ReflectValue.Type()
	return into == stmt.Schema.ModelType || into.Kind() == reflect.Slice && into.Elem() == stmt.Schema.ModelType
}

// selects tells whether a statement says itself what it reads.
func selects(stmt *gorm.Statement) bool {
	_, chosen := stmt.Clauses["SELECT"]
	return chosen || stmt.SQL.Len() > 0 || stmt.Distinct || len(stmt.Selects)+len(stmt.Omits) > 0
}

func (r *reader) shapeOf(stmt *gorm.Statement) shape {
	if known, ok := r.shapes.Load(stmt.Schema); ok {
		return known.(shape)
	}
	names := make([]string, len(stmt.Schema.DBNames))
	plain := true
	for i, name := range stmt.Schema.DBNames {
		names[i] = stmt.Quote(column(name))
		plain = plain && stmt.Schema.FieldsByDBName[name].Serializer == nil
	}
	made := shape{list: clause.Select{Expression: clause.Expr{SQL: strings.Join(names, ", ")}}, plain: plain}
	r.shapes.Store(stmt.Schema, made)
	return made
}

// collect puts the rows into the statement's struct, which takes one of them,
// or into its slice.
func collect(db *gorm.DB, rows pgx.Rows) {
	into := db.Statement.ReflectValue
	several := into.Kind() == reflect.Slice
	if several {
		into.SetLen(0)
	}
	fields := fieldsOf(db.Statement.Schema, rows)
	values := make([]any, len(fields))
	for rows.Next() {
		row := into
		if several {
			row = extend(into)
		}
		for i, field := range fields {
			values[i] = place(db, field, row, rows.RawValues()[i] == nil)
		}
		if err := rows.Scan(values...); err != nil {
			_ = db.AddError(err)
			return
		}
		db.RowsAffected++
		if !several {
			break
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		_ = db.AddError(err)
	}
	if db.RowsAffected == 0 && db.Statement.RaiseErrorOnNotFound && db.Error == nil {
		_ = db.AddError(gorm.ErrRecordNotFound)
	}
}

// fieldsOf returns the fields that the columns belong to, and nil for a column
// that belongs to none.
func fieldsOf(of *schema.Schema, rows pgx.Rows) []*schema.Field {
	columns := rows.FieldDescriptions()
	fields := make([]*schema.Field, len(columns))
	for i, column := range columns {
		fields[i] = of.FieldsByDBName[column.Name]
	}
	return fields
}

// place returns where the value of a field goes. To GORM, NULL is the zero
// value: there is nothing to read then.
func place(db *gorm.DB, field *schema.Field, row reflect.Value, null bool) any {
	if field == nil {
		return nil
	}
	value := field.ReflectValueOf(db.Statement.Context, row)
	if null {
		value.SetZero()
		return nil
	}
	return value.Addr().Interface()
}

// extend makes a slice one element longer, and returns that.
func extend(slice reflect.Value) reflect.Value {
	last := slice.Len()
	slice.Grow(1)
	slice.SetLen(last + 1)
	slice.Index(last).SetZero()
	return slice.Index(last)
}

// prepared is a statement that was built before, and its one argument.
type prepared struct {
	sql string
	arg any
}

// ModifyStatement implements gorm.StatementModifier.
func (p prepared) ModifyStatement(stmt *gorm.Statement) {
	stmt.SQL.WriteString(p.sql)
	stmt.Vars = append(stmt.Vars, p.arg)
}

// Build implements clause.Expression.
func (prepared) Build(clause.Builder) {}
