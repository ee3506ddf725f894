// Package pgerr translates errors of PostgreSQL.
package pgerr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.com/market-api/internal/apperr"
)

// Translate converts an error of PostgreSQL or pgx to an application error. The
// operation and the name of the row describe it. An application error is
// returned unchanged.
func Translate(err error, operation, name string) error {
	if err == nil {
		return nil
	}
	if _, translated := errors.AsType[*apperr.Error](err); translated {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return apperr.New(apperr.NotFound, name+" not found")
	}
	err = fmt.Errorf("%s %s: %w", operation, name, err)
	if unavailable(err) {
		return apperr.Wrap(apperr.Unavailable, "the database is not available", err)
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return rejected(refused, name, err)
	}
	return err
}

// TranslateDelete is Translate for a deletion, which a row that refers to the
// deleted one can prevent.
func TranslateDelete(err error, name string) error {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if ok && refused.Code == "23503" {
		return apperr.Wrap(apperr.Conflict, name+" is referred to by "+words(refused.TableName), err)
	}
	return Translate(err, "delete", name)
}

// rejected converts a violation of a constraint to an error that names the
// field. Any other error is returned as it is.
func rejected(refused *pgconn.PgError, name string, err error) error {
	kind, message, reason := apperr.Invalid, "a value is not allowed", ""
	switch refused.Code {
	case "23505": // unique_violation
		kind, message, reason = apperr.Conflict, name+" already exists", "is taken"
	case "23P01": // exclusion_violation
		kind, message, reason = apperr.Conflict, name+" conflicts with another one", "conflicts with another one"
	case "23503": // foreign_key_violation
		reason = "does not exist"
	case "23514": // check_violation
		reason = "is not allowed"
	case "23502": // not_null_violation
		reason = "is required"
	default:
		// Class 22 errors are values that the type of the column cannot hold,
		// such as a string with a NUL byte (22021, 22P05). 54000 is a value that
		// is too long for an index.
		if !strings.HasPrefix(refused.Code, "22") && refused.Code != "54000" {
			return err
		}
		message = "a value cannot be stored"
	}
	rejected := apperr.Wrap(kind, message, err)
	if field := fieldOf(refused); field != "" && reason != "" {
		rejected.Fields = []apperr.Field{{Name: field, Reason: reason}}
	}
	return rejected
}

// fieldOf returns the field of a violated constraint, or an empty string. Names
// of constraints have the form table_field_suffix, with owner_id in front of
// the field if the constraint applies to the rows of one owner.
func fieldOf(refused *pgconn.PgError) string {
	if refused.ColumnName != "" {
		return refused.ColumnName
	}
	field, ok := strings.CutPrefix(refused.ConstraintName, refused.TableName+"_")
	end := strings.LastIndexByte(field, '_')
	if !ok || end < 0 {
		return ""
	}
	return strings.TrimPrefix(field[:end], "owner_id_")
}

func words(name string) string {
	return strings.ReplaceAll(name, "_", " ")
}

// unavailable reports whether a retry of the same statement may succeed.
func unavailable(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false // the caller has gone away
	}
	if _, unconnected := errors.AsType[*pgconn.ConnectError](err); unconnected {
		return true
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return unavailableCode(refused.Code)
	}
	_, broken := errors.AsType[*net.OpError](err)
	return broken ||
		errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, pgconn.ErrConnClosed) ||
		errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

func unavailableCode(code string) bool {
	switch code {
	case
		"25006", // read_only_sql_transaction: connected to a standby
		"25P03", // idle_in_transaction_session_timeout
		"40001", // serialization_failure
		"40P01", // deadlock_detected
		"55P03", // lock_not_available
		"57014": // query_canceled: the statement_timeout has passed
		return true
	}
	// Class 08 is a connection failure, class 53 is a lack of resources
	// (connections, disk, memory), and 57P is a server that shuts down or
	// starts.
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P")
}
