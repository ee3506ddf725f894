// Package pgerr translates errors of PostgreSQL.
package pgerr

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.com/market-api/internal/apperr"
)

// Unique is a field with a unique constraint.
type Unique struct {
	Field      string
	Constraint string
}

// Translate converts errors of PostgreSQL and pgx to application errors and
// returns other errors unchanged. Name describes the row in messages, and
// uniques are the fields that can have a conflict.
func Translate(err error, name string, uniques ...Unique) error {
	refused := (*pgconn.PgError)(nil)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return apperr.New(apperr.NotFound, name+" not found")
	case unavailable(err):
		return apperr.Wrap(apperr.Unavailable, "the database is not available", err)
	case errors.As(err, &refused) && refused.Code == "23505":
		conflict := apperr.Wrap(apperr.Conflict, name+" already exists", err)
		for _, unique := range uniques {
			if unique.Constraint == refused.ConstraintName {
				conflict.Fields = []apperr.Field{{Name: unique.Field, Reason: "is taken"}}
			}
		}
		return conflict
	case errors.As(err, &refused) && unstorable(refused.Code):
		return apperr.Wrap(apperr.Invalid, "a value cannot be stored", err)
	default:
		return err
	}
}

// unstorable reports whether an error code means that a value cannot be stored.
func unstorable(code string) bool {
	// Class 22 errors are values that the type of the column cannot hold, such
	// as a string with a NUL byte (22021, 22P05). 54000 is a value that is too
	// long for an index.
	return strings.HasPrefix(code, "22") || code == "54000"
}

// unavailable reports whether a retry of the same statement may succeed.
func unavailable(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false // the caller has gone away
	}
	if unconnected := (*pgconn.ConnectError)(nil); errors.As(err, &unconnected) {
		return true
	}
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
		return unavailableCode(refused.Code)
	}
	broken := (*net.OpError)(nil)
	return errors.As(err, &broken) ||
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
