package e2e_test

import (
	"testing"
)

func exerciseTasks(t *testing.T, s *service) {
	exercise(t, s, resource{
		path:   "/api/v1/tasks",
		sample: taskBody,
	})
}

// taskBody returns a valid request body.
func taskBody(_ *client, _ int) map[string]any {
	body := map[string]any{}
	body["title"] = "Title of an example"
	body["notes"] = "Notes of an example"
	body["status"] = "todo"
	body["due_at"] = "2026-01-31T12:30:00Z"
	return body
}
