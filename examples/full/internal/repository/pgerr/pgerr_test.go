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

func TestTranslateReturnsKind(t *testing.T) {
	code := func(code string) error { return fmt.Errorf("query: %w", &pgconn.PgError{Code: code}) }
	for _, test := range []struct {
		err  error
		kind apperr.Kind
	}{
		{pgx.ErrNoRows, apperr.NotFound},
		{code("23505"), apperr.Conflict},
		{code("23P01"), apperr.Conflict},
		{code("23503"), apperr.Invalid},
		{code("23514"), apperr.Invalid},
		{code("23502"), apperr.Invalid},
		{code("22021"), apperr.Invalid},
		{code("22P05"), apperr.Invalid},
		{code("54000"), apperr.Invalid},
		{code("57P01"), apperr.Unavailable},
		{code("57014"), apperr.Unavailable},
		{code("53300"), apperr.Unavailable},
		{code("08006"), apperr.Unavailable},
		{code("40P01"), apperr.Unavailable},
		{code("42P01"), apperr.Internal},
		{&pgconn.ConnectError{}, apperr.Unavailable},
		{&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, apperr.Unavailable},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), apperr.Unavailable},
		{context.DeadlineExceeded, apperr.Unavailable},
		{context.Canceled, apperr.Internal},
		{errors.New("anything else"), apperr.Internal},
	} {
		err := pgerr.Translate(test.err, "get", "thing")
		require.Equal(t, test.kind, apperr.KindOf(err), "%v", test.err)
		require.ErrorIs(t, pgerr.Translate(err, "commit", "transaction"), err)
	}
	require.NoError(t, pgerr.Translate(nil, "get", "thing"))
	require.ErrorContains(t, pgerr.Translate(code("42P01"), "get", "thing"), "get thing: ")
}

func TestTranslateNamesField(t *testing.T) {
	for _, test := range []struct {
		refused pgconn.PgError
		field   string
		reason  string
	}{
		{pgconn.PgError{Code: "23505", ConstraintName: "big_things_bar_code_key"}, "bar_code", "is taken"},
		{pgconn.PgError{Code: "23505", ConstraintName: "big_things_owner_id_bar_code_key"}, "bar_code", "is taken"},
		{pgconn.PgError{Code: "23503", ConstraintName: "big_things_owner_id_box_id_fkey"}, "box_id", "does not exist"},
		{pgconn.PgError{Code: "23514", ConstraintName: "big_things_size_check"}, "size", "is not allowed"},
		{pgconn.PgError{Code: "23P01", ConstraintName: "big_things_during_excl"}, "during", "conflicts with another one"},
		{pgconn.PgError{Code: "23502", ColumnName: "name"}, "name", "is required"},
	} {
		test.refused.TableName = "big_things"
		rejected, ok := errors.AsType[*apperr.Error](pgerr.Translate(&test.refused, "create", "thing"))
		require.True(t, ok)
		require.Equal(t, []apperr.Field{{Name: test.field, Reason: test.reason}}, rejected.Fields)
	}

	conflict, ok := errors.AsType[*apperr.Error](pgerr.Translate(&pgconn.PgError{Code: "23505", ConstraintName: "other"}, "create", "thing"))
	require.True(t, ok)
	require.Empty(t, conflict.Fields)
}

func TestTranslateDeleteNamesWhatRefers(t *testing.T) {
	err := pgerr.TranslateDelete(&pgconn.PgError{Code: "23503", TableName: "big_things"}, "box")
	require.Equal(t, apperr.Conflict, apperr.KindOf(err))
	require.ErrorContains(t, err, "box is referred to by big things")
	require.Equal(t, apperr.Unavailable, apperr.KindOf(pgerr.TranslateDelete(io.EOF, "box")))
}
