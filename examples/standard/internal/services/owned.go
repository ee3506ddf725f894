package services

import (
	"context"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
)

// ownedAtOnce is the number of items to delete before the next ones are read.
const ownedAtOnce = 100

// deleteOwned deletes the items that list returns, page by page, the newest
// first. An item that another one refers to is left for the next round.
func deleteOwned(ctx context.Context, list func(ctx context.Context, page models.PageRequest) ([]uuid.UUID, error), remove func(ctx context.Context, id uuid.UUID) error) error {
	page, deleted, failed := models.PageRequest{Limit: ownedAtOnce}, 0, error(nil)
	for {
		ids, err := list(ctx, page)
		if err != nil {
			return err
		}
		for _, id := range ids {
			err := remove(ctx, id)
			switch apperr.KindOf(err) {
			case apperr.Conflict:
				failed = err
			case apperr.NotFound:
			default:
				if err != nil {
					return err
				}
				deleted++
			}
			page.After = &models.PagePosition{ID: id}
		}
		if len(ids) == ownedAtOnce {
			continue
		}
		if failed == nil || deleted == 0 {
			return failed
		}
		page.After, deleted, failed = nil, 0, nil
	}
}
