package handlers_test

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/api/handlers"
	"example.com/market-api/internal/api/record"
)

func TestEncodingErrorsBecomeProblems(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(handlers.HandleErrors)
	router.GET("/", func(c *gin.Context) { c.JSON(http.StatusOK, math.NaN()) })
	w := httptest.NewRecorder()
	response := record.New(w)
	router.ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/", nil))

	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	var body map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	require.Equal(t, "an internal error occurred and has been logged", body["detail"])
	var unsupported *json.UnsupportedValueError
	require.ErrorAs(t, response.Err, &unsupported)
}
