package repositorytest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/apperr"
	"example.com/hello-api/internal/models"
)

func requireKind(t *testing.T, kind apperr.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, kind, apperr.KindOf(err), "%v", err)
}

// requireOrder requires that the pages of a list contain all items in ascending
// order of a field, and in descending order.
func requireOrder[T any](t *testing.T, field string, ascending []T, position func(T, models.PageSort) models.PagePosition, list func(page models.PageRequest) ([]T, error)) {
	t.Helper()
	for _, sort := range []models.PageSort{{Field: field, Ascending: true}, {Field: field}} {
		var expected, listed []uuid.UUID
		for _, item := range ascending {
			expected = append(expected, position(item, sort).ID)
		}
		if !sort.Ascending {
			slices.Reverse(expected)
		}
		page := models.PageRequest{Limit: 2, Sort: sort}
		for range ascending {
			items, err := list(page)
			require.NoError(t, err)
			require.LessOrEqual(t, len(items), page.Limit)
			for _, item := range items {
				page.After = new(position(item, sort))
				listed = append(listed, page.After.ID)
			}
		}
		require.Equal(t, expected, listed, "%+v", sort)
	}
}

// requireRange requires that a list contains the items in a range of values.
func requireRange[T, V any](t *testing.T, items []T, value func(T) V, compare func(a, b V) int, list func(bounds models.Bounds[V]) ([]T, error)) {
	t.Helper()
	middle := value(items[1])
	for _, tt := range []struct {
		bounds   models.Bounds[V]
		includes func(order int) bool
	}{
		{models.Bounds[V]{AtLeast: &middle}, func(order int) bool { return order >= 0 }},
		{models.Bounds[V]{Above: &middle}, func(order int) bool { return order > 0 }},
		{models.Bounds[V]{AtMost: &middle}, func(order int) bool { return order <= 0 }},
		{models.Bounds[V]{Below: &middle}, func(order int) bool { return order < 0 }},
		{models.Bounds[V]{AtLeast: &middle, AtMost: &middle}, func(order int) bool { return order == 0 }},
		{models.Bounds[V]{Above: &middle, Below: &middle}, func(int) bool { return false }},
	} {
		expected := 0
		for _, item := range items {
			if tt.includes(compare(value(item), middle)) {
				expected++
			}
		}
		listed, err := list(tt.bounds)
		require.NoError(t, err)
		require.Len(t, listed, expected, "%+v", tt.bounds)
		for _, item := range listed {
			require.True(t, tt.includes(compare(value(item), middle)), "%+v", tt.bounds)
		}
	}
}

// requireFilled requires that each field of T has a value in one of the samples.
// Otherwise, no test notices that a repository does not store it.
func requireFilled[T any](t *testing.T, samples ...T) {
	t.Helper()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		require.True(t, slices.ContainsFunc(samples, func(sample T) bool {
			return !reflect.ValueOf(sample).FieldByIndex(field.Index).IsZero()
		}), "no sample has a value for %s", field.Name)
	}
}

// requireSelective requires that a query of type Q does not find the only stored
// item if it asks for a value of another item, or for more than the value of the
// stored one. Otherwise, a repository ignores a part of the query.
func requireSelective[T, Q any](t *testing.T, stored, other T, find func(query Q) int) {
	t.Helper()
	var query Q
	set := func(target reflect.Value, item T, name string) bool {
		value := reflect.Indirect(reflect.ValueOf(item).FieldByName(name))
		if value.IsValid() {
			target.Set(reflect.New(value.Type()))
			target.Elem().Set(value)
		}
		return value.IsValid()
	}
	filter := reflect.ValueOf(&query).Elem().FieldByName("Filter")
	for i := 0; filter.IsValid() && i < filter.NumField(); i++ {
		name := filter.Type().Field(i).Name
		if set(filter.Field(i), other, name) && !reflect.DeepEqual(reflect.ValueOf(stored).FieldByName(name).Interface(), reflect.ValueOf(other).FieldByName(name).Interface()) {
			require.Zero(t, find(query), "the filter %s has no effect", name)
		}
		filter.SetZero()
	}
	ranges := reflect.ValueOf(&query).Elem().FieldByName("Ranges")
	for i := range ranges.NumField() {
		name := ranges.Type().Field(i).Name
		if set(ranges.Field(i).FieldByName("Above"), stored, name) {
			require.Zero(t, find(query), "the bounds of %s have no effect", name)
		}
		ranges.SetZero()
	}
}

// detached returns a copy of fields whose pointers refer to copies of the values.
func detached[T any](fields T) T {
	copied := reflect.ValueOf(&fields).Elem()
	for _, field := range copied.Fields() {
		if field.Kind() == reflect.Pointer && !field.IsNil() {
			value := reflect.New(field.Type().Elem())
			value.Elem().Set(field.Elem())
			field.Set(value)
		}
	}
	return fields
}

// overwrite changes the values that the pointers in fields refer to.
func overwrite[T any](fields T) {
	for _, field := range reflect.ValueOf(fields).Fields() {
		if field.Kind() == reflect.Pointer && !field.IsNil() {
			field.Elem().SetZero()
		}
	}
}
