package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/api"
)

// contract is a transport that validates all requests and responses against
// api/openapi.yaml.
type contract struct {
	t        testing.TB
	document *openapi3.T
	router   routers.Router
	next     http.RoundTripper

	mu    sync.Mutex
	calls []exchange
}

// exchange is a response to a request for an operation in the spec.
type exchange struct {
	method    string
	route     string
	status    int
	requestID string
}

func newContract(t testing.TB, next http.RoundTripper) *contract {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	require.NoError(t, err)
	require.NoError(t, document.Validate(t.Context()))
	router, err := gorillamux.NewRouter(document)
	require.NoError(t, err)
	closeResponses(document)
	return &contract{t: t, document: document, router: router, next: next}
}

// closeResponses makes the schemas of responses refuse members that the spec
// does not describe. Clients have to accept them, but the service must not send
// any.
func closeResponses(document *openapi3.T) {
	for _, item := range document.Paths.Map() {
		for _, operation := range item.Operations() {
			for _, response := range operation.Responses.Map() {
				for _, content := range response.Value.Content {
					closeSchema(content.Schema)
				}
			}
		}
	}
}

func closeSchema(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value.AdditionalProperties.Has != nil || ref.Value.AdditionalProperties.Schema != nil {
		return
	}
	ref.Value.AdditionalProperties.Has = new(len(ref.Value.Properties) == 0)
	for _, member := range ref.Value.Properties {
		closeSchema(member)
	}
	closeSchema(ref.Value.Items)
}

// RoundTrip implements http.RoundTripper.
func (c *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := drain(&r.Body)
	if err != nil {
		return nil, err
	}
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	received, err := drain(&response.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	c.check(r, response, received)
	return response, nil
}

// drain reads a body and replaces it with one that can be read again.
func drain(body *io.ReadCloser) ([]byte, error) {
	if *body == nil {
		return nil, nil
	}
	content, err := io.ReadAll(*body)
	if err != nil {
		return nil, err
	}
	err = (*body).Close()
	*body = io.NopCloser(bytes.NewReader(content))
	return content, err
}

func (c *contract) check(r *http.Request, response *http.Response, received []byte) {
	id := response.Header.Get("X-Request-Id")
	if id == "" || response.Header.Get("X-Content-Type-Options") != "nosniff" {
		c.t.Errorf("%s %s has a response without the usual headers: %v", r.Method, r.URL, response.Header)
	}
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return // the spec does not describe this path
	}
	c.mu.Lock()
	c.calls = append(c.calls, exchange{method: r.Method, route: route.Path, status: response.StatusCode, requestID: id})
	c.mu.Unlock()

	options := &openapi3filter.Options{
		AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
		IncludeResponseStatus: true,
		MultiError:            true,
	}
	request := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
	if response.StatusCode < http.StatusBadRequest {
		err := openapi3filter.ValidateRequest(r.Context(), request)
		if err != nil {
			c.t.Errorf("%s %s was accepted with status %d, but is invalid according to the spec: %v", r.Method, r.URL, response.StatusCode, err)
		}
	}
	err = openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request,
		Status:                 response.StatusCode,
		Header:                 response.Header,
		Body:                   io.NopCloser(bytes.NewReader(received)),
		Options:                options,
	})
	if err != nil {
		c.t.Errorf("%s %s has a response with status %d that does not conform to the spec: %v\n%s", r.Method, r.URL, response.StatusCode, err, received)
	}
}

// exchanges returns all exchanges so far.
func (c *contract) exchanges() []exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// requireEveryOperation requires that every operation in the spec was called.
func (c *contract) requireEveryOperation() {
	for path, item := range c.document.Paths.Map() {
		for method := range item.Operations() {
			called := slices.ContainsFunc(c.exchanges(), func(e exchange) bool { return e.method == method && e.route == path })
			require.True(c.t, called, "%s %s was not called", method, path)
		}
	}
}
