package database

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
)

func TestUUIDCodecFormats(t *testing.T) {
	types := pgtype.NewMap()
	types.RegisterType(&pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: uuidCodec{}})
	id := uuid.New()

	for _, format := range []int16{pgtype.BinaryFormatCode, pgtype.TextFormatCode} {
		wire, err := types.Encode(pgtype.UUIDOID, format, id, nil)
		require.NoError(t, err)

		var read uuid.UUID
		require.NoError(t, types.Scan(pgtype.UUIDOID, format, wire, &read))
		require.Equal(t, id, read)

		var optional *uuid.UUID
		require.NoError(t, types.Scan(pgtype.UUIDOID, format, wire, &optional))
		require.Equal(t, &id, optional)
		require.NoError(t, types.Scan(pgtype.UUIDOID, format, nil, &optional))
		require.Nil(t, optional)
		require.Error(t, types.Scan(pgtype.UUIDOID, format, wire[1:], &read))
	}
}
