package repositorytest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/models"
	"example.com/market-api/internal/services"
)

// Customers tests a repository of customers. NewRepo returns an empty repository.
func Customers(t *testing.T, newRepo func(t *testing.T) services.CustomerRepository) {
	var c contract[models.Customer, services.CustomerRepository]
	c.newRepo = newRepo
	c.sample = SampleCustomer
	c.same = sameCustomer
	c.id = func(item *models.Customer) *uuid.UUID {
		return &item.ID
	}
	c.version = func(item *models.Customer) *int64 {
		return &item.Version
	}
	c.list = func(ctx context.Context, repo services.CustomerRepository, page models.PageRequest) ([]models.Customer, error) {
		return repo.List(ctx, models.CustomerFilter{OwnerID: owner}, page)
	}
	c.test(t)

	t.Run("extreme values are stored exactly", func(t *testing.T) {
		repo := newRepo(t)
		for _, item := range extremesCustomer() {
			require.NoError(t, repo.Create(t.Context(), item))
			read, err := repo.Get(t.Context(), item.ID)
			require.NoError(t, err)
			sameCustomer(t, item, read)
		}
	})

	t.Run("modifying a returned item does not change the stored one", func(t *testing.T) {
		repo, item := newRepo(t), SampleCustomer(1)
		require.NoError(t, repo.Create(t.Context(), item))
		read, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		*read.Birthday = *extremesCustomer()[1].Birthday

		again, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		sameCustomer(t, item, again)
	})

	t.Run("an optional value can be removed", func(t *testing.T) {
		repo, item := newRepo(t), SampleCustomer(1)
		require.NoError(t, repo.Create(t.Context(), item))
		_, err := repo.Update(t.Context(), item.ID, func(item *models.Customer) error {
			item.Birthday = nil
			return nil
		})
		require.NoError(t, err)

		read, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		item.Birthday = nil
		sameCustomer(t, item, read)
	})

	t.Run("email is unique per owner", func(t *testing.T) {
		repo, first, second, third := newRepo(t), SampleCustomer(1), SampleCustomer(2), SampleCustomer(3)
		require.NoError(t, repo.Create(t.Context(), first))
		require.NoError(t, repo.Create(t.Context(), second))

		third.Email = first.Email
		requireTaken(t, "email", repo.Create(t.Context(), third))

		take := func(item *models.Customer) error {
			item.Email = first.Email
			return nil
		}
		_, err := repo.Update(t.Context(), second.ID, take)
		requireTaken(t, "email", err)
		_, err = repo.Update(t.Context(), first.ID, take)
		require.NoError(t, err)
	})

	t.Run("different owners can have the same email", func(t *testing.T) {
		repo, mine, other, another := newRepo(t), SampleCustomer(1), SampleCustomer(2), SampleCustomer(3)
		other.OwnerID, another.OwnerID = uuid.New(), uuid.New()
		other.Email = mine.Email
		for _, item := range []models.Customer{mine, other, another} {
			require.NoError(t, repo.Create(t.Context(), item))
		}

		_, err := repo.Update(t.Context(), another.ID, func(item *models.Customer) error {
			item.Email = mine.Email
			return nil
		})
		require.NoError(t, err)
	})

	t.Run("a list contains the customers of one owner", func(t *testing.T) {
		repo, mine, other := newRepo(t), SampleCustomer(1), SampleCustomer(2)
		other.OwnerID = uuid.New()
		require.NoError(t, repo.Create(t.Context(), mine))
		require.NoError(t, repo.Create(t.Context(), other))

		items, err := repo.List(t.Context(), models.CustomerFilter{OwnerID: mine.OwnerID}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameCustomer(t, mine, items[0])

		items, err = repo.List(t.Context(), models.CustomerFilter{AnyOwner: true}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 2)
		items, err = repo.List(t.Context(), models.CustomerFilter{}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Empty(t, items)
	})

	t.Run("a list is filtered by email", func(t *testing.T) {
		repo, item := newRepo(t), SampleCustomer(1)
		require.NoError(t, repo.Create(t.Context(), item))
		require.NoError(t, repo.Create(t.Context(), SampleCustomer(2)))

		var filter models.CustomerFilter
		filter.OwnerID = item.OwnerID
		filter.Email = &item.Email
		items, err := repo.List(t.Context(), filter, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameCustomer(t, item, items[0])
	})
}

// SampleCustomer returns a customer that differs for each n. Its values can be
// stored, but do not necessarily satisfy the constraints of the API.
func SampleCustomer(n int) models.Customer {
	at := time.Date(2024, time.February, 29, 23, 59, n, 123456000, time.UTC)
	item := models.Customer{ID: newID(), Version: 1, CreatedAt: at, UpdatedAt: at}
	item.OwnerID = owner
	item.Email = fmt.Sprintf("email %d", n)
	item.Name = fmt.Sprintf("name %d", n)
	item.Birthday = new(models.NewDate(2024, time.February, n))
	item.Newsletter = n%2 == 0
	return item
}

// extremesCustomer returns customers with the lowest and the highest values, and one
// without optional values.
func extremesCustomer() []models.Customer {
	least, greatest, none := SampleCustomer(1), SampleCustomer(2), SampleCustomer(3)
	least.Email = awkward
	greatest.Email = long
	least.Name = awkward
	greatest.Name = long
	least.Birthday = new(models.NewDate(1, time.January, 1))
	greatest.Birthday = new(models.NewDate(9999, time.December, 31))
	none.Birthday = nil
	least.Newsletter = false
	greatest.Newsletter = true
	return []models.Customer{least, greatest, none}
}

func sameCustomer(t *testing.T, written, read models.Customer) {
	t.Helper()
	require.Equal(t, written, read)
}
