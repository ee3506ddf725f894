package problem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/api/record"
	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/correlation"
)

// write responds to a request with err and returns the response and its body.
func write(t *testing.T, r *http.Request, err error) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	response := record.New(w)
	problem.Write(response, r, err)

	require.ErrorIs(t, response.Err, err, "the error must be logged")
	require.Equal(t, problem.ContentType, w.Header().Get("Content-Type"))
	var body map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	require.EqualValues(t, w.Code, body["status"])
	return w, body
}

func get(ctx context.Context) *http.Request {
	return httptest.NewRequest(http.MethodGet, "/things/a%2Fb?secret=1", nil).WithContext(ctx)
}

func TestWriteMapsKindsToStatusCodes(t *testing.T) {
	tests := []struct {
		kind   apperr.Kind
		status int
		uri    string
	}{
		{apperr.Invalid, http.StatusUnprocessableEntity, "urn:problem:validation"},
		{apperr.Unauthenticated, http.StatusUnauthorized, "urn:problem:unauthenticated"},
		{apperr.Forbidden, http.StatusForbidden, "urn:problem:forbidden"},
		{apperr.NotFound, http.StatusNotFound, "urn:problem:not-found"},
		{apperr.Conflict, http.StatusConflict, "urn:problem:conflict"},
		{apperr.Stale, http.StatusPreconditionFailed, "urn:problem:stale"},
		{apperr.RateLimited, http.StatusTooManyRequests, "urn:problem:rate-limited"},
		{apperr.Unavailable, http.StatusServiceUnavailable, "urn:problem:unavailable"},
	}
	for _, test := range tests {
		cause := errors.New("a cause")
		w, body := write(t, get(t.Context()), fmt.Errorf("do it: %w", apperr.Wrap(test.kind, "what went wrong", cause)))

		require.Equal(t, test.status, w.Code)
		require.Equal(t, http.StatusText(test.status), body["title"])
		require.Equal(t, "what went wrong", body["detail"])
		require.Equal(t, test.uri, body["type"])
		require.Equal(t, "/things/a%2Fb", body["instance"])
		require.NotContains(t, w.Body.String(), cause.Error())
	}
}

func TestWriteDoesNotDiscloseInternalErrors(t *testing.T) {
	fault := errors.New("dial tcp 10.0.0.7: connection refused")
	for _, err := range []error{fault, apperr.Wrap(apperr.Internal, "secret", fault)} {
		w, body := write(t, get(correlation.WithRequestID(t.Context(), "r1")), err)

		require.Equal(t, http.StatusInternalServerError, w.Code)
		require.Equal(t, "an internal error occurred and has been logged", body["detail"])
		require.Equal(t, "r1", body["request_id"])
	}
}

func TestWriteNamesTypesOfStatuses(t *testing.T) {
	for status, want := range map[int]string{
		http.StatusBadRequest:            "urn:problem:malformed",
		http.StatusMethodNotAllowed:      "urn:problem:method-not-allowed",
		http.StatusRequestEntityTooLarge: "urn:problem:too-large",
		http.StatusUnsupportedMediaType:  "urn:problem:unsupported-media-type",
		http.StatusInternalServerError:   "urn:problem:internal",
		http.StatusTeapot:                "about:blank",
	} {
		_, body := write(t, get(t.Context()), problem.New(status, "x"))
		require.Equal(t, want, body["type"])
	}
}

func TestWriteSetsHeadersOfError(t *testing.T) {
	w, _ := write(t, get(t.Context()), problem.New(http.StatusUnsupportedMediaType, "x").With("Accept-Encoding", "identity"))

	require.Equal(t, "identity", w.Header().Get("Accept-Encoding"))
}

func TestWriteListsFields(t *testing.T) {
	_, body := write(t, get(t.Context()), problem.New(http.StatusBadRequest, "malformed", apperr.Field{Name: "limit", Reason: "must be a number"}))

	require.Equal(t, []any{map[string]any{"field": "limit", "message": "must be a number"}}, body["errors"])
}

func TestWriteSetsRetryAfter(t *testing.T) {
	tests := []struct {
		err   error
		after string
	}{
		{apperr.Limited("slow down", 1500*time.Millisecond), "2"},
		{apperr.Limited("slow down", 0), "1"},
		{apperr.New(apperr.Unavailable, "the database is down"), "1"},
		{apperr.New(apperr.NotFound, "not found"), ""},
	}
	for _, test := range tests {
		w, _ := write(t, get(t.Context()), test.err)
		require.Equal(t, test.after, w.Header().Get("Retry-After"))
	}
}

func TestWriteSetsWWWAuthenticate(t *testing.T) {
	unknown := apperr.New(apperr.Unauthenticated, "unknown caller")
	r := get(t.Context())
	w, _ := write(t, r, unknown)
	require.Equal(t, "Bearer", w.Header().Get("WWW-Authenticate"))

	r.Header.Set("Authorization", "Bearer x")
	w, _ = write(t, r, unknown)
	require.Equal(t, `Bearer error="invalid_token"`, w.Header().Get("WWW-Authenticate"))
}

func TestWriteReportsTimeout(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()

	for _, err := range []error{ctx.Err(), errors.New("read: i/o timeout"), apperr.New(apperr.Unavailable, "the database is down")} {
		w, body := write(t, get(ctx), err)
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "the request took too long, try again later", body["detail"])
	}
	w, _ := write(t, get(ctx), apperr.New(apperr.NotFound, "not found"))
	require.Equal(t, http.StatusNotFound, w.Code, "other errors must keep their status")
}

func TestWriteReportsDisconnectedClient(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	w, body := write(t, get(ctx), fmt.Errorf("query: %w", ctx.Err()))
	require.Equal(t, 499, w.Code)
	require.Equal(t, "Client Closed Request", body["title"])
}

func TestWriteContainsTraceID(t *testing.T) {
	ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}}))
	_, body := write(t, get(ctx), errors.New("fault"))

	require.Equal(t, "01000000000000000000000000000000", body["trace_id"])
}
