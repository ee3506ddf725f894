package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// customerSample returns a valid request body whose unique fields differ for each n.
func customerSample(_ *client, n int) map[string]any {
	sample := map[string]any{}
	sample["email"] = numbered(n, 0, 254)
	sample["name"] = "Name of an example"
	sample["birthday"] = "2026-01-31"
	sample["newsletter"] = true
	return sample
}

func TestCustomers(t *testing.T) {
	const path = "/api/v1/customers"
	requireParametersDocumented(t, "customer.go", path)

	t.Run("create, read, update and delete", func(t *testing.T) {
		c := newClient(t)
		sample, other := customerSample(c, 1), customerSample(c, 2)
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
		c.call(http.StatusNotFound, http.MethodPut, item, customerSample(c, 1))
		c.patch(http.StatusNotFound, item, customerSample(c, 1))
		c.call(http.StatusNotFound, http.MethodDelete, item, nil)
	})

	t.Run("changes of other versions fail", func(t *testing.T) {
		c := newClient(t)
		item := c.call(http.StatusCreated, http.MethodPost, path, customerSample(c, 1)).header.Get("Location")
		for _, headers := range [][]string{{"If-Match", `"2"`}, {"If-Match", `W/"1"`}, {"If-None-Match", "*"}, {"If-None-Match", `W/"1"`}} {
			stale := c.call(http.StatusPreconditionFailed, http.MethodPut, item, customerSample(c, 2), headers...)
			require.Equal(t, "urn:problem:stale", stale.body["type"])
			c.patch(http.StatusPreconditionFailed, item, customerSample(c, 2), headers...)
			c.call(http.StatusPreconditionFailed, http.MethodDelete, item, nil, headers...)
		}
		c.call(http.StatusPreconditionFailed, http.MethodGet, item, nil, "If-Match", `"2"`)
		require.Equal(t, `"1"`, c.call(http.StatusOK, http.MethodGet, item, nil, "If-Match", "*").header.Get("ETag"))
	})

	t.Run("responses can be revalidated", func(t *testing.T) {
		c := newClient(t)
		created := c.call(http.StatusCreated, http.MethodPost, path, customerSample(c, 1))
		read := c.call(http.StatusNotModified, http.MethodGet, created.header.Get("Location"), nil, "If-None-Match", `W/"1"`)
		for _, header := range []http.Header{created.header, read.header} {
			require.Equal(t, "private, no-cache", header.Get("Cache-Control"))
			require.Contains(t, header.Get("Vary"), "Authorization")
		}
		require.Equal(t, "no-store", c.call(http.StatusOK, http.MethodGet, path, nil).header.Get("Cache-Control"))
	})

	t.Run("a patch changes only its members", func(t *testing.T) {
		c := newClient(t)
		sample := customerSample(c, 1)
		item := c.call(http.StatusCreated, http.MethodPost, path, sample).header.Get("Location")
		changed := customerSample(c, 2)
		for member := range changed {
			patched := c.patch(http.StatusOK, item, map[string]any{member: changed[member]})
			sample[member] = changed[member]
			require.Subset(t, patched.body, asJSON(t, sample))
		}
		require.Nil(t, c.patch(http.StatusOK, item, map[string]any{"birthday": nil}).body["birthday"])
		require.Equal(t, []string{"email"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"email": nil}).fields())
		require.Equal(t, []string{"name"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"name": nil}).fields())
		require.Equal(t, []string{"newsletter"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"newsletter": nil}).fields())
		require.Equal(t, []string{"no_member"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"no_member": nil}).fields())
		refused := c.call(http.StatusUnsupportedMediaType, http.MethodPatch, item, map[string]any{})
		require.Equal(t, "application/merge-patch+json", refused.header.Get("Accept-Patch"))
	})

	t.Run("list pages, newest first", func(t *testing.T) {
		c := newClient(t)
		require.Empty(t, c.call(http.StatusOK, http.MethodGet, path, nil).items())
		ids := make([]string, 3)
		for n := range ids {
			ids[n] = c.call(http.StatusCreated, http.MethodPost, path, customerSample(c, n+1)).id()
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

	t.Run("filter by email", func(t *testing.T) {
		c := newClient(t)
		sample := customerSample(c, 1)
		id := c.call(http.StatusCreated, http.MethodPost, path, sample).id()
		choose := func(value any) string {
			return path + "?" + url.Values{"email": {fmt.Sprint(value)}}.Encode()
		}

		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, choose(sample["email"]), nil).ids())
		other := customerSample(c, 2)
		require.Empty(t, c.call(http.StatusOK, http.MethodGet, choose(other["email"]), nil).ids())
		otherID := c.call(http.StatusCreated, http.MethodPost, path, other).id()
		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, choose(sample["email"]), nil).ids())
		require.Equal(t, []string{otherID}, c.call(http.StatusOK, http.MethodGet, choose(other["email"]), nil).ids())
		require.Empty(t, c.call(http.StatusOK, http.MethodGet, choose("no such value"), nil).ids())
		require.Equal(t, []string{"email"}, c.call(http.StatusBadRequest, http.MethodGet, choose("\x00"), nil).fields())
	})

	t.Run("sorted pages and totals", func(t *testing.T) {
		c := newClient(t)
		for n := range 3 {
			c.call(http.StatusCreated, http.MethodPost, path, customerSample(c, n+1))
		}
		requireSorted(c, path, "created_at", "name")
	})

	t.Run("bounds select items", func(t *testing.T) {
		c := newClient(t)
		created := c.call(http.StatusCreated, http.MethodPost, path, customerSample(c, 1))
		requireBounds(c, path, created, "birthday", "created_at", "updated_at")
	})

	t.Run("search", func(t *testing.T) {
		c := newClient(t)
		requireSearch(c, path, customerSample(c, 1), "name")
	})

	t.Run("invalid values are reported", func(t *testing.T) {
		c := newClient(t)
		sample := customerSample(c, 1)
		item := c.call(http.StatusCreated, http.MethodPost, path, sample).header.Get("Location")
		wrong := map[string][]any{}
		wrong["email"] = []any{1, "\x00", strings.Repeat("x", 255), "", " \t"}
		wrong["name"] = []any{1, "\x00", strings.Repeat("x", 121), "", " \t"}
		wrong["birthday"] = []any{1, "2026-02-30"}
		wrong["newsletter"] = []any{1, "true"}
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
		body := customerSample(c, 1)
		body["birthday"] = nil
		created := c.call(http.StatusCreated, http.MethodPost, path, body)
		require.Subset(t, created.body, asJSON(t, body))

		delete(body, "email")
		require.Contains(t, c.call(http.StatusUnprocessableEntity, http.MethodPut, path+"/"+created.id(), body).fields(), "email")

		delete(body, "name")
		require.Contains(t, c.call(http.StatusUnprocessableEntity, http.MethodPut, path+"/"+created.id(), body).fields(), "name")

		delete(body, "newsletter")
		require.Contains(t, c.call(http.StatusUnprocessableEntity, http.MethodPut, path+"/"+created.id(), body).fields(), "newsletter")
	})

	t.Run("email is unique", func(t *testing.T) {
		c := newClient(t)
		c.call(http.StatusCreated, http.MethodPost, path, customerSample(c, 1))
		body := customerSample(c, 2)
		other := c.call(http.StatusCreated, http.MethodPost, path, body).id()

		body["email"] = customerSample(c, 1)["email"]
		require.Equal(t, []string{"email"}, c.call(http.StatusConflict, http.MethodPut, path+"/"+other, body).fields())
	})

	t.Run("only the owner has access", func(t *testing.T) {
		owner := newClient(t)
		created := owner.call(http.StatusCreated, http.MethodPost, path, customerSample(owner, 1))
		require.Equal(t, owner.user.String(), created.body["owner_id"])
		item := created.header.Get("Location")

		other := owner.stranger()
		other.call(http.StatusNotFound, http.MethodGet, item, nil)
		other.call(http.StatusNotFound, http.MethodPut, item, customerSample(owner, 2))
		other.patch(http.StatusNotFound, item, customerSample(owner, 2))
		other.call(http.StatusNotFound, http.MethodDelete, item, nil)
		require.Empty(t, other.call(http.StatusOK, http.MethodGet, path, nil).items())
	})

	t.Run("admins have access to everything", func(t *testing.T) {
		owner := newClient(t)
		created := owner.call(http.StatusCreated, http.MethodPost, path, customerSample(owner, 1))
		item := created.header.Get("Location")

		admin := owner.admin()
		require.Equal(t, created.body, admin.call(http.StatusOK, http.MethodGet, item, nil).body)
		require.Equal(t, []string{created.id()}, admin.call(http.StatusOK, http.MethodGet, path, nil).ids())
		changed := admin.call(http.StatusOK, http.MethodPut, item, customerSample(owner, 2))
		require.Equal(t, owner.user.String(), changed.body["owner_id"])
		admin.call(http.StatusNoContent, http.MethodDelete, item, nil)
	})

	t.Run("malformed requests are rejected", func(t *testing.T) {
		c := newClient(t)
		item := c.call(http.StatusCreated, http.MethodPost, path, customerSample(c, 1)).header.Get("Location")

		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			require.Equal(t, []string{"id"}, c.call(http.StatusBadRequest, method, path+"/7", customerSample(c, 1)).fields())
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			require.Equal(t, []string{"If-Match"}, c.call(http.StatusBadRequest, method, item, customerSample(c, 1), "If-Match", "1").fields())
		}
		c.call(http.StatusUnsupportedMediaType, http.MethodPost, path, customerSample(c, 1), "Content-Type", "text/plain")
	})
}
