// Package telemetry provides metrics and traces of the service. It has no
// global state: everything is passed explicitly.
package telemetry

import (
	"context"
	"crypto/tls"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/trace"

	"example.com/market-api/internal/cache"
	"example.com/market-api/internal/events"
	"example.com/market-api/internal/health"
	"example.com/market-api/internal/ratelimit"
	"example.com/market-api/pkg/database"
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

// eventBuckets are few, because there is a histogram for each type of event.
var eventBuckets = []float64{.001, .005, .025, .1, .5, 2.5, 10}

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

// Database publishes the state of the connection pool.
func (m *Metrics) Database(stat func() *pgxpool.Stat) {
	m.gauge("db_pool_connections_max", "Maximum number of connections.",
		func() float64 { return float64(stat().MaxConns()) })
	m.gauge("db_pool_connections_open", "Open connections.",
		func() float64 { return float64(stat().TotalConns()) })
	m.gauge("db_pool_connections_in_use", "Connections in use.",
		func() float64 { return float64(stat().AcquiredConns()) })
	m.counter("db_pool_acquires_total", "Connections taken from the pool.",
		func() float64 { return float64(stat().AcquireCount()) })
	m.counter("db_pool_waits_total", "Connections that callers had to wait for because all were in use.",
		func() float64 { return float64(stat().EmptyAcquireCount()) })
	m.counter("db_pool_wait_seconds_total", "Time spent waiting for connections.",
		func() float64 { return stat().EmptyAcquireWaitTime().Seconds() })
	m.counter("db_pool_cancelled_waits_total", "Waits that ended without a connection.",
		func() float64 { return float64(stat().CanceledAcquireCount()) })
}

// Operations returns an observer that publishes the duration of operations. The
// label values are the operations that the service uses, so there are few.
func (m *Metrics) Operations() database.Observer {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "db_operation_duration_seconds",
		Help:    "Time from sending an operation to the database to receiving its response.",
		Buckets: latencyBuckets,
	}, []string{"operation", "outcome"})
	m.registry.MustRegister(durations)
	return func(ctx context.Context, operation string, failed bool, took time.Duration) {
		observeOutcome(ctx, durations, operation, failed, took)
	}
}

// Cache publishes the statistics of the cache.
func (m *Metrics) Cache(stats func() cache.Stats) {
	m.counter("cache_hits_total", "Reads served from the cache.",
		func() float64 { return float64(stats().Hits) })
	m.counter("cache_misses_total", "Reads that had to query the database.",
		func() float64 { return float64(stats().Misses) })
	m.counter("cache_errors_total", "Cache operations that failed, timed out, or were skipped during an outage.",
		func() float64 { return float64(stats().Errors) })
}

// Events publishes the state of the event queue.
func (m *Metrics) Events(stats func() events.Stats) {
	m.gauge("events_queue_depth", "Events waiting for a worker.",
		func() float64 { return float64(stats().Depth) })
	m.gauge("events_queue_capacity", "Maximum number of waiting events.",
		func() float64 { return float64(stats().Capacity) })
	m.gauge("events_workers", "Events that can be handled concurrently.",
		func() float64 { return float64(stats().Workers) })
	m.counter("events_published_total", "Events accepted.",
		func() float64 { return float64(stats().Published) })
	m.counter("events_dropped_total", "Events dropped because the queue was full.",
		func() float64 { return float64(stats().Dropped) })
	m.counter("events_failed_total", "Events whose handler failed.",
		func() float64 { return float64(stats().Failed) })
}

// EventHandler returns a handler that records the events that another handler
// handles. The label values are the types of the events, so there are few.
func (m *Metrics) EventHandler(handle func(context.Context, events.Event) error) func(context.Context, events.Event) error {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "event_duration_seconds",
		Help:    "Time to handle an event.",
		Buckets: eventBuckets,
	}, []string{"event", "outcome"})
	inProgress := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "events_in_progress",
		Help: "Events that are being handled.",
	})
	m.registry.MustRegister(durations, inProgress)
	return func(ctx context.Context, event events.Event) error {
		started, failed := time.Now(), true // unless the handler returns
		inProgress.Inc()
		defer func() {
			inProgress.Dec()
			observeOutcome(ctx, durations, event.Type, failed, time.Since(started))
		}()
		err := handle(ctx, event)
		failed = err != nil
		return err
	}
}

// Health publishes the results of the readiness checks. Each scrape asks for a
// report, so that an outage of a dependency is seen without any traffic.
func (m *Metrics) Health(ready func(context.Context) health.Report) {
	m.registry.MustRegister(healthCollector{
		ready: ready,
		check: prometheus.NewDesc("readiness_check_up",
			"Whether a readiness check passes: 1 if it does, 0 otherwise.", []string{"check"}, nil),
	})
}

// healthCollector reads the names of the checks from a report.
type healthCollector struct {
	ready func(context.Context) health.Report
	check *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c healthCollector) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- c.check }

// Collect implements prometheus.Collector.
func (c healthCollector) Collect(metrics chan<- prometheus.Metric) {
	for name, state := range c.ready(context.Background()).Checks {
		up := 0.0
		if state == health.OK {
			up = 1
		}
		metrics <- prometheus.MustNewConstMetric(c.check, prometheus.GaugeValue, up, name)
	}
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

// observe records a duration. If the trace of the operation is recorded, the
// trace ID is kept as an exemplar, which links the histogram to the trace.
func observe(ctx context.Context, histogram prometheus.Observer, took time.Duration) {
	span := trace.SpanContextFromContext(ctx)
	exemplars, ok := histogram.(prometheus.ExemplarObserver)
	if !ok || !span.IsSampled() {
		histogram.Observe(took.Seconds())
		return
	}
	exemplars.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": span.TraceID().String()})
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
