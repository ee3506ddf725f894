package httpclient_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"example.com/shop-api/pkg/httpclient"
)

// Billing is another service. Its client is built once, in internal/app.
type Billing struct {
	URL    string
	Client *http.Client
}

// Balance returns what a customer owes.
func (b Billing) Balance(ctx context.Context, customer string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.URL+"/balances/"+customer, nil)
	if err != nil {
		return "", err
	}
	response, err := b.Client.Do(request)
	if err != nil {
		return "", fmt.Errorf("call billing: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("call billing: %s", response.Status)
	}
	var balance struct {
		Amount string `json:"amount"`
	}
	err = json.NewDecoder(response.Body).Decode(&balance)
	return balance.Amount, err
}

func Example() {
	available := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !available {
			available = true
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, `{"amount": "12.50"}`)
	}))
	defer server.Close()

	client := httpclient.New(httpclient.Config{UserAgent: "shop/1.0", Timeout: 5 * time.Second})
	defer client.CloseIdleConnections()

	fmt.Println(Billing{URL: server.URL, Client: client}.Balance(context.Background(), "ann"))
	// Output: 12.50 <nil>
}
