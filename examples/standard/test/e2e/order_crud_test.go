package e2e_test

import (
	"testing"
)

func exerciseOrders(t *testing.T, s *service) {
	exercise(t, s, resource{
		path:   "/api/v1/orders",
		sample: orderBody,
		sorts:  []string{"total"},
		nested: []nested{
			{"customer_id", "/api/v1/customers", "orders", customerBody},
			{"invoice_to_id", "/api/v1/customers", "orders-by-invoice-to", customerBody},
		},
	})
}

// orderBody returns a valid request body.
func orderBody(c *client, _ int) map[string]any {
	body := map[string]any{}
	body["customer_id"] = c.created("/api/v1/customers", customerBody)
	body["total"] = "0"
	body["status"] = "new"
	body["note"] = "Note of an example"
	return body
}
