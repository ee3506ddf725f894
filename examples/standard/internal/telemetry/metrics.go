package telemetry

import (
	"context"
	"crypto/tls"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.com/shop-api/internal/ratelimit"
)

// unmatched is the route label of requests that match no route. It keeps
// clients from creating arbitrary label values.
const unmatched = "unmatched"

// serverErrors are the statuses whose series exist from the first request of a
// route. Rates do not see the increase from nothing to one, and the first error
// of a route matters.
var serverErrors = []int{http.StatusInternalServerError, http.StatusServiceUnavailable}

// latencyBuckets are the upper bounds of the histograms, in seconds. The
// objective for the latency of requests is one of them, so that the histogram
// counts exactly the requests that meet it.
var latencyBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Metrics holds the Prometheus metrics of the service.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	duration  *prometheus.HistogramVec
	received  *prometheus.CounterVec
	sent      *prometheus.CounterVec
	inFlight  prometheus.Gauge
	panics    prometheus.Counter
	timeouts  prometheus.Counter
	untrusted prometheus.Counter
	decisions *prometheus.CounterVec

	// series holds the series of each method and route, from [2]string to *series.
	series sync.Map
}

// Request describes a request that has been handled.
type Request struct {
	Method string

	// Route is the path template. It is empty if no route matched.
	Route string

	Status int
	Took   time.Duration

	// Received and Sent are the sizes of the bodies in bytes.
	Received int64
	Sent     int64

	// Panicked and TimedOut report why the request failed.
	Panicked bool
	TimedOut bool
}

// NewMetrics creates metrics for HTTP requests, the Go runtime and the process,
// in a registry of its own. The version is that of the service.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total",
			Help: "HTTP requests handled.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "http_request_duration_seconds",
			Help:    "Time from the first byte of a request to the end of the response.",
			Buckets: latencyBuckets,
		}, []string{"method", "route"}),
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_request_body_bytes_total",
			Help: "Bytes read from the bodies of requests.",
		}, []string{"method", "route"}),
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_response_body_bytes_total",
			Help: "Bytes written to the bodies of responses.",
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "http_requests_in_flight",
			Help: "HTTP requests in progress.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "http_request_panics_total",
			Help: "HTTP requests whose handler panicked.",
		}),
		timeouts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "http_request_timeouts_total",
			Help: "HTTP requests that failed because a time limit ended.",
		}),
		untrusted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "http_untrusted_proxy_requests_total",
			Help: "HTTP requests with X-Forwarded-For whose peer is not a trusted proxy.",
		}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rate_limit_decisions_total",
			Help: "Decisions of the rate limiters.",
		}, []string{"limiter", "decision"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "service_build_info",
		Help:        "The build of the service. The value is always 1.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		build,
		m.requests,
		m.duration,
		m.received,
		m.sent,
		m.inFlight,
		m.panics,
		m.timeouts,
		m.untrusted,
		m.decisions,
	)
	return m
}

// RequestStarted records the start of a request.
func (m *Metrics) RequestStarted() {
	m.inFlight.Inc()
}

// RequestFinished records the end of a request. ctx is the context of the
// request.
func (m *Metrics) RequestFinished(ctx context.Context, r Request) {
	route := r.Route
	if route == "" {
		route = unmatched
	}
	method := knownMethod(r.Method)
	m.inFlight.Dec()
	s := m.seriesOf(method, route)
	s.answered(r.Status).Inc()
	observe(ctx, s.duration, r.Took)
	s.received.Add(float64(r.Received))
	s.sent.Add(float64(r.Sent))
	if r.Panicked {
		m.panics.Inc()
	}
	if r.TimedOut {
		m.timeouts.Inc()
	}
}

// UntrustedProxy records a forwarded request whose peer is not a trusted proxy.
func (m *Metrics) UntrustedProxy() { m.untrusted.Inc() }

// series holds the metrics of one method and one route. They are looked up once.
type series struct {
	duration prometheus.Observer
	received prometheus.Counter
	sent     prometheus.Counter

	// statuses holds the counters by status, from int to prometheus.Counter.
	statuses sync.Map
	requests *prometheus.CounterVec
}

func (m *Metrics) seriesOf(method, route string) *series {
	key := [2]string{method, route}
	if known, ok := m.series.Load(key); ok {
		return known.(*series)
	}
	s := &series{
		duration: m.duration.WithLabelValues(method, route),
		received: m.received.WithLabelValues(method, route),
		sent:     m.sent.WithLabelValues(method, route),
		requests: m.requests.MustCurryWith(prometheus.Labels{"method": method, "route": route}),
	}
	for _, status := range serverErrors {
		s.answered(status)
	}
	known, _ := m.series.LoadOrStore(key, s)
	return known.(*series)
}

// answered returns the counter of requests with the given status.
func (s *series) answered(status int) prometheus.Counter {
	if known, ok := s.statuses.Load(status); ok {
		return known.(prometheus.Counter)
	}
	counter := s.requests.WithLabelValues(strconv.Itoa(status))
	s.statuses.Store(status, counter)
	return counter
}

// Limiter returns a limiter that counts the decisions of another one. The name
// tells the limiters of the service apart.
func (m *Metrics) Limiter(name string, limiter ratelimit.Limiter) ratelimit.Limiter {
	return countingLimiter{
		limiter:  limiter,
		allowed:  m.decisions.WithLabelValues(name, "allowed"),
		rejected: m.decisions.WithLabelValues(name, "rejected"),
	}
}

type countingLimiter struct {
	limiter  ratelimit.Limiter
	allowed  prometheus.Counter
	rejected prometheus.Counter
}

// Allow implements ratelimit.Limiter.
func (l countingLimiter) Allow(ctx context.Context, key string) ratelimit.Decision {
	decision := l.limiter.Allow(ctx, key)
	if decision.Allowed {
		l.allowed.Inc()
	} else {
		l.rejected.Inc()
	}
	return decision
}

// Certificate publishes when a TLS certificate expires. current returns the
// certificate that clients get.
func (m *Metrics) Certificate(current func(*tls.ClientHelloInfo) (*tls.Certificate, error)) {
	m.gauge("tls_certificate_expiry_timestamp_seconds", "When the TLS certificate expires, as a Unix time.", func() float64 {
		certificate, err := current(nil)
		if err != nil || certificate.Leaf == nil {
			return 0
		}
		return float64(certificate.Leaf.NotAfter.Unix())
	})
}

// Handler returns the handler that serves the metrics to Prometheus. Exemplars
// need the OpenMetrics format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, EnableOpenMetrics: true})
}

// gauge registers a gauge whose value is read at each scrape.
func (m *Metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// counter registers a counter whose value is read at each scrape.
func (m *Metrics) counter(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}

// observeOutcome records the duration of an operation in the series of its name
// and its outcome. The series of both outcomes exist after the first call, so
// that the rate of failures includes the first one.
func observeOutcome(ctx context.Context, durations *prometheus.HistogramVec, name string, failed bool, took time.Duration) {
	durations.WithLabelValues(name, outcome(!failed))
	observe(ctx, durations.WithLabelValues(name, outcome(failed)), took)
}

func outcome(failed bool) string {
	if failed {
		return "failure"
	}
	return "success"
}

// knownMethod keeps arbitrary methods from becoming label values.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return method
	default:
		return "OTHER"
	}
}
