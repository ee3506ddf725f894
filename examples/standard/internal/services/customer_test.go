package services_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/repository/repositorytest"
	"example.com/shop-api/internal/services"
)

// newCustomers returns use cases with an empty store, and the events that they publish.
func newCustomers() (*services.Customers, *memory.Store, *announcements) {
	store, announced := memory.NewStore(), &announcements{}
	return services.NewCustomers(store.Repositories().Customers, announced), store, announced
}

func TestCustomerCreateReadUpdateDelete(t *testing.T) {
	service, store, announced := newCustomers()
	ctx, caller := call(t)
	created, err := service.Create(ctx, repositorytest.SampleCustomer(t, store, caller.userID, 1).CustomerFields)
	require.NoError(t, err)
	require.EqualValues(t, 7, created.ID.Version())
	require.EqualValues(t, 1, created.Version)
	require.Equal(t, created.CreatedAt, created.UpdatedAt)
	require.Equal(t, caller.userID, created.OwnerID)

	read, err := service.Get(ctx, created.ID)
	require.NoError(t, err)
	require.Equal(t, created, read)

	fields := repositorytest.SampleCustomer(t, store, caller.userID, 2).CustomerFields
	updated, err := service.Update(ctx, created.ID, created.Version, fields)
	require.NoError(t, err)
	require.EqualValues(t, 2, updated.Version)
	require.Equal(t, fields, updated.CustomerFields)
	require.Equal(t, created.CreatedAt, updated.CreatedAt)
	require.False(t, updated.UpdatedAt.Before(created.UpdatedAt))

	require.NoError(t, service.Delete(ctx, created.ID, updated.Version))
	_, err = service.Get(ctx, created.ID)
	require.Equal(t, apperr.NotFound, apperr.KindOf(err))

	require.Equal(t, []string{"customer.created", "customer.updated", "customer.deleted"}, announced.types())
	require.Equal(t, []string{caller.requestID, caller.requestID, caller.requestID}, announced.requests)
	for _, event := range announced.events {
		require.Equal(t, "customer", event.Resource)
		require.Equal(t, created.ID, event.ID)
		require.Equal(t, caller.userID, event.ActorID)
	}
}

func TestCustomerUpdateOfStaleVersion(t *testing.T) {
	service, store, announced := newCustomers()
	ctx, caller := call(t)
	fields := repositorytest.SampleCustomer(t, store, caller.userID, 1).CustomerFields
	seen, err := service.Create(ctx, fields)
	require.NoError(t, err)
	_, err = service.Update(ctx, seen.ID, 0, fields)
	require.NoError(t, err)

	_, err = service.Update(ctx, seen.ID, seen.Version, fields)
	require.Equal(t, apperr.Stale, apperr.KindOf(err))
	err = service.Delete(ctx, seen.ID, seen.Version)
	require.Equal(t, apperr.Stale, apperr.KindOf(err))
	require.Len(t, announced.events, 2)

	require.NoError(t, service.Delete(ctx, seen.ID, 0))
}

func TestCustomerOfOtherOwnerIsNotFound(t *testing.T) {
	service, store, _ := newCustomers()
	owner, caller := call(t)
	stranger, _ := call(t)
	fields := repositorytest.SampleCustomer(t, store, caller.userID, 1).CustomerFields
	item, err := service.Create(owner, fields)
	require.NoError(t, err)

	for _, id := range []uuid.UUID{item.ID, uuid.New()} {
		_, err = service.Get(stranger, id)
		require.EqualError(t, err, "customer not found")
		_, err = service.Update(stranger, id, 0, fields)
		require.EqualError(t, err, "customer not found")
		require.EqualError(t, service.Delete(stranger, id, 0), "customer not found")
	}
	page, err := service.List(stranger, models.CustomerQuery{Page: models.PageRequest{Limit: 9}})
	require.NoError(t, err)
	require.Empty(t, page.Items)

	unchanged, err := service.Get(owner, item.ID)
	require.NoError(t, err)
	require.Equal(t, item, unchanged)
}

func TestAdminAccessesAllCustomers(t *testing.T) {
	service, store, announced := newCustomers()
	owner, caller := call(t)
	admin := callAsAdmin(t)
	item, err := service.Create(owner, repositorytest.SampleCustomer(t, store, caller.userID, 1).CustomerFields)
	require.NoError(t, err)

	read, err := service.Get(admin, item.ID)
	require.NoError(t, err)
	require.Equal(t, item, read)
	page, err := service.List(admin, models.CustomerQuery{Page: models.PageRequest{Limit: 9}})
	require.NoError(t, err)
	require.Equal(t, []models.Customer{item}, page.Items)
	changed, err := service.Update(admin, item.ID, 0, repositorytest.SampleCustomer(t, store, caller.userID, 2).CustomerFields)
	require.NoError(t, err)
	require.Equal(t, caller.userID, changed.OwnerID)
	require.NoError(t, service.Delete(admin, item.ID, 0))
	require.NotEqual(t, caller.userID, announced.events[2].ActorID)
}

