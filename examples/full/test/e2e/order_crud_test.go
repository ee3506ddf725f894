package e2e_test

import (
	"testing"
)

func exerciseOrders(t *testing.T, s *service) {
	exercise(t, s, resource{
		path:   "/api/v1/orders",
		sample: orderBody,
		sorts:  []string{"total", "placed_at"},
		nested: []nested{
			{"customer_id", "/api/v1/customers", "orders", customerBody},
		},
	})
}

// orderBody returns a valid request body.
func orderBody(c *client, _ int) map[string]any {
	body := map[string]any{}
	body["customer_id"] = c.created("/api/v1/customers", customerBody)
	body["payment_id"] = "0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90"
	body["total"] = "0"
	body["items_count"] = 1
	body["status"] = "new"
	body["note"] = "Note of an example"
	body["placed_at"] = "2026-01-31T12:30:00Z"
	return body
}
