package services

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
)

// owned is a list of items, of which some can only be deleted after the others.
type owned struct {
	ids   []uuid.UUID
	block func(id uuid.UUID) error
}

func (o *owned) list(_ context.Context, page models.PageRequest) ([]uuid.UUID, error) {
	start := 0
	for i, id := range o.ids {
		if page.After != nil && id == page.After.ID {
			start = i + 1
		}
	}
	rest := o.ids[start:]
	return append([]uuid.UUID(nil), rest[:min(len(rest), page.Limit)]...), nil
}

func (o *owned) remove(_ context.Context, id uuid.UUID) error {
	if err := o.block(id); err != nil {
		return err
	}
	for i := range o.ids {
		if o.ids[i] == id {
			o.ids = append(o.ids[:i], o.ids[i+1:]...)
			return nil
		}
	}
	return apperr.New(apperr.NotFound, "not found")
}

func items(count int) *owned {
	o := &owned{block: func(uuid.UUID) error { return nil }}
	for range count {
		o.ids = append(o.ids, uuid.New())
	}
	return o
}

func TestDeleteOwnedDeletesAllPages(t *testing.T) {
	o := items(2*ownedAtOnce + 5)
	require.NoError(t, deleteOwned(t.Context(), o.list, o.remove))
	require.Empty(t, o.ids)
}

func TestDeleteOwnedDeletesReferredItemsLater(t *testing.T) {
	o := items(3)
	first := o.ids[0]
	o.block = func(id uuid.UUID) error {
		if id == first && len(o.ids) > 1 {
			return apperr.New(apperr.Conflict, "referred to")
		}
		return nil
	}
	require.NoError(t, deleteOwned(t.Context(), o.list, o.remove))
	require.Empty(t, o.ids)
}

func TestDeleteOwnedStopsAtError(t *testing.T) {
	o, refused := items(3), errors.New("refused")
	o.block = func(uuid.UUID) error { return refused }
	require.Same(t, refused, deleteOwned(t.Context(), o.list, o.remove))

	conflict := apperr.New(apperr.Conflict, "referred to from outside")
	o.block = func(uuid.UUID) error { return conflict }
	require.Same(t, conflict, deleteOwned(t.Context(), o.list, o.remove))
}
