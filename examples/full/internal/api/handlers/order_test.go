package handlers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// orderSample returns a valid request body.
func orderSample(c *client, n int) map[string]any {
	sample := map[string]any{}
	sample["customer_id"] = c.refer("/api/v1/customers", n, customerSample)
	sample["payment_id"] = "0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90"
	sample["total"] = "0"
	sample["items_count"] = 1
	sample["status"] = "new"
	sample["note"] = "Note of an example"
	sample["placed_at"] = "2026-01-31T12:30:00Z"
	return sample
}

func TestOrders(t *testing.T) {
	const path = "/api/v1/orders"
	requireParametersDocumented(t, "order.go", path)

	t.Run("create, read, update and delete", func(t *testing.T) {
		c := newClient(t)
		sample, other := orderSample(c, 1), orderSample(c, 2)
		requireSampleComplete(t, path, sample)
		created := c.call(http.StatusCreated, http.MethodPost, path, sample)
		require.Subset(t, created.body, asJSON(t, sample))
		require.Equal(t, `"1"`, created.header.Get("ETag"))
		require.Equal(t, path+"/"+created.id(), created.header.Get("Location"))
		item := created.header.Get("Location")

		read := c.call(http.StatusOK, http.MethodGet, item, nil)
		require.Equal(t, created.body, read.body)
		require.Equal(t, `"1"`, read.header.Get("ETag"))
		c.call(http.StatusNotModified, http.MethodGet, item, nil, "If-None-Match", `"1"`)

		replaced := c.call(http.StatusOK, http.MethodPut, item, other, "If-Match", `"1"`)
		require.Subset(t, replaced.body, asJSON(t, other))
		require.Equal(t, `"2"`, replaced.header.Get("ETag"))
		c.call(http.StatusOK, http.MethodGet, item, nil, "If-None-Match", `"1"`)

		patched := c.patch(http.StatusOK, item, map[string]any{}, "If-Match", `"1", "2"`)
		require.Subset(t, patched.body, asJSON(t, other))
		require.Equal(t, `"3"`, patched.header.Get("ETag"))

		c.call(http.StatusNoContent, http.MethodDelete, item, nil, "If-Match", `"3"`)
		c.call(http.StatusNotFound, http.MethodGet, item, nil)
		c.call(http.StatusNotFound, http.MethodPut, item, orderSample(c, 1))
		c.patch(http.StatusNotFound, item, orderSample(c, 1))
		c.call(http.StatusNotFound, http.MethodDelete, item, nil)
	})

	t.Run("changes of other versions fail", func(t *testing.T) {
		c := newClient(t)
		item := c.call(http.StatusCreated, http.MethodPost, path, orderSample(c, 1)).header.Get("Location")
		for _, headers := range [][]string{{"If-Match", `"2"`}, {"If-Match", `W/"1"`}, {"If-None-Match", "*"}, {"If-None-Match", `W/"1"`}} {
			stale := c.call(http.StatusPreconditionFailed, http.MethodPut, item, orderSample(c, 2), headers...)
			require.Equal(t, "urn:problem:stale", stale.body["type"])
			c.patch(http.StatusPreconditionFailed, item, orderSample(c, 2), headers...)
			c.call(http.StatusPreconditionFailed, http.MethodDelete, item, nil, headers...)
		}
		c.call(http.StatusPreconditionFailed, http.MethodGet, item, nil, "If-Match", `"2"`)
		require.Equal(t, `"1"`, c.call(http.StatusOK, http.MethodGet, item, nil, "If-Match", "*").header.Get("ETag"))
	})

	t.Run("responses can be revalidated", func(t *testing.T) {
		c := newClient(t)
		created := c.call(http.StatusCreated, http.MethodPost, path, orderSample(c, 1))
		read := c.call(http.StatusNotModified, http.MethodGet, created.header.Get("Location"), nil, "If-None-Match", `W/"1"`)
		for _, header := range []http.Header{created.header, read.header} {
			require.Equal(t, "private, no-cache", header.Get("Cache-Control"))
			require.Contains(t, header.Get("Vary"), "Authorization")
		}
		require.Equal(t, "no-store", c.call(http.StatusOK, http.MethodGet, path, nil).header.Get("Cache-Control"))
	})

	t.Run("a patch changes only its members", func(t *testing.T) {
		c := newClient(t)
		sample := orderSample(c, 1)
		item := c.call(http.StatusCreated, http.MethodPost, path, sample).header.Get("Location")
		changed := orderSample(c, 2)
		for member := range changed {
			patched := c.patch(http.StatusOK, item, map[string]any{member: changed[member]})
			sample[member] = changed[member]
			require.Subset(t, patched.body, asJSON(t, sample))
		}
		require.Nil(t, c.patch(http.StatusOK, item, map[string]any{"payment_id": nil}).body["payment_id"])
		require.Nil(t, c.patch(http.StatusOK, item, map[string]any{"note": nil}).body["note"])
		require.Equal(t, []string{"customer_id"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"customer_id": nil}).fields())
		require.Equal(t, []string{"total"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"total": nil}).fields())
		require.Equal(t, []string{"items_count"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"items_count": nil}).fields())
		require.Equal(t, []string{"status"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"status": nil}).fields())
		require.Equal(t, []string{"placed_at"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"placed_at": nil}).fields())
		require.Equal(t, []string{"no_member"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"no_member": nil}).fields())
		refused := c.call(http.StatusUnsupportedMediaType, http.MethodPatch, item, map[string]any{})
		require.Equal(t, "application/merge-patch+json", refused.header.Get("Accept-Patch"))
	})

	t.Run("list pages, newest first", func(t *testing.T) {
		c := newClient(t)
		require.Empty(t, c.call(http.StatusOK, http.MethodGet, path, nil).items())
		ids := make([]string, 3)
		for n := range ids {
			ids[n] = c.call(http.StatusCreated, http.MethodPost, path, orderSample(c, n+1)).id()
		}

		first := c.call(http.StatusOK, http.MethodGet, path+"?limit=2", nil)
		require.Equal(t, []string{ids[2], ids[1]}, first.ids())
		cursor, _ := first.body["next_cursor"].(string)
		last := c.call(http.StatusOK, http.MethodGet, path+"?limit=2&cursor="+cursor, nil)
		require.Equal(t, []string{ids[0]}, last.ids())
		require.Nil(t, last.body["next_cursor"])

		require.Equal(t, []string{"limit"}, c.call(http.StatusBadRequest, http.MethodGet, path+"?limit=101", nil).fields())
		require.Equal(t, []string{"no_filter"}, c.call(http.StatusBadRequest, http.MethodGet, path+"?no_filter=1", nil).fields())
	})

	t.Run("filter by payment_id", func(t *testing.T) {
		c := newClient(t)
		sample := orderSample(c, 1)
		id := c.call(http.StatusCreated, http.MethodPost, path, sample).id()
		choose := func(value any) string {
			return path + "?" + url.Values{"payment_id": {fmt.Sprint(value)}}.Encode()
		}

		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, choose(sample["payment_id"]), nil).ids())
		const n = 7
		other := orderSample(c, 2)
		other["payment_id"] = uuid.UUID{15: byte(n)}.String()
		require.Empty(t, c.call(http.StatusOK, http.MethodGet, choose(other["payment_id"]), nil).ids())
		otherID := c.call(http.StatusCreated, http.MethodPost, path, other).id()
		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, choose(sample["payment_id"]), nil).ids())
		require.Equal(t, []string{otherID}, c.call(http.StatusOK, http.MethodGet, choose(other["payment_id"]), nil).ids())
		require.Equal(t, []string{"payment_id"}, c.call(http.StatusBadRequest, http.MethodGet, choose("no such value"), nil).fields())
	})

	t.Run("filter by status", func(t *testing.T) {
		c := newClient(t)
		sample := orderSample(c, 1)
		id := c.call(http.StatusCreated, http.MethodPost, path, sample).id()
		choose := func(value any) string {
			return path + "?" + url.Values{"status": {fmt.Sprint(value)}}.Encode()
		}

		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, choose(sample["status"]), nil).ids())
		other := orderSample(c, 2)
		other["status"] = "paid"
		require.Empty(t, c.call(http.StatusOK, http.MethodGet, choose(other["status"]), nil).ids())
		otherID := c.call(http.StatusCreated, http.MethodPost, path, other).id()
		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, choose(sample["status"]), nil).ids())
		require.Equal(t, []string{otherID}, c.call(http.StatusOK, http.MethodGet, choose(other["status"]), nil).ids())
		require.Equal(t, []string{"status"}, c.call(http.StatusBadRequest, http.MethodGet, choose("no such value"), nil).fields())
	})

	t.Run("filter by customer_id", func(t *testing.T) {
		c := newClient(t)
		sample := orderSample(c, 1)
		id := c.call(http.StatusCreated, http.MethodPost, path, sample).id()
		choose := func(value any) string {
			return path + "?" + url.Values{"customer_id": {fmt.Sprint(value)}}.Encode()
		}

		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, choose(sample["customer_id"]), nil).ids())
		other := orderSample(c, 2)
		require.Empty(t, c.call(http.StatusOK, http.MethodGet, choose(other["customer_id"]), nil).ids())
		otherID := c.call(http.StatusCreated, http.MethodPost, path, other).id()
		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, choose(sample["customer_id"]), nil).ids())
		require.Equal(t, []string{otherID}, c.call(http.StatusOK, http.MethodGet, choose(other["customer_id"]), nil).ids())
		require.Equal(t, []string{"customer_id"}, c.call(http.StatusBadRequest, http.MethodGet, choose("no such value"), nil).fields())
	})

	t.Run("sorted pages and totals", func(t *testing.T) {
		c := newClient(t)
		for n := range 3 {
			c.call(http.StatusCreated, http.MethodPost, path, orderSample(c, n+1))
		}
		requireSorted(c, path, "created_at", "total", "placed_at")
	})

	t.Run("bounds select items", func(t *testing.T) {
		c := newClient(t)
		created := c.call(http.StatusCreated, http.MethodPost, path, orderSample(c, 1))
		requireBounds(c, path, created, "total", "placed_at", "created_at", "updated_at")
	})

	t.Run("search", func(t *testing.T) {
		c := newClient(t)
		requireSearch(c, path, orderSample(c, 1), "note")
	})

	t.Run("list of one customer by customer_id", func(t *testing.T) {
		c := newClient(t)
		target := c.call(http.StatusCreated, http.MethodPost, "/api/v1/customers", customerSample(c, 9)).id()
		sample := orderSample(c, 2)
		sample["customer_id"] = target
		id := c.call(http.StatusCreated, http.MethodPost, path, sample).id()
		c.call(http.StatusCreated, http.MethodPost, path, orderSample(c, 3))
		list := strings.Replace("/api/v1/customers/{id}/orders", "{id}", target, 1)

		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, list+"?sort=created_at&total=true", nil).ids())
		require.Equal(t, []string{"customer_id"}, c.call(http.StatusBadRequest, http.MethodGet, list+"?customer_id="+target, nil).fields())
		require.Equal(t, []string{"id"}, c.call(http.StatusBadRequest, http.MethodGet, "/api/v1/customers/7/orders", nil).fields())
		c.call(http.StatusNotFound, http.MethodGet, "/api/v1/customers/0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90/orders", nil)
		c.stranger().call(http.StatusNotFound, http.MethodGet, list, nil)
	})

	t.Run("invalid values are reported", func(t *testing.T) {
		c := newClient(t)
		sample := orderSample(c, 1)
		item := c.call(http.StatusCreated, http.MethodPost, path, sample).header.Get("Location")
		wrong := map[string][]any{}
		wrong["customer_id"] = []any{1, "x", "0191A9C0-7A3E-7C41-B6F5-2F1D3C5B7E90"}
		wrong["payment_id"] = []any{1, "x", "0191A9C0-7A3E-7C41-B6F5-2F1D3C5B7E90"}
		wrong["total"] = []any{1, "1e3", "0.0000001", "-1"}
		wrong["items_count"] = []any{"1", 1.5, json.Number("50e-1"), json.Number("0"), json.Number("1001")}
		wrong["status"] = []any{1, "no such value"}
		wrong["note"] = []any{1, "\x00", strings.Repeat("x", 2001)}
		wrong["placed_at"] = []any{1, "2026-01-31", "2026-01-31T12:30:00.1234567Z"}
		for member, values := range wrong {
			for _, value := range values {
				body := maps.Clone(sample)
				body[member] = value
				require.Equal(t, []string{member}, c.call(http.StatusUnprocessableEntity, http.MethodPost, path, body).fields(), value)
				require.Equal(t, []string{member}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{member: value}).fields(), value)
			}
		}

		sample["no_member"] = 1
		require.Equal(t, []string{"no_member"}, c.call(http.StatusUnprocessableEntity, http.MethodPost, path, sample).fields())
	})

	t.Run("required and optional fields", func(t *testing.T) {
		c := newClient(t)
		body := orderSample(c, 1)
		body["payment_id"] = nil
		body["note"] = nil
		created := c.call(http.StatusCreated, http.MethodPost, path, body)
		require.Subset(t, created.body, asJSON(t, body))

		delete(body, "customer_id")
		require.Contains(t, c.call(http.StatusUnprocessableEntity, http.MethodPut, path+"/"+created.id(), body).fields(), "customer_id")

		delete(body, "total")
		require.Contains(t, c.call(http.StatusUnprocessableEntity, http.MethodPut, path+"/"+created.id(), body).fields(), "total")

		delete(body, "items_count")
		require.Contains(t, c.call(http.StatusUnprocessableEntity, http.MethodPut, path+"/"+created.id(), body).fields(), "items_count")

		delete(body, "status")
		require.Contains(t, c.call(http.StatusUnprocessableEntity, http.MethodPut, path+"/"+created.id(), body).fields(), "status")

		delete(body, "placed_at")
		require.Contains(t, c.call(http.StatusUnprocessableEntity, http.MethodPut, path+"/"+created.id(), body).fields(), "placed_at")
	})

	t.Run("only the owner has access", func(t *testing.T) {
		owner := newClient(t)
		created := owner.call(http.StatusCreated, http.MethodPost, path, orderSample(owner, 1))
		require.Equal(t, owner.user.String(), created.body["owner_id"])
		item := created.header.Get("Location")

		other := owner.stranger()
		other.call(http.StatusNotFound, http.MethodGet, item, nil)
		other.call(http.StatusNotFound, http.MethodPut, item, orderSample(owner, 2))
		other.patch(http.StatusNotFound, item, orderSample(owner, 2))
		other.call(http.StatusNotFound, http.MethodDelete, item, nil)
		require.Empty(t, other.call(http.StatusOK, http.MethodGet, path, nil).items())
	})

	t.Run("admins have access to everything", func(t *testing.T) {
		owner := newClient(t)
		created := owner.call(http.StatusCreated, http.MethodPost, path, orderSample(owner, 1))
		item := created.header.Get("Location")

		admin := owner.admin()
		require.Equal(t, created.body, admin.call(http.StatusOK, http.MethodGet, item, nil).body)
		require.Equal(t, []string{created.id()}, admin.call(http.StatusOK, http.MethodGet, path, nil).ids())
		changed := admin.call(http.StatusOK, http.MethodPut, item, orderSample(owner, 2))
		require.Equal(t, owner.user.String(), changed.body["owner_id"])
		admin.call(http.StatusNoContent, http.MethodDelete, item, nil)
	})

	t.Run("malformed requests are rejected", func(t *testing.T) {
		c := newClient(t)
		item := c.call(http.StatusCreated, http.MethodPost, path, orderSample(c, 1)).header.Get("Location")

		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			require.Equal(t, []string{"id"}, c.call(http.StatusBadRequest, method, path+"/7", orderSample(c, 1)).fields())
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			require.Equal(t, []string{"If-Match"}, c.call(http.StatusBadRequest, method, item, orderSample(c, 1), "If-Match", "1").fields())
		}
		c.call(http.StatusUnsupportedMediaType, http.MethodPost, path, orderSample(c, 1), "Content-Type", "text/plain")
	})
}
