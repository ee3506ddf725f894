package services

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/models"
)

func TestDeleteOwnedDeletesAllPages(t *testing.T) {
	left, calls := 2*ownedAtOnce+5, 0
	err := deleteOwned(t.Context(), func(_ context.Context, page models.PageRequest) (int, error) {
		deleted := min(left, page.Limit)
		left -= deleted
		calls++
		return deleted, nil
	})

	require.NoError(t, err)
	require.Zero(t, left)
	require.Equal(t, 3, calls)
}

func TestDeleteOwnedStopsAtError(t *testing.T) {
	refused := errors.New("refused")
	err := deleteOwned(t.Context(), func(context.Context, models.PageRequest) (int, error) { return ownedAtOnce, refused })

	require.Same(t, refused, err)
}
