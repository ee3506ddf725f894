// Package handlers_test tests the API over HTTP.
package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"

	spec "example.com/market-api/api"
	"example.com/market-api/internal/api"
	"example.com/market-api/internal/events"
	"example.com/market-api/internal/health"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/ratelimit"
	"example.com/market-api/internal/repository"
	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/services"
	"example.com/market-api/internal/telemetry"
)

// client is a client of its own service, which uses the real use cases and
// repositories in memory.
type client struct {
	t       testing.TB
	handler http.Handler
	issuer  issuer
	user    uuid.UUID
	token   string

	// referred holds the IDs of the items that samples refer to.
	referred map[reference]string
}

func newClient(t testing.TB) *client {
	t.Helper()
	return newClientOf(t, newDeps(t))
}

func newClientOf(t testing.TB, deps api.Deps) *client {
	t.Helper()
	c := &client{t: t, handler: api.New(deps), referred: map[reference]string{}}
	c.issuer = issuerOf(deps)
	return c.stranger()
}

func newDeps(t testing.TB) api.Deps {
	t.Helper()
	unlimited := ratelimit.NewLocal(ratelimit.Rate{Requests: 1_000_000, Per: time.Second})
	deps := api.Deps{
		Config:  api.Config{RequestTimeout: 10 * time.Second, MaxBodyBytes: 1 << 20, Docs: true},
		Log:     slog.New(slog.DiscardHandler),
		Health:  health.New(),
		Limiter: unlimited,
	}
	repositories := memory.NewStore().Repositories()
	addAuth(t, &deps, unlimited)
	deps.Services.Customers = services.NewCustomers(repositories.Customers, nobody{})
	deps.Services.PriceLists = services.NewPriceLists(repositories.PriceLists, nobody{})
	deps.Services.Orders = services.NewOrders(repositories.Orders, nobody{})

	deps.Metrics = telemetry.NewMetrics("")

	deps.Tracer = noop.NewTracerProvider()
	return deps
}

// nobody is a publisher that discards all events.
type nobody struct{}

func (nobody) Publish(context.Context, events.Event) {}

// response is a response to a client.
type response struct {
	header http.Header
	text   string

	// body is the JSON object in the text, if there is one.
	body map[string]any
}

// send sends a request. If the body is not a string, it is encoded as JSON. The
// headers are pairs of names and values.
func (c *client) send(method, path string, body any, headers ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	text, ok := body.(string)
	if !ok && body != nil {
		encoded, err := json.Marshal(body)
		require.NoError(c.t, err)
		text = string(encoded)
	}
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(text))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w
}

// call sends a request and requires a response with the given status.
func (c *client) call(status int, method, path string, body any, headers ...string) response {
	c.t.Helper()
	w := c.send(method, path, body, headers...)
	require.Equal(c.t, status, w.Code, "%s %s: %s", method, path, w.Body)

	result := response{header: w.Header(), text: w.Body.String()}
	if bytes.HasPrefix(w.Body.Bytes(), []byte("{")) {
		require.NoError(c.t, json.Unmarshal(w.Body.Bytes(), &result.body))
	}
	if status >= http.StatusBadRequest {
		require.Equal(c.t, "application/problem+json", w.Header().Get("Content-Type"))
		require.EqualValues(c.t, status, result.body["status"])
	}
	return result
}

// reference identifies the item that a sample with a number refers to.
type reference struct {
	owner uuid.UUID
	path  string
	n     int
}

// refer returns the ID of the item that the n-th sample of the caller refers to,
// so that two samples with the same number are equal.
func (c *client) refer(path string, n int, sample func(c *client, n int) map[string]any) string {
	c.t.Helper()
	key := reference{c.user, path, n}
	id, known := c.referred[key]
	if !known {
		id = c.call(http.StatusCreated, http.MethodPost, path, sample(c, n)).id()
		c.referred[key] = id
	}
	return id
}

// patch sends a JSON merge patch.
func (c *client) patch(status int, path string, body map[string]any, headers ...string) response {
	c.t.Helper()
	return c.call(status, http.MethodPatch, path, body, append(headers, "Content-Type", "application/merge-patch+json")...)
}

// id returns the ID of the item in a response.
func (r response) id() string {
	id, _ := r.body["id"].(string)
	return id
}

// items returns the items of a list.
func (r response) items() []any {
	items, _ := r.body["items"].([]any)
	return items
}

// ids returns the IDs of the items of a list.
func (r response) ids() []string {
	ids := []string{}
	for _, item := range r.items() {
		members, _ := item.(map[string]any)
		ids = append(ids, response{body: members}.id())
	}
	return ids
}

