package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"example.com/hello-api/api"
)

// contract is a transport that validates all requests and responses against
// api/openapi.yaml.
type contract struct {
	t        testing.TB
	document *openapi3.T
	router   routers.Router
	next     http.RoundTripper

	mu     sync.Mutex
	called map[string]bool
}

func newContract(t testing.TB, next http.RoundTripper) *contract {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	require.NoError(t, err)
	require.NoError(t, document.Validate(t.Context()))
	router, err := gorillamux.NewRouter(document)
	require.NoError(t, err)
	return &contract{t: t, document: document, router: router, next: next, called: map[string]bool{}}
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
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return // the spec does not describe this path
	}
	c.mu.Lock()
	c.called[route.Operation.OperationID] = true
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

// requireEveryOperation requires that every operation in the spec was called.
func (c *contract) requireEveryOperation() {
	for path, item := range c.document.Paths.Map() {
		for method, operation := range item.Operations() {
			require.True(c.t, c.called[operation.OperationID], "%s %s was not called", method, path)
		}
	}
}
