package e2e_test

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// resources are the paths of all resources.
var resources = []string{
	"/api/v1/customers",
	"/api/v1/orders",
}

// created creates an item that others refer to, and returns its ID.
func (c *client) created(path string, sample func(c *client, n int) map[string]any) any {
	c.t.Helper()
	return c.call(http.StatusCreated, http.MethodPost, path, sample(c, 100+int(referred.Add(1)))).body["id"]
}

// referred counts the items that others refer to.
var referred atomic.Int64

// walk returns the IDs of all items of a list in an order, page by page.
func (c *client) walk(path, order string) []string {
	c.t.Helper()
	var ids []string
	query := "?limit=2&total=true&sort=" + order
	for next := ""; ; {
		page := c.call(http.StatusOK, http.MethodGet, path+query+next, nil).body
		for _, item := range page["items"].([]any) {
			ids = append(ids, item.(map[string]any)["id"].(string))
		}
		cursor, more := page["next_cursor"].(string)
		if !more {
			require.InDelta(c.t, len(ids), page["total"], 0)
			return ids
		}
		next = "&cursor=" + cursor
	}
}

// resource describes a resource for tests of its operations.
type resource struct {
	// path is the path of the list.
	path string

	// sample returns a valid request body, in which unique fields differ for each
	// n.
	sample func(c *client, n int) map[string]any

	// unique reports whether a field is unique.
	unique bool

	// sorts are the fields that the list can be sorted by.
	sorts []string

	// nested are the lists of the items that refer to another one.
	nested []nested
}

// nested describes a list of the items that refer to another one by a field. The
// list is in a path below the other one, which is in its own list at target.
type nested struct {
	field, target, segment string
	sample                 func(c *client, n int) map[string]any
}

