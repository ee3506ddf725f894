package e2e_test

import (
	"fmt"
	"testing"
)

func exercisePriceLists(t *testing.T, s *service) {
	exercise(t, s, resource{
		path:   "/api/v1/price-lists",
		sample: priceListBody,
		unique: true,
		sorts:  []string{"valid_from"},
	})
}

// priceListBody returns a valid request body whose unique fields differ for each n.
func priceListBody(_ *client, n int) map[string]any {
	body := map[string]any{}
	body["title"] = fmt.Sprintf("%01d", n)
	body["currency"] = "eur"
	body["discount"] = 0
	body["valid_from"] = "2026-01-31"
	return body
}
