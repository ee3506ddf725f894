package e2e_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// mergePatch is the media type of a JSON merge patch.
const mergePatch = "application/merge-patch+json"

// exercise calls all operations of a resource. Sample returns a valid request
// body, in which unique fields differ for each n.
func exercise(t *testing.T, s *service, path string, sample func(c *client, n int) map[string]any) {
	t.Helper()
	c := &client{t: t, service: s}
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

	t.Run("a deleted item is not found", func(t *testing.T) {
		c := c.in(t)
		c.call(http.StatusPreconditionFailed, http.MethodDelete, place, nil, "If-Match", created.header.Get("ETag"))
		c.call(http.StatusNoContent, http.MethodDelete, place, nil)
		c.call(http.StatusNotFound, http.MethodGet, place, nil)
		c.call(http.StatusNotFound, http.MethodDelete, place, nil)
	})
}
