package repositorytest

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository"
)

// TestConstraints tests that the database refuses values that the service must
// not store, even if the service has a mistake. NewStore returns an empty store.
func TestConstraints(t *testing.T, newStore func(t *testing.T) repository.Store) {
	t.Run("users", func(t *testing.T) {
		users, user := newStore(t).Repositories().Users, sampleUser(1)
		user.Email = strings.Repeat("x", 255)
		requireRefused(t, "email", users.Create(t.Context(), user))

		user = sampleUser(1)
		user.Role = "no such role"
		requireRefused(t, "role", users.Create(t.Context(), user))
	})
	t.Run("customers", func(t *testing.T) {
		f := newFixture(t, newStore)
		stored := f.sampleCustomer(1)
		require.NoError(t, f.Customers.Create(t.Context(), stored))
		for _, tt := range []struct {
			field string
			set   func(fields *models.CustomerFields)
		}{
			{"email", func(fields *models.CustomerFields) {
				fields.Email = ""
			}},
			{"email", func(fields *models.CustomerFields) {
				fields.Email = strings.Repeat("x", 255)
			}},
			{"name", func(fields *models.CustomerFields) {
				fields.Name = ""
			}},
			{"name", func(fields *models.CustomerFields) {
				fields.Name = strings.Repeat("x", 121)
			}},
		} {
			item := f.sampleCustomer(2)
			tt.set(&item.CustomerFields)
			requireRefused(t, tt.field, f.Customers.Create(t.Context(), item))
			_, err := f.Customers.Update(t.Context(), f.scope(), stored.ID, 0, item.CustomerFields, later)
			requireRefused(t, tt.field, err)
		}
	})
	t.Run("price lists", func(t *testing.T) {
		f := newFixture(t, newStore)
		stored := f.samplePriceList(1)
		require.NoError(t, f.PriceLists.Create(t.Context(), stored))
		for _, tt := range []struct {
			field string
			set   func(fields *models.PriceListFields)
		}{
			{"title", func(fields *models.PriceListFields) {
				fields.Title = ""
			}},
			{"title", func(fields *models.PriceListFields) {
				fields.Title = strings.Repeat("x", 81)
			}},
			{"currency", func(fields *models.PriceListFields) {
				fields.Currency = "no such value"
			}},
			{"discount", func(fields *models.PriceListFields) {
				fields.Discount = new(math.Nextafter(0, math.Inf(-1)))
			}},
			{"discount", func(fields *models.PriceListFields) {
				fields.Discount = new(math.Nextafter(1, math.Inf(1)))
			}},
		} {
			item := f.samplePriceList(2)
			tt.set(&item.PriceListFields)
			requireRefused(t, tt.field, f.PriceLists.Create(t.Context(), item))
			_, err := f.PriceLists.Update(t.Context(), f.scope(), stored.ID, 0, item.PriceListFields, later)
			requireRefused(t, tt.field, err)
		}
	})
	t.Run("orders", func(t *testing.T) {
		f := newFixture(t, newStore)
		stored := f.sampleOrder(1)
		require.NoError(t, f.Orders.Create(t.Context(), stored))
		for _, tt := range []struct {
			field string
			set   func(fields *models.OrderFields)
		}{
			{"total", func(fields *models.OrderFields) {
				fields.Total = decimal.RequireFromString("0").Sub(decimal.New(1, -6))
			}},
			{"items_count", func(fields *models.OrderFields) {
				fields.ItemsCount = int64(0)
			}},
			{"items_count", func(fields *models.OrderFields) {
				fields.ItemsCount = int64(1001)
			}},
			{"status", func(fields *models.OrderFields) {
				fields.Status = "no such value"
			}},
			{"note", func(fields *models.OrderFields) {
				fields.Note = new(strings.Repeat("x", 2001))
			}},
		} {
			item := f.sampleOrder(2)
			tt.set(&item.OrderFields)
			requireRefused(t, tt.field, f.Orders.Create(t.Context(), item))
			_, err := f.Orders.Update(t.Context(), f.scope(), stored.ID, 0, item.OrderFields, later)
			requireRefused(t, tt.field, err)
		}
	})
}

// requireRefused requires an error that reports that the value of a field is not
// allowed.
func requireRefused(t *testing.T, field string, err error) {
	t.Helper()
	requireKind(t, apperr.Invalid, err)
	refused, ok := errors.AsType[*apperr.Error](err)
	require.True(t, ok)
	require.Equal(t, []apperr.Field{{Name: field, Reason: "is not allowed"}}, refused.Fields)
}