// exercise calls all operations of a resource.
func exercise(t *testing.T, s *service, r resource) {
	t.Helper()
	path, sample := r.path, r.sample
	c, other := signIn(t, s), signIn(t, s)
	n := 0
	next := func() map[string]any {
		n++
		return sample(c, n)
	}
	created := c.call(http.StatusCreated, http.MethodPost, path, next())
	place := created.header.Get("Location")

	t.Run("a created item can be read", func(t *testing.T) {
		c := c.in(t)
		require.Equal(t, path+"/"+created.body["id"].(string), place)
		read := c.call(http.StatusOK, http.MethodGet, place, nil)
		require.Equal(t, created.body, read.body)
		require.Equal(t, created.header.Get("ETag"), read.header.Get("ETag"))
		c.call(http.StatusNotModified, http.MethodGet, place, nil, "If-None-Match", read.header.Get("ETag"))
		c.call(http.StatusNotFound, http.MethodGet, path+"/"+uuid.NewString(), nil)
		c.call(http.StatusBadRequest, http.MethodGet, path+"/1", nil)
	})

	t.Run("undefined fields are rejected", func(t *testing.T) {
		c := c.in(t)
		body := next()
		body["surprise"] = true
		refused := c.call(http.StatusUnprocessableEntity, http.MethodPost, path, body)
		require.Contains(t, refused.text, `"field":"surprise"`)
		c.call(http.StatusBadRequest, http.MethodGet, path+"?surprise=true", nil)
		c.call(http.StatusUnsupportedMediaType, http.MethodPost, path, next(), "Content-Type", "text/plain")
	})

	t.Run("a list is paginated, newest first", func(t *testing.T) {
		c := c.in(t)
		newest := c.call(http.StatusCreated, http.MethodPost, path, next()).body["id"]
		first := c.call(http.StatusOK, http.MethodGet, path+"?limit=1", nil).body
		require.Equal(t, newest, first["items"].([]any)[0].(map[string]any)["id"])
		second := c.call(http.StatusOK, http.MethodGet, path+"?limit=1&cursor="+first["next_cursor"].(string), nil).body
		require.Equal(t, created.body["id"], second["items"].([]any)[0].(map[string]any)["id"])
		c.call(http.StatusBadRequest, http.MethodGet, path+"?limit=0", nil)
	})

	t.Run("a list is sorted page by page", func(t *testing.T) {
		c := c.in(t)
		for _, name := range append(r.sorts, "created_at") {
			ascending, descending := c.walk(path, name), c.walk(path, "-"+name)
			require.Greater(t, len(ascending), 1)
			slices.Reverse(descending)
			require.Equal(t, ascending, descending, name)
		}
		c.call(http.StatusBadRequest, http.MethodGet, path+"?sort=surprise", nil)
	})

	t.Run("bounds select items", func(t *testing.T) {
		c := c.in(t)
		at := created.body["created_at"].(string)
		require.Contains(t, c.call(http.StatusOK, http.MethodGet, path+"?sort=created_at&created_at[gte]="+at, nil).text, created.body["id"])
		require.NotContains(t, c.call(http.StatusOK, http.MethodGet, path+"?sort=created_at&created_at[gt]="+at, nil).text, created.body["id"])
		c.call(http.StatusBadRequest, http.MethodGet, path+"?created_at[lt]=yesterday", nil)
	})

	t.Run("lists of what refers to one item", func(t *testing.T) {
		c := c.in(t)
		for _, list := range r.nested {
			target := c.created(list.target, list.sample)
			body := next()
			body[list.field] = target
			id := c.call(http.StatusCreated, http.MethodPost, path, body).body["id"]
			found := c.call(http.StatusOK, http.MethodGet, list.target+"/"+target.(string)+"/"+list.segment+"?total=true", nil).body
			require.InDelta(t, 1, found["total"], 0)
			require.Equal(t, id, found["items"].([]any)[0].(map[string]any)["id"])
			c.call(http.StatusNotFound, http.MethodGet, list.target+"/"+uuid.NewString()+"/"+list.segment, nil)
			other.in(t).call(http.StatusNotFound, http.MethodGet, list.target+"/"+target.(string)+"/"+list.segment, nil)
		}
	})

	t.Run("a duplicate is refused", func(t *testing.T) {
		if !r.unique {
			t.Skip("no field is unique")
		}
		c := c.in(t)
		n++
		c.call(http.StatusCreated, http.MethodPost, path, sample(c, n))
		c.call(http.StatusConflict, http.MethodPost, path, sample(c, n))
	})

	t.Run("only one of two updates of the same version succeeds", func(t *testing.T) {
		c := c.in(t)
		replaced := c.call(http.StatusOK, http.MethodPut, place, next(), "If-Match", created.header.Get("ETag"))
		require.InDelta(t, 2, replaced.body["version"], 0)
		c.call(http.StatusPreconditionFailed, http.MethodPut, place, next(), "If-Match", created.header.Get("ETag"))
		require.Equal(t, replaced.body, c.call(http.StatusOK, http.MethodGet, place, nil).body)
	})

	t.Run("a patch changes only its members", func(t *testing.T) {
		c := c.in(t)
		before := c.call(http.StatusOK, http.MethodGet, place, nil)
		for member, value := range next() {
			patch := map[string]any{member: value}
			before.body[member] = c.call(http.StatusOK, http.MethodPatch, place, patch, "Content-Type", mergePatch).body[member]
		}
		after := c.call(http.StatusOK, http.MethodGet, place, nil)
		for _, member := range []string{"version", "updated_at"} {
			delete(before.body, member)
			delete(after.body, member)
		}
		require.Equal(t, before.body, after.body)
		c.call(http.StatusPreconditionFailed, http.MethodPatch, place, map[string]any{}, "Content-Type", mergePatch, "If-Match", created.header.Get("ETag"))
	})

	t.Run("other users cannot access it", func(t *testing.T) {
		other := other.in(t)
		other.call(http.StatusNotFound, http.MethodGet, place, nil)
		other.call(http.StatusNotFound, http.MethodPut, place, next())
		other.call(http.StatusNotFound, http.MethodPatch, place, next(), "Content-Type", mergePatch)
		other.call(http.StatusNotFound, http.MethodDelete, place, nil)
		require.Empty(t, other.call(http.StatusOK, http.MethodGet, path, nil).body["items"])
		(&client{t: t, service: s}).call(http.StatusUnauthorized, http.MethodGet, place, nil)
	})

	t.Run("other users can have the same unique values", func(t *testing.T) {
		n++
		for _, c := range []*client{c, other} {
			c.in(t).call(http.StatusCreated, http.MethodPost, path, sample(c, n))
		}
	})

	t.Run("the items of a deleted account are deleted", func(t *testing.T) {
		leaving, account := register(t, s)
		leaving.login(account)
		n++
		place := leaving.call(http.StatusCreated, http.MethodPost, path, sample(leaving, n)).header.Get("Location")
		leaving.call(http.StatusOK, http.MethodGet, place, nil) // so that a cache has it
		leaving.call(http.StatusNoContent, http.MethodDelete, "/api/v1/me", map[string]string{"password": account.Password})
		leaving.call(http.StatusNotFound, http.MethodGet, place, nil)
	})

	t.Run("a deleted item is not found", func(t *testing.T) {
		c := c.in(t)
		c.call(http.StatusPreconditionFailed, http.MethodDelete, place, nil, "If-Match", created.header.Get("ETag"))
		c.call(http.StatusNoContent, http.MethodDelete, place, nil)
		c.call(http.StatusNotFound, http.MethodGet, place, nil)
		c.call(http.StatusNotFound, http.MethodDelete, place, nil)
	})
}