func TestCustomersRequireUser(t *testing.T) {
	service, store, _ := newCustomers()
	repo := store.Repositories().Customers
	item := repositorytest.SampleCustomer(t, store, uuid.Nil, 1)
	require.NoError(t, repo.Create(t.Context(), item))

	for name, use := range map[string]func(ctx context.Context) error{
		"create": func(ctx context.Context) error {
			_, err := service.Create(ctx, item.CustomerFields)
			return err
		},
		"get": func(ctx context.Context) error {
			_, err := service.Get(ctx, item.ID)
			return err
		},
		"list": func(ctx context.Context) error {
			_, err := service.List(ctx, models.CustomerQuery{Page: models.PageRequest{Limit: 9}})
			return err
		},
		"update": func(ctx context.Context) error {
			_, err := service.Update(ctx, item.ID, 0, item.CustomerFields)
			return err
		},
		"delete": func(ctx context.Context) error { return service.Delete(ctx, item.ID, 0) },
	} {
		require.Equal(t, apperr.Unauthenticated, apperr.KindOf(use(t.Context())), name)
	}
	stored, err := repo.List(t.Context(), models.CustomerQuery{Scope: models.Scope{All: true}, Page: models.PageRequest{Limit: 9}})
	require.NoError(t, err)
	require.Equal(t, []models.Customer{item}, stored, "nothing must be changed")
}

func TestDeleteOwnedCustomers(t *testing.T) {
	service, store, announced := newCustomers()
	owner, caller := call(t)
	other, another := call(t)
	for n := range 3 {
		_, err := service.Create(owner, repositorytest.SampleCustomer(t, store, caller.userID, n+1).CustomerFields)
		require.NoError(t, err)
	}
	kept, err := service.Create(other, repositorytest.SampleCustomer(t, store, another.userID, 1).CustomerFields)
	require.NoError(t, err)

	require.NoError(t, service.DeleteOwned(owner, caller.userID))

	page, err := service.List(callAsAdmin(t), models.CustomerQuery{Page: models.PageRequest{Limit: 9}})
	require.NoError(t, err)
	require.Equal(t, []models.Customer{kept}, page.Items)
	require.Equal(t, "customer.deleted", announced.events[6].Type)
	require.Equal(t, caller.userID, announced.events[6].ActorID)
}

func TestListOfCustomersHasLastPage(t *testing.T) {
	service, store, _ := newCustomers()
	ctx, caller := call(t)
	for n := range 4 {
		_, err := service.Create(ctx, repositorytest.SampleCustomer(t, store, caller.userID, n+1).CustomerFields)
		require.NoError(t, err)
	}

	var sizes []int
	seen := map[uuid.UUID]bool{}
	request := models.PageRequest{Limit: 2, Total: true}
	for {
		page, err := service.List(ctx, models.CustomerQuery{Page: request})
		require.NoError(t, err)
		sizes = append(sizes, len(page.Items))
		for _, item := range page.Items {
			seen[item.ID] = true
		}
		require.EqualValues(t, 4, *page.Total)
		if page.Next == nil {
			break
		}
		request.After = page.Next
	}
	require.Equal(t, []int{2, 2}, sizes)
	require.Len(t, seen, 4)
}

func TestChangeOfCustomer(t *testing.T) {
	service, store, announced := newCustomers()
	ctx, caller := call(t)
	sample := func(n int) models.CustomerFields {
		return repositorytest.SampleCustomer(t, store, caller.userID, n).CustomerFields
	}
	first, second, third := sample(1), sample(2), sample(3)
	created, err := service.Create(ctx, first)
	require.NoError(t, err)

	_, err = service.Change(ctx, created.ID, always, func(fields *models.CustomerFields) error {
		*fields = second
		return errRejected
	})
	require.Equal(t, errRejected, err)
	_, err = service.Change(ctx, created.ID, never, func(*models.CustomerFields) error { return errRejected })
	require.Equal(t, apperr.Stale, apperr.KindOf(err))
	read, err := service.Get(ctx, created.ID)
	require.NoError(t, err)
	require.Equal(t, created, read)
	require.Len(t, announced.events, 1)

	// Another change occurs in the meantime.
	calls := 0
	changed, err := service.Change(ctx, created.ID, always, func(fields *models.CustomerFields) error {
		calls++
		if calls == 1 {
			_, err := service.Update(ctx, created.ID, 0, second)
			require.NoError(t, err)
		} else {
			require.Equal(t, second, *fields)
		}
		*fields = third
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 2, calls)
	require.EqualValues(t, 3, changed.Version)
	require.Equal(t, third, changed.CustomerFields)
}

func TestFailedCustomersAreNotPublished(t *testing.T) {
	service, _, announced := newCustomers()
	ctx, _ := call(t)
	_, err := service.Update(ctx, uuid.New(), 0, models.CustomerFields{})
	require.Error(t, err)
	require.Error(t, service.Delete(ctx, uuid.New(), 0))
	require.Empty(t, announced.events)
}
