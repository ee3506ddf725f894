package correlation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/correlation"
)

func TestRequestID(t *testing.T) {
	require.Empty(t, correlation.RequestID(t.Context()))
	require.Empty(t, correlation.Attrs(t.Context()))

	ctx := correlation.WithRequestID(t.Context(), "r1")

	require.Equal(t, "r1", correlation.RequestID(ctx))
	attrs := correlation.Attrs(ctx)
	require.Len(t, attrs, 1)
	require.Equal(t, "request_id=r1", attrs[0].String())
}
