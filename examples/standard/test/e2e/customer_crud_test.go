package e2e_test

import (
	"fmt"
	"testing"
)

func exerciseCustomers(t *testing.T, s *service) {
	exercise(t, s, resource{
		path:   "/api/v1/customers",
		sample: customerBody,
		unique: true,
		sorts:  []string{"name"},
	})
}

// customerBody returns a valid request body whose unique fields differ for each n.
func customerBody(_ *client, n int) map[string]any {
	body := map[string]any{}
	body["email"] = fmt.Sprintf("%01d", n)
	body["name"] = "Name of an example"
	return body
}
