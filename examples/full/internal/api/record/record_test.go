package record_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/api/record"
)

// wrapper is another ResponseWriter around a Response.
type wrapper struct{ http.ResponseWriter }

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestResponseRecordsStatusAndSize(t *testing.T) {
	response := record.New(httptest.NewRecorder())
	require.Zero(t, response.Status)

	response.WriteHeader(http.StatusAccepted)
	response.WriteHeader(http.StatusOK)
	_, err := response.Write([]byte("hello"))
	require.NoError(t, err)

	require.Equal(t, http.StatusAccepted, response.Status)
	require.EqualValues(t, 5, response.Bytes)
}

func TestResponseIgnoresInformationalStatus(t *testing.T) {
	response := record.New(httptest.NewRecorder())
	response.WriteHeader(http.StatusEarlyHints)

	require.Zero(t, response.Status)
}

func TestResponseWithoutStatusIsOK(t *testing.T) {
	response := record.New(httptest.NewRecorder())
	_, err := response.Write(nil)
	require.NoError(t, err)

	require.Equal(t, http.StatusOK, response.Status)
}

func TestOfFindsResponse(t *testing.T) {
	response := record.New(httptest.NewRecorder())

	require.Same(t, response, record.Of(response))
	require.Same(t, response, record.Of(wrapper{wrapper{response}}))
}

func TestOfWithoutResponse(t *testing.T) {
	first, second := httptest.NewRecorder(), httptest.NewRecorder()
	record.Of(first).Route = "/"

	require.Empty(t, record.Of(first).Route)
	require.Empty(t, record.Of(wrapper{second}).Route)
}
