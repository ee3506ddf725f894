package telemetry

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRequestsToTheProviderAreCounted(t *testing.T) {
	m := NewMetrics("")
	next := roundTripper(func(r *http.Request) (*http.Response, error) {
		switch r.URL.Path {
		case "/keys":
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		case "/token":
			return &http.Response{StatusCode: http.StatusBadRequest, Body: http.NoBody}, nil
		case "/broken":
			return &http.Response{StatusCode: http.StatusBadGateway, Body: http.NoBody}, nil
		default:
			return nil, errors.New("unreachable")
		}
	})
	client := m.Provider(next)
	for _, path := range []string{"/keys", "/token", "/broken", "/"} {
		response, err := client.RoundTrip(httptest.NewRequest(http.MethodGet, "https://id.example.com"+path, nil))
		require.Equal(t, path == "/", err != nil)
		require.Equal(t, path == "/", response == nil)
		if response != nil {
			require.NoError(t, response.Body.Close())
		}
	}

	text := scrape(t, m)
	require.Contains(t, text, `oidc_request_duration_seconds_count{method="GET",outcome="success"} 2`)
	require.Contains(t, text, `oidc_request_duration_seconds_count{method="GET",outcome="failure"} 2`)
}

func TestMetricsTellWhenTheProviderKeysWereFetched(t *testing.T) {
	m := NewMetrics("")
	m.Provider(http.DefaultTransport)
	require.Contains(t, scrape(t, m), "\noidc_keys_refreshed_timestamp_seconds 0\n")

	m.ProviderKeysRefreshed()
	require.NotContains(t, scrape(t, m), "\noidc_keys_refreshed_timestamp_seconds 0\n")
}
