package pgerr_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/repository/pgerr"
)

var unique = pgerr.Unique{Field: "code", Constraint: "things__code_key"}

func TestTranslateReturnsKind(t *testing.T) {
	code := func(code string) error { return fmt.Errorf("query: %w", &pgconn.PgError{Code: code}) }
	for _, test := range []struct {
		err  error
		kind apperr.Kind
	}{
		{pgx.ErrNoRows, apperr.NotFound},
		{code("23505"), apperr.Conflict},
		{code("22021"), apperr.Invalid},
		{code("22P05"), apperr.Invalid},
		{code("54000"), apperr.Invalid},
		{code("57P01"), apperr.Unavailable},
		{code("57014"), apperr.Unavailable},
		{code("53300"), apperr.Unavailable},
		{code("08006"), apperr.Unavailable},
		{code("40P01"), apperr.Unavailable},
		{code("42P01"), apperr.Internal},
		{code("23502"), apperr.Internal},
		{&pgconn.ConnectError{}, apperr.Unavailable},
		{&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, apperr.Unavailable},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), apperr.Unavailable},
		{context.DeadlineExceeded, apperr.Unavailable},
		{context.Canceled, apperr.Internal},
		{errors.New("anything else"), apperr.Internal},
	} {
		err := pgerr.Translate(test.err, "thing", unique)
		require.Equal(t, test.kind, apperr.KindOf(err), "%v", test.err)
	}
}

func TestTranslateReportsTakenField(t *testing.T) {
	err := pgerr.Translate(&pgconn.PgError{Code: "23505", ConstraintName: "things__code_key"}, "thing", unique)

	var conflict *apperr.Error
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, []apperr.Field{{Name: "code", Reason: "is taken"}}, conflict.Fields)

	err = pgerr.Translate(&pgconn.PgError{Code: "23505", ConstraintName: "things_pkey"}, "thing", unique)
	require.ErrorAs(t, err, &conflict)
	require.Empty(t, conflict.Fields)
}

func TestTranslateKeepsOtherErrors(t *testing.T) {
	require.NoError(t, pgerr.Translate(nil, "thing", unique))
	for _, err := range []error{
		errors.New("aborted"),
		apperr.New(apperr.Stale, "it has been changed"),
		context.Canceled,
	} {
		require.Same(t, err, pgerr.Translate(err, "thing", unique))
	}
}