// fields returns the names of the invalid fields in a problem.
func (r response) fields() []string {
	names := []string{}
	errors, _ := r.body["errors"].([]any)
	for _, e := range errors {
		members, _ := e.(map[string]any)
		name, _ := members["field"].(string)
		names = append(names, name)
	}
	return names
}

// asJSON returns a body in the form in which it is returned by the API.
func asJSON(t testing.TB, body map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	var decoded map[string]any
	require.NoError(t, json.Unmarshal(text, &decoded))
	return decoded
}

// requireSorted requires that a list with several items can be sorted by fields,
// in both directions and page by page.
func requireSorted(c *client, path string, names ...string) {
	c.t.Helper()
	for _, name := range names {
		var orders [2][]string
		for i, order := range []string{name, "-" + name} {
			first := c.call(http.StatusOK, http.MethodGet, path+"?limit=2&total=true&sort="+order, nil)
			cursor, _ := first.body["next_cursor"].(string)
			require.NotEmpty(c.t, cursor)
			last := c.call(http.StatusOK, http.MethodGet, path+"?limit=100&sort="+order+"&cursor="+cursor, nil)
			orders[i] = append(first.ids(), last.ids()...)
			require.EqualValues(c.t, len(orders[i]), first.body["total"])
			require.NotContains(c.t, last.body, "total")

			other := strings.TrimPrefix("-"+order, "--")
			require.Equal(c.t, []string{"cursor"}, c.call(http.StatusBadRequest, http.MethodGet, path+"?sort="+other+"&cursor="+cursor, nil).fields())
		}
		slices.Reverse(orders[1])
		require.Equal(c.t, orders[0], orders[1], name)
	}
	require.Equal(c.t, []string{"sort"}, c.call(http.StatusBadRequest, http.MethodGet, path+"?sort=no_field", nil).fields())
	require.Equal(c.t, []string{"total"}, c.call(http.StatusBadRequest, http.MethodGet, path+"?total=1", nil).fields())
}

// requireBounds requires that a list with one item can be filtered by bounds of
// fields.
func requireBounds(c *client, path string, created response, names ...string) {
	c.t.Helper()
	var item map[string]any
	decoder := json.NewDecoder(strings.NewReader(created.text))
	decoder.UseNumber()
	require.NoError(c.t, decoder.Decode(&item))
	for _, name := range names {
		for operator, ids := range map[string][]string{"gte": {created.id()}, "gt": {}, "lte": {created.id()}, "lt": {}} {
			bound := name + "[" + operator + "]"
			list := path + "?" + url.Values{bound: {fmt.Sprint(item[name])}}.Encode()
			require.Equal(c.t, ids, c.call(http.StatusOK, http.MethodGet, list, nil).ids(), list)
			require.Equal(c.t, []string{bound}, c.call(http.StatusBadRequest, http.MethodGet, path+"?"+bound+"=x", nil).fields())
		}
	}
}

// requireSearch requires that a list can be searched for texts in the fields of a
// sample.
func requireSearch(c *client, path string, sample map[string]any, names ...string) {
	c.t.Helper()
	search := func(text string) string { return path + "?" + url.Values{"q": {text}}.Encode() }
	id := c.call(http.StatusCreated, http.MethodPost, path, sample).id()
	for _, name := range names {
		text := strings.ToUpper(fmt.Sprint(sample[name]))
		require.Equal(c.t, []string{id}, c.call(http.StatusOK, http.MethodGet, search(text[:min(len(text), 100)]), nil).ids())
	}
	require.Empty(c.t, c.call(http.StatusOK, http.MethodGet, search("no such text"), nil).ids())
	require.Equal(c.t, []string{"q"}, c.call(http.StatusBadRequest, http.MethodGet, search(" "), nil).fields())
}

// numbered returns a text that differs for each n up to 9, with a length within
// the given limits.
func numbered(n, least, most int) string {
	text := fmt.Sprintf("%ssample %d", strings.Repeat("x", max(0, least-len("sample 0"))), n)
	return text[max(0, len(text)-most):]
}

// document returns the OpenAPI spec.
func document(t testing.TB) *openapi3.T {
	t.Helper()
	loaded, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	require.NoError(t, err)
	require.NoError(t, loaded.Validate(t.Context()))
	return loaded
}

func TestOpenAPIListsAllMethods(t *testing.T) {
	c := newClient(t)
	require.Equal(t, string(spec.OpenAPI), c.call(http.StatusOK, http.MethodGet, "/openapi.yaml", nil).text)
	for path, item := range document(t).Paths.Map() {
		methods := []string{http.MethodOptions}
		for method := range item.Operations() {
			methods = append(methods, method)
			if method == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
		}
		slices.Sort(methods)
		allowed := c.call(http.StatusNoContent, http.MethodOptions, path, nil)
		require.Equal(t, strings.Join(methods, ", "), allowed.header.Get("Allow"), path)
	}
}

