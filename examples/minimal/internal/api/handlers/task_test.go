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

// taskSample returns a valid request body.
func taskSample(_ *client, _ int) map[string]any {
	sample := map[string]any{}
	sample["title"] = "Title of an example"
	sample["notes"] = "Notes of an example"
	sample["status"] = "todo"
	sample["due_at"] = "2026-01-31T12:30:00Z"
	return sample
}

func TestTasks(t *testing.T) {
	const path = "/api/v1/tasks"
	requireParametersDocumented(t, "task.go", path)

	t.Run("create, read, update and delete", func(t *testing.T) {
		c := newClient(t)
		sample, other := taskSample(c, 1), taskSample(c, 2)
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
		c.call(http.StatusNotFound, http.MethodPut, item, taskSample(c, 1))
		c.patch(http.StatusNotFound, item, taskSample(c, 1))
		c.call(http.StatusNotFound, http.MethodDelete, item, nil)
	})

	t.Run("changes of other versions fail", func(t *testing.T) {
		c := newClient(t)
		item := c.call(http.StatusCreated, http.MethodPost, path, taskSample(c, 1)).header.Get("Location")
		for _, headers := range [][]string{{"If-Match", `"2"`}, {"If-Match", `W/"1"`}, {"If-None-Match", "*"}, {"If-None-Match", `W/"1"`}} {
			stale := c.call(http.StatusPreconditionFailed, http.MethodPut, item, taskSample(c, 2), headers...)
			require.Equal(t, "urn:problem:stale", stale.body["type"])
			c.patch(http.StatusPreconditionFailed, item, taskSample(c, 2), headers...)
			c.call(http.StatusPreconditionFailed, http.MethodDelete, item, nil, headers...)
		}
		c.call(http.StatusPreconditionFailed, http.MethodGet, item, nil, "If-Match", `"2"`)
		require.Equal(t, `"1"`, c.call(http.StatusOK, http.MethodGet, item, nil, "If-Match", "*").header.Get("ETag"))
	})

	t.Run("responses can be revalidated", func(t *testing.T) {
		c := newClient(t)
		created := c.call(http.StatusCreated, http.MethodPost, path, taskSample(c, 1))
		read := c.call(http.StatusNotModified, http.MethodGet, created.header.Get("Location"), nil, "If-None-Match", `W/"1"`)
		for _, header := range []http.Header{created.header, read.header} {
			require.Equal(t, "private, no-cache", header.Get("Cache-Control"))
		}
		require.Equal(t, "no-store", c.call(http.StatusOK, http.MethodGet, path, nil).header.Get("Cache-Control"))
	})

	t.Run("a patch changes only its members", func(t *testing.T) {
		c := newClient(t)
		sample := taskSample(c, 1)
		item := c.call(http.StatusCreated, http.MethodPost, path, sample).header.Get("Location")
		changed := taskSample(c, 2)
		for member := range changed {
			patched := c.patch(http.StatusOK, item, map[string]any{member: changed[member]})
			sample[member] = changed[member]
			require.Subset(t, patched.body, asJSON(t, sample))
		}
		require.Nil(t, c.patch(http.StatusOK, item, map[string]any{"notes": nil}).body["notes"])
		require.Nil(t, c.patch(http.StatusOK, item, map[string]any{"due_at": nil}).body["due_at"])
		require.Equal(t, []string{"title"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"title": nil}).fields())
		require.Equal(t, []string{"no_member"}, c.patch(http.StatusUnprocessableEntity, item, map[string]any{"no_member": nil}).fields())
		refused := c.call(http.StatusUnsupportedMediaType, http.MethodPatch, item, map[string]any{})
		require.Equal(t, "application/merge-patch+json", refused.header.Get("Accept-Patch"))
	})

	t.Run("list pages, newest first", func(t *testing.T) {
		c := newClient(t)
		require.Empty(t, c.call(http.StatusOK, http.MethodGet, path, nil).items())
		ids := make([]string, 3)
		for n := range ids {
			ids[n] = c.call(http.StatusCreated, http.MethodPost, path, taskSample(c, n+1)).id()
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

	t.Run("filter by status", func(t *testing.T) {
		c := newClient(t)
		sample := taskSample(c, 1)
		id := c.call(http.StatusCreated, http.MethodPost, path, sample).id()
		choose := func(value any) string {
			return path + "?" + url.Values{"status": {fmt.Sprint(value)}}.Encode()
		}

		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, choose(sample["status"]), nil).ids())
		other := taskSample(c, 2)
		other["status"] = "doing"
		require.Empty(t, c.call(http.StatusOK, http.MethodGet, choose(other["status"]), nil).ids())
		otherID := c.call(http.StatusCreated, http.MethodPost, path, other).id()
		require.Equal(t, []string{id}, c.call(http.StatusOK, http.MethodGet, choose(sample["status"]), nil).ids())
		require.Equal(t, []string{otherID}, c.call(http.StatusOK, http.MethodGet, choose(other["status"]), nil).ids())
		require.Equal(t, []string{"status"}, c.call(http.StatusBadRequest, http.MethodGet, choose("no such value"), nil).fields())
	})

	t.Run("sorted pages and totals", func(t *testing.T) {
		c := newClient(t)
		for n := range 3 {
			c.call(http.StatusCreated, http.MethodPost, path, taskSample(c, n+1))
		}
		requireSorted(c, path, "created_at")
	})

	t.Run("bounds select items", func(t *testing.T) {
		c := newClient(t)
		created := c.call(http.StatusCreated, http.MethodPost, path, taskSample(c, 1))
		requireBounds(c, path, created, "created_at", "updated_at")
	})

	t.Run("invalid values are reported", func(t *testing.T) {
		c := newClient(t)
		sample := taskSample(c, 1)
		item := c.call(http.StatusCreated, http.MethodPost, path, sample).header.Get("Location")
		wrong := map[string][]any{}
		wrong["title"] = []any{1, "\x00", strings.Repeat("x", 121), "", " \t"}
		wrong["notes"] = []any{1, "\x00", strings.Repeat("x", 10001)}
		wrong["status"] = []any{1, "no such value"}
		wrong["due_at"] = []any{1, "2026-01-31", "2026-01-31T12:30:00.1234567Z"}
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
		body := taskSample(c, 1)
		body["notes"] = nil
		body["due_at"] = nil
		created := c.call(http.StatusCreated, http.MethodPost, path, body)
		require.Subset(t, created.body, asJSON(t, body))

		delete(body, "status")
		require.EqualValues(t, "todo", c.call(http.StatusOK, http.MethodPut, path+"/"+created.id(), body).body["status"])

		delete(body, "title")
		require.Contains(t, c.call(http.StatusUnprocessableEntity, http.MethodPut, path+"/"+created.id(), body).fields(), "title")
	})

	t.Run("malformed requests are rejected", func(t *testing.T) {
		c := newClient(t)
		item := c.call(http.StatusCreated, http.MethodPost, path, taskSample(c, 1)).header.Get("Location")

		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			require.Equal(t, []string{"id"}, c.call(http.StatusBadRequest, method, path+"/7", taskSample(c, 1)).fields())
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			require.Equal(t, []string{"If-Match"}, c.call(http.StatusBadRequest, method, item, taskSample(c, 1), "If-Match", "1").fields())
		}
		c.call(http.StatusUnsupportedMediaType, http.MethodPost, path, taskSample(c, 1), "Content-Type", "text/plain")
	})
}
