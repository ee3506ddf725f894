package services

import (
	"context"

	"example.com/market-api/internal/models"
)

// ownedAtOnce is the number of items to delete before the next ones are read.
const ownedAtOnce = 100

// deleteOwned calls deletePage until it has deleted fewer items than a whole
// page.
func deleteOwned(ctx context.Context, deletePage func(ctx context.Context, page models.PageRequest) (int, error)) error {
	for {
		deleted, err := deletePage(ctx, models.PageRequest{Limit: ownedAtOnce})
		if err != nil || deleted < ownedAtOnce {
			return err
		}
	}
}
