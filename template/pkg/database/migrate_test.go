package database

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

func TestModifies(t *testing.T) {
	for code, validates := range map[int32]bool{
		13:  true, // unauthorized: the server has the command
		26:  true,
		59:  false,
		238: false,
	} {
		got, err := modifies(mongo.CommandError{Code: code})
		require.NoError(t, err)
		require.Equal(t, validates, got, code)
	}
	for _, failure := range []error{mongo.CommandError{Code: 91}, errors.New("anything else")} {
		_, err := modifies(failure)
		require.Equal(t, failure, err)
	}
}
