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

	"example.com/market-api/api"
)

// contract is a transport that holds every request and its answer against
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
	answer, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	received, err := drain(&answer.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	c.check(r, answer, received)
	return answer, nil
}

// drain reads a body, and puts one that can be read again in its place.
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

func (c *contract) check(r *http.Request, answer *http.Response, received []byte) {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return // The document does not have it: it says nothing about the answer.
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
	if answer.StatusCode < http.StatusBadRequest {
		err := openapi3filter.ValidateRequest(r.Context(), request)
		if err != nil {
			c.t.Errorf("%s %s was accepted with %d, though the document refuses it: %v", r.Method, r.URL, answer.StatusCode, err)
		}
	}
	err = openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request,
		Status:                 answer.StatusCode,
		Header:                 answer.Header,
		Body:                   io.NopCloser(bytes.NewReader(received)),
		Options:                options,
	})
	if err != nil {
		c.t.Errorf("%s %s was answered with %d, which the document does not describe: %v\n%s", r.Method, r.URL, answer.StatusCode, err, received)
	}
}

// requireEveryOperation fails the test if the document has an operation that
// was not called.
func (c *contract) requireEveryOperation() {
	for path, item := range c.document.Paths.Map() {
		for method, operation := range item.Operations() {
			require.True(c.t, c.called[operation.OperationID], "%s %s was not called", method, path)
		}
	}
}