func TestPathsAreNotNormalized(t *testing.T) {
	c := newClient(t)
	for _, path := range []string{"/", "/nowhere", "/livez/", "//livez", "/livez%2F", "/LIVEZ", "/%6Civez", "/./livez", "/docs/%2F", "/docs//", "/api/v1", "/api/v1/", "/api/v1/nowhere"} {
		c.call(http.StatusNotFound, http.MethodGet, path, nil)
	}
}

func TestOtherMethodsAreNotAllowed(t *testing.T) {
	c := newClient(t)
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodTrace, http.MethodConnect, "PROPFIND", "NONSENSE"} {
		refused := c.call(http.StatusMethodNotAllowed, method, "/livez", nil)
		require.Equal(t, "GET, HEAD, OPTIONS", refused.header.Get("Allow"))
	}
	head := c.call(http.StatusOK, http.MethodHead, "/livez", nil)
	require.Empty(t, head.text)
	require.Equal(t, "application/json", head.header.Get("Content-Type"))
}

// queryParameter matches a parameter that a handler reads.
var queryParameter = regexp.MustCompile(`request\.(?:Param|Bounds)\(\w+, "(\w+)"`)

// requireParametersDocumented requires that the spec lists all query parameters that the
// handlers in a file read, and that they read all that it lists.
func requireParametersDocumented(t *testing.T, file, path string) {
	t.Helper()
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	read := []string{"cursor", "limit", "q", "sort", "total"} // in package request
	var documented []string
	for _, parameter := range document(t).Paths.Find(path).Get.Parameters {
		name, _, _ := strings.Cut(parameter.Value.Name, "[") // the bounds of a field
		documented = append(documented, name)
	}
	for _, match := range queryParameter.FindAllStringSubmatch(string(source), -1) {
		require.Contains(t, documented, match[1])
		read = append(read, match[1])
	}
	require.Subset(t, read, documented)
}

// requireSampleComplete requires that the spec of all requests with a body has the
// members of a sample, and no others except for some. Otherwise, no test notices
// that the handlers or the spec do not know a member.
func requireSampleComplete(t *testing.T, path string, sample map[string]any, except ...string) {
	t.Helper()
	paths := document(t).Paths
	item := paths.Find(path + "/{id}")
	for _, operation := range []*openapi3.Operation{paths.Find(path).Post, item.Put, item.Patch} {
		for _, content := range operation.RequestBody.Value.Content {
			for name := range content.Schema.Value.Properties {
				require.True(t, sample[name] != nil || slices.Contains(except, name), "%s: no sample has %s", operation.OperationID, name)
			}
			for name := range sample {
				require.Contains(t, content.Schema.Value.Properties, name, operation.OperationID)
			}
		}
	}
}

