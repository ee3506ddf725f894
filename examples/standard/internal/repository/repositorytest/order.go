package repositorytest

import (
	"bytes"
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository"
)

func testOrders(t *testing.T, newStore func(t *testing.T) repository.Store) {
	contract[models.Order]{
		newStore: newStore,
		sample:   (*fixture).sampleOrder,
		position: models.PositionOfOrder,
		same:     sameOrder,
		id: func(item *models.Order) *uuid.UUID {
			return &item.ID
		},
		version: func(item *models.Order) *int64 {
			return &item.Version
		},
		changed: func(item, fields models.Order, at time.Time) models.Order {
			item.OrderFields, item.UpdatedAt = fields.OrderFields, at
			return item
		},
		create: func(f *fixture, item models.Order) error {
			return f.Orders.Create(f.t.Context(), item)
		},
		get: func(f *fixture, id uuid.UUID) (models.Order, error) {
			return f.Orders.Get(f.t.Context(), f.scope(), id)
		},
		list: func(f *fixture, page models.PageRequest) ([]models.Order, error) {
			return f.Orders.List(f.t.Context(), models.OrderQuery{Scope: f.scope(), Page: page})
		},
		count: func(f *fixture, page models.PageRequest) (int64, error) {
			return f.Orders.Count(f.t.Context(), models.OrderQuery{Scope: f.scope(), Page: page})
		},
		update: func(f *fixture, id uuid.UUID, version int64, fields models.Order, at time.Time) (models.Order, error) {
			return f.Orders.Update(f.t.Context(), f.scope(), id, version, fields.OrderFields, at)
		},
		delete: func(f *fixture, id uuid.UUID, version int64) error {
			return f.Orders.Delete(f.t.Context(), f.scope(), id, version)
		},
	}.test(t)

	t.Run("extreme values are stored exactly", func(t *testing.T) {
		f := newFixture(t, newStore)
		for _, item := range f.extremesOrder() {
			require.NoError(t, f.Orders.Create(t.Context(), item))
			read, err := f.Orders.Get(t.Context(), f.scope(), item.ID)
			require.NoError(t, err)
			sameOrder(t, item, read)
		}
	})

	t.Run("samples have a value for each field", func(t *testing.T) {
		f := newFixture(t, newStore)
		one, other := f.sampleOrder(1), f.sampleOrder(2)
		requireFilled(t, one.OrderFields, other.OrderFields)
	})

	t.Run("a list considers each part of its query", func(t *testing.T) {
		f := newFixture(t, newStore)
		stored, other := f.sampleOrder(1), f.sampleOrder(2)
		require.NoError(t, f.Orders.Create(t.Context(), stored))
		requireSelective(t, stored, other, func(query models.OrderQuery) int {
			query.Scope = f.scope()
			query.Page.Limit = 9
			items, err := f.Orders.List(t.Context(), query)
			require.NoError(t, err)
			count, err := f.Orders.Count(t.Context(), query)
			require.NoError(t, err)
			return len(items) + int(count)
		})
	})

	t.Run("modifying a returned item does not change the stored one", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleOrder(1)
		require.NoError(t, f.Orders.Create(t.Context(), item))
		read, err := f.Orders.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
		expected := item
		expected.OrderFields = detached(item.OrderFields)
		overwrite(item.OrderFields)
		overwrite(read.OrderFields)

		again, err := f.Orders.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
		sameOrder(t, expected, again)
	})

	t.Run("an optional value can be removed", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleOrder(1)
		require.NoError(t, f.Orders.Create(t.Context(), item))
		fields := item.OrderFields
		fields.Note = nil
		updated, err := f.Orders.Update(t.Context(), f.scope(), item.ID, 0, fields, later)
		require.NoError(t, err)
		require.Nil(t, updated.Note)

		read, err := f.Orders.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
		require.Nil(t, read.Note)
	})

	t.Run("orders of somebody else do not exist", func(t *testing.T) {
		f := newFixture(t, newStore)
		mine := f.sampleOrder(1)
		require.NoError(t, f.Orders.Create(t.Context(), mine))
		// Read it first, so that a cache has it.
		_, err := f.Orders.Get(t.Context(), f.scope(), mine.ID)
		require.NoError(t, err)

		stranger := models.Scope{Owner: f.newOwner()}
		for _, version := range []int64{0, 1, 2} {
			_, err = f.Orders.Get(t.Context(), stranger, mine.ID)
			requireKind(t, apperr.NotFound, err)
			_, err = f.Orders.Update(t.Context(), stranger, mine.ID, version, mine.OrderFields, later)
			requireKind(t, apperr.NotFound, err)
			requireKind(t, apperr.NotFound, f.Orders.Delete(t.Context(), stranger, mine.ID, version))
		}
		items, err := f.Orders.List(t.Context(), models.OrderQuery{Scope: stranger, Page: models.PageRequest{Limit: 9}})
		require.NoError(t, err)
		require.Empty(t, items)

		read, err := f.Orders.Get(t.Context(), f.scope(), mine.ID)
		require.NoError(t, err)
		sameOrder(t, mine, read)
	})

	t.Run("a scope can include the orders of all owners", func(t *testing.T) {
		f := newFixture(t, newStore)
		mine := f.sampleOrder(1)
		require.NoError(t, f.Orders.Create(t.Context(), mine))

		all := models.Scope{Owner: f.newOwner(), All: true}
		items, err := f.Orders.List(t.Context(), models.OrderQuery{Scope: all, Page: models.PageRequest{Limit: 9}})
		require.NoError(t, err)
		require.Len(t, items, 1)
		_, err = f.Orders.Get(t.Context(), all, mine.ID)
		require.NoError(t, err)
		updated, err := f.Orders.Update(t.Context(), all, mine.ID, 1, mine.OrderFields, later)
		require.NoError(t, err)
		require.Equal(t, f.owner, updated.OwnerID)
		require.NoError(t, f.Orders.Delete(t.Context(), all, mine.ID, 2))
	})

	t.Run("a list is filtered by status", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleOrder(1)
		require.NoError(t, f.Orders.Create(t.Context(), item))
		require.NoError(t, f.Orders.Create(t.Context(), f.sampleOrder(2)))

		items, err := f.Orders.List(t.Context(), models.OrderQuery{
			Scope:  f.scope(),
			Filter: models.OrderFilter{Status: &item.Status},
			Page:   models.PageRequest{Limit: 9},
		})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameOrder(t, item, items[0])
	})

	t.Run("a list is filtered by customer_id", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleOrder(1)
		require.NoError(t, f.Orders.Create(t.Context(), item))
		require.NoError(t, f.Orders.Create(t.Context(), f.sampleOrder(2)))

		items, err := f.Orders.List(t.Context(), models.OrderQuery{
			Scope:  f.scope(),
			Filter: models.OrderFilter{CustomerID: &item.CustomerID},
			Page:   models.PageRequest{Limit: 9},
		})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameOrder(t, item, items[0])
	})

	t.Run("a list is filtered by invoice_to_id", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleOrder(1)
		require.NoError(t, f.Orders.Create(t.Context(), item))
		require.NoError(t, f.Orders.Create(t.Context(), f.sampleOrder(2)))
		without := f.sampleOrder(3)
		without.InvoiceToID = nil
		require.NoError(t, f.Orders.Create(t.Context(), without))

		items, err := f.Orders.List(t.Context(), models.OrderQuery{
			Scope:  f.scope(),
			Filter: models.OrderFilter{InvoiceToID: item.InvoiceToID},
			Page:   models.PageRequest{Limit: 9},
		})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameOrder(t, item, items[0])
	})

	t.Run("a list is sorted by total", func(t *testing.T) {
		f := newFixture(t, newStore)
		var items []models.Order
		for n := range 5 {
			item := f.sampleOrder(n + 1)
			if n > 2 {
				item.Total = items[0].Total
			}
			require.NoError(t, f.Orders.Create(t.Context(), item))
			items = append(items, item)
		}
		slices.SortFunc(items, func(a, b models.Order) int {
			return cmp.Or(a.Total.Cmp(b.Total), bytes.Compare(a.ID[:], b.ID[:]))
		})
		requireOrder(t, "total", items, models.PositionOfOrder, func(page models.PageRequest) ([]models.Order, error) {
			return f.Orders.List(t.Context(), models.OrderQuery{Scope: f.scope(), Page: page})
		})
	})

	t.Run("a list is filtered by bounds of total", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.Order{f.sampleOrder(1), f.sampleOrder(2), f.sampleOrder(3)}
		for _, item := range items {
			require.NoError(t, f.Orders.Create(t.Context(), item))
		}
		requireRange(t, items, func(item models.Order) decimal.Decimal {
			return item.Total
		}, decimal.Decimal.Cmp, func(bounds models.Bounds[decimal.Decimal]) ([]models.Order, error) {
			return f.Orders.List(t.Context(), models.OrderQuery{
				Scope:  f.scope(),
				Ranges: models.OrderRanges{Total: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})

	t.Run("a list is filtered by bounds of created_at", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.Order{f.sampleOrder(1), f.sampleOrder(2), f.sampleOrder(3)}
		for _, item := range items {
			require.NoError(t, f.Orders.Create(t.Context(), item))
		}
		requireRange(t, items, func(item models.Order) time.Time {
			return item.CreatedAt
		}, time.Time.Compare, func(bounds models.Bounds[time.Time]) ([]models.Order, error) {
			return f.Orders.List(t.Context(), models.OrderQuery{
				Scope:  f.scope(),
				Ranges: models.OrderRanges{CreatedAt: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})

	t.Run("a list is filtered by bounds of updated_at", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.Order{f.sampleOrder(1), f.sampleOrder(2), f.sampleOrder(3)}
		for _, item := range items {
			require.NoError(t, f.Orders.Create(t.Context(), item))
		}
		requireRange(t, items, func(item models.Order) time.Time {
			return item.UpdatedAt
		}, time.Time.Compare, func(bounds models.Bounds[time.Time]) ([]models.Order, error) {
			return f.Orders.List(t.Context(), models.OrderQuery{
				Scope:  f.scope(),
				Ranges: models.OrderRanges{UpdatedAt: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})

	t.Run("a list is searched", func(t *testing.T) {
		f := newFixture(t, newStore)
		var values [][]string
		for _, item := range []models.Order{f.sampleOrder(1), f.sampleOrder(2), f.extremesOrder()[0]} {
			require.NoError(t, f.Orders.Create(t.Context(), item))
			values = append(values, []string{*item.Note})
		}
		requireSearch(t, values, func(text string) int {
			query := models.OrderQuery{Scope: f.scope(), Search: text, Page: models.PageRequest{Limit: 9}}
			items, err := f.Orders.List(t.Context(), query)
			require.NoError(t, err)
			count, err := f.Orders.Count(t.Context(), query)
			require.NoError(t, err)
			require.Len(t, items, int(count))
			return len(items)
		})
	})

	t.Run("customer_id refers to customer that exists", func(t *testing.T) {
		f := newFixture(t, newStore)
		item, stored := f.sampleOrder(1), f.sampleOrder(2)
		require.NoError(t, f.Orders.Create(t.Context(), stored))

		unknown := newID()
		item.CustomerID = unknown
		requireMissing(t, "customer_id", f.Orders.Create(t.Context(), item))
		_, err := f.Orders.Update(t.Context(), f.scope(), stored.ID, 0, item.OrderFields, later)
		requireMissing(t, "customer_id", err)

		// What belongs to somebody else does not exist either.
		me := f.owner
		f.owner = f.newOwner()
		foreign := f.sampleCustomer(3)
		require.NoError(t, f.Customers.Create(t.Context(), foreign))
		f.owner = me
		item.CustomerID = foreign.ID
		requireMissing(t, "customer_id", f.Orders.Create(t.Context(), item))
	})

	t.Run("invoice_to_id refers to customer that exists", func(t *testing.T) {
		f := newFixture(t, newStore)
		item, stored := f.sampleOrder(1), f.sampleOrder(2)
		require.NoError(t, f.Orders.Create(t.Context(), stored))

		unknown := newID()
		item.InvoiceToID = &unknown
		requireMissing(t, "invoice_to_id", f.Orders.Create(t.Context(), item))
		_, err := f.Orders.Update(t.Context(), f.scope(), stored.ID, 0, item.OrderFields, later)
		requireMissing(t, "invoice_to_id", err)

		// What belongs to somebody else does not exist either.
		me := f.owner
		f.owner = f.newOwner()
		foreign := f.sampleCustomer(3)
		require.NoError(t, f.Customers.Create(t.Context(), foreign))
		f.owner = me
		item.InvoiceToID = &foreign.ID
		requireMissing(t, "invoice_to_id", f.Orders.Create(t.Context(), item))
	})
}

// SampleOrder returns an order that differs for each n and can be stored for an
// owner. What it refers to is stored.
func SampleOrder(t testing.TB, store repository.Store, owner uuid.UUID, n int) models.Order {
	t.Helper()
	f := &fixture{t: t, store: store, Repositories: store.Repositories(), owner: owner}
	return f.sampleOrder(n)
}

// sampleOrder returns an order that differs for each n and can be stored.
func (f *fixture) sampleOrder(n int) models.Order {
	customerid := f.sampleCustomer(int(count.Add(1)) + 10)
	require.NoError(f.t, f.Customers.Create(f.t.Context(), customerid))
	invoicetoid := f.sampleCustomer(int(count.Add(1)) + 10)
	require.NoError(f.t, f.Customers.Create(f.t.Context(), invoicetoid))
	at := time.Date(2024, time.February, 29, 23, 59, n, 123000000, time.UTC)
	item := models.Order{ID: newID(), Version: 1, CreatedAt: at, UpdatedAt: at}
	item.OwnerID = f.owner
	item.CustomerID = customerid.ID
	item.InvoiceToID = &invoicetoid.ID
	item.Total = decimal.RequireFromString("0").Add(decimal.New(int64(n), -4))
	item.Status = []models.OrderStatus{models.OrderStatusNew, models.OrderStatusPaid, models.OrderStatusSent}[n%3]
	item.Note = new(numbered(n, 0, 10000))
	return item
}

// extremesOrder returns orders with the lowest and the highest values, and one
// without optional values.
func (f *fixture) extremesOrder() []models.Order {
	least, greatest, none := f.sampleOrder(1), f.sampleOrder(2), f.sampleOrder(3)
	least.Total = decimal.RequireFromString("0")
	greatest.Total = decimal.RequireFromString("999999999999999.999999")
	least.Status = models.OrderStatusNew
	greatest.Status = models.OrderStatusSent
	least.Note = new(fit(awkward, 0, 10000))
	greatest.Note = new(fit(long, 0, 10000))
	none.InvoiceToID = nil
	none.Note = nil
	return []models.Order{least, greatest, none}
}

func sameOrder(t *testing.T, written, read models.Order) {
	t.Helper()
	if written.Total.Equal(read.Total) {
		read.Total = written.Total // 1.5 equals 1.500000
	}
	require.Equal(t, written, read)
}
