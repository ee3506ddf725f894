package telemetry

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Provider returns a transport that records the requests to the OpenID provider
// that another transport sends.
func (m *Metrics) Provider(next http.RoundTripper) http.RoundTripper {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "oidc_request_duration_seconds",
		Help:    "Time from sending a request to the OpenID provider to receiving the header of its response.",
		Buckets: latencyBuckets,
	}, []string{"method", "outcome"})
	m.keysRefreshed = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "oidc_keys_refreshed_timestamp_seconds",
		Help: "When the keys of the OpenID provider were last fetched, as a Unix time. 0 before the first time.",
	})
	m.registry.MustRegister(durations, m.keysRefreshed)
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		started := time.Now()
		response, err := next.RoundTrip(r)
		failed := err != nil || response.StatusCode >= http.StatusInternalServerError
		observeOutcome(r.Context(), durations, knownMethod(r.Method), failed, time.Since(started))
		return response, err
	})
}

// roundTripper is a function that is an http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// ProviderKeysRefreshed records that the keys of the OpenID provider have been
// fetched. Call Provider first.
func (m *Metrics) ProviderKeysRefreshed() { m.keysRefreshed.SetToCurrentTime() }