func TestCORSAllowsWhatTheSpecLists(t *testing.T) {
	const origin = "https://app.example.com"
	deps := newDeps(t)
	deps.Config.AllowedOrigins = []string{origin}
	c := newClientOf(t, deps)
	preflight := func(method, header string) string {
		return c.call(http.StatusNoContent, http.MethodOptions, "/livez", nil, "Origin", origin, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", header).header.Get("Access-Control-Allow-Methods")
	}

	used := []string{http.MethodHead}
	for _, item := range document(t).Paths.Map() {
		for method, operation := range item.Operations() {
			used = append(used, method)
			require.Equal(t, method, preflight(method, "content-type"))
			for _, parameter := range operation.Parameters {
				if parameter.Value.In == openapi3.ParameterInHeader {
					require.Equal(t, method, preflight(method, strings.ToLower(parameter.Value.Name)))
				}
			}
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		require.Equal(t, slices.Contains(used, method), preflight(method, "content-type") == method, method)
	}
}

func TestSecurityHeadersAreAlwaysSet(t *testing.T) {
	c := newClient(t)
	for _, path := range []string{"/livez", "/nowhere", "/openapi.yaml"} {
		header := c.send(http.MethodGet, path, nil, "X-Request-ID", "r1").Header()
		require.Equal(t, "r1", header.Get("X-Request-ID"))
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-store", header.Get("Cache-Control"))
		require.Equal(t, "default-src 'none'; frame-ancestors 'none'", header.Get("Content-Security-Policy"))
	}
}

// A panic anywhere in a handler is a failure of that request only.
func TestPanicsBecomeProblems(t *testing.T) {
	var log bytes.Buffer
	deps := newDeps(t)
	deps.Log = slog.New(slog.NewJSONHandler(&log, nil))
	deps.Limiter = broken{}
	c := newClientOf(t, deps)

	failed := c.call(http.StatusInternalServerError, http.MethodGet, "/openapi.yaml", nil)

	require.Equal(t, "urn:problem:internal", failed.body["type"])
	require.NotContains(t, failed.text, "a bug")
	require.Equal(t, "nosniff", failed.header.Get("X-Content-Type-Options"))
	require.Contains(t, log.String(), "a handler panicked")
	require.Contains(t, log.String(), `"status":500`)
	scraped := httptest.NewRecorder()
	deps.Metrics.Handler().ServeHTTP(scraped, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Contains(t, scraped.Body.String(), "\nhttp_request_panics_total 1\n")
	require.Contains(t, scraped.Body.String(), `status="500"} 1`)
}

// broken is a limiter with a bug.
type broken struct{}

func (broken) Allow(context.Context, string) ratelimit.Decision { panic("a bug") }

func TestRequestsTimeOut(t *testing.T) {
	deps := newDeps(t)
	deps.Config.RequestTimeout = 10 * time.Millisecond
	deps.Services.Customers = services.NewCustomers(waiting{}, nobody{})
	c := newClientOf(t, deps)

	late := c.call(http.StatusServiceUnavailable, http.MethodGet, "/api/v1/customers", nil)

	require.Equal(t, "urn:problem:timeout", late.body["type"])
	scraped := httptest.NewRecorder()
	deps.Metrics.Handler().ServeHTTP(scraped, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Contains(t, scraped.Body.String(), "\nhttp_request_timeouts_total 1\n")
}

// waiting is a repository that does not respond.
type waiting struct {
	repository.Customers
}

func (waiting) List(ctx context.Context, _ models.CustomerQuery) ([]models.Customer, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(5 * time.Second):
		return nil, nil
	}
}

func TestReadyzReportsUnavailableDependencies(t *testing.T) {
	deps := newDeps(t)
	deps.Health = health.New(health.Check{Name: "store", Probe: func(context.Context) error { return nil }})
	require.JSONEq(t, `{"status":"ok","checks":{"store":"ok"}}`, newClientOf(t, deps).call(http.StatusOK, http.MethodGet, "/readyz", nil).text)

	deps.Health = health.New(health.Check{Name: "store", Probe: func(context.Context) error { return errors.New("connection refused") }})
	refused := newClientOf(t, deps).send(http.MethodGet, "/readyz", nil)
	require.Equal(t, http.StatusServiceUnavailable, refused.Code)
	require.JSONEq(t, `{"status":"unavailable","checks":{"store":"unavailable"}}`, refused.Body.String())
}

func TestDrainingServiceHandlesRequests(t *testing.T) {
	deps := newDeps(t)
	deps.Health.Drain()
	c := newClientOf(t, deps)

	require.JSONEq(t, `{"status":"draining"}`, c.send(http.MethodGet, "/readyz", nil).Body.String())
	live := c.call(http.StatusOK, http.MethodGet, "/livez", nil)
	require.Equal(t, "close", live.header.Get("Connection"))
}

func TestDocsAreSelfContained(t *testing.T) {
	c := newClient(t)
	page := c.call(http.StatusOK, http.MethodGet, "/docs", nil)
	require.Contains(t, page.header.Get("Content-Security-Policy"), "script-src 'self'")
	for _, file := range regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.text, -1) {
		require.NotEmpty(t, c.call(http.StatusOK, http.MethodGet, "/"+file[1], nil).text)
	}
	c.call(http.StatusNotFound, http.MethodGet, "/docs/swagger-initializer.js", nil)

	deps := newDeps(t)
	deps.Config.Docs = false
	newClientOf(t, deps).call(http.StatusNotFound, http.MethodGet, "/docs", nil)
}

// BenchmarkChain measures the overhead of the middleware.
func BenchmarkChain(b *testing.B) {
	handler := api.New(newDeps(b))
	r := httptest.NewRequest(http.MethodGet, "/openapi.yaml", nil)
	b.ReportAllocs()
	for b.Loop() {
		handler.ServeHTTP(discard{http.Header{}}, r)
	}
}

// BenchmarkHandler measures a complete request with a repository in memory.
func BenchmarkHandler(b *testing.B) {
	c := newClient(b)
	item := c.call(http.StatusCreated, http.MethodPost, "/api/v1/customers", customerSample(c, 1)).header.Get("Location")
	r := httptest.NewRequest(http.MethodGet, item, nil)
	r.Header.Set("Authorization", "Bearer "+c.token)
	b.ReportAllocs()
	for b.Loop() {
		c.handler.ServeHTTP(discard{http.Header{}}, r)
	}
}

// discard is a ResponseWriter that discards everything.
type discard struct{ header http.Header }

func (d discard) Header() http.Header { return d.header }

func (discard) WriteHeader(int) {}

func (discard) Write(data []byte) (int, error) { return io.Discard.Write(data) }
