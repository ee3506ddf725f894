package httpclient_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"example.com/shop-api/pkg/httpclient"
)

func TestEachAttemptHasSpan(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	var received []string
	url, client := start(t, httpclient.Config{
		Backoff:    time.Millisecond,
		Tracers:    provider,
		Propagator: propagation.TraceContext{},
	}, func(w http.ResponseWriter, r *http.Request) {
		received = append(received, r.Header.Get("Traceparent"))
		if len(received) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	ctx, parent := provider.Tracer("test").Start(t.Context(), "request")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.Replace(url, "//", "//user:hunter2@", 1)+"/invoices?token=hunter2", nil)
	require.NoError(t, err)

	response, err := client.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())

	port, err := strconv.Atoi(url[strings.LastIndex(url, ":")+1:])
	require.NoError(t, err)
	call := []attribute.KeyValue{
		attribute.String("http.request.method", "GET"),
		attribute.String("server.address", "127.0.0.1"),
		attribute.Int("server.port", port),
		attribute.String("url.full", url+"/invoices"),
	}
	require.Len(t, spans.Ended(), 2)
	first, second := spans.Ended()[0], spans.Ended()[1]
	require.ElementsMatch(t, append(call[:4:4], attribute.Int("http.response.status_code", 503), attribute.String("error.type", "503")), first.Attributes())
	require.Equal(t, codes.Error, first.Status().Code)
	require.ElementsMatch(t, append(call[:4:4], attribute.Int("http.response.status_code", 200), attribute.Int("http.request.resend_count", 1)), second.Attributes())
	require.Equal(t, codes.Unset, second.Status().Code)
	for i, span := range spans.Ended() {
		require.Equal(t, "GET", span.Name())
		require.Equal(t, trace.SpanKindClient, span.SpanKind())
		require.Equal(t, parent.SpanContext().SpanID(), span.Parent().SpanID())
		require.Contains(t, received[i], span.SpanContext().SpanID().String())
	}
}

func TestSpanOfFailedConnection(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	s := &service{replies: []reply{{}}}
	client := s.client(httpclient.Config{Attempts: 1, Tracers: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))})

	_, err := client.Get("https://billing.example.com") //nolint:bodyclose // there is none

	require.Error(t, err)
	require.Len(t, spans.Ended(), 1)
	require.Equal(t, codes.Error, spans.Ended()[0].Status().Code)
	require.Contains(t, spans.Ended()[0].Attributes(), attribute.String("error.type", "*errors.errorString"))
	require.Contains(t, spans.Ended()[0].Attributes(), attribute.Int("server.port", 443))
}

func TestTraceIsNotSentByDefault(t *testing.T) {
	provider := sdktrace.NewTracerProvider()
	received := make(chan http.Header, 1)
	url, client := start(t, httpclient.Config{Tracers: provider}, func(_ http.ResponseWriter, r *http.Request) {
		received <- r.Header
	})
	ctx, span := provider.Tracer("test").Start(t.Context(), "request")
	defer span.End()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)

	response, err := client.Do(request)

	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Empty(t, (<-received).Get("Traceparent"))
}
