package telemetry

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/health"
)

func TestReadinessChecksArePublished(t *testing.T) {
	m := NewMetrics("")
	m.Health(func(context.Context) health.Report {
		return health.Report{Checks: map[string]string{"one": health.OK, "other": health.Unavailable}}
	})

	text := scrape(t, m)
	require.Contains(t, text, `readiness_check_up{check="one"} 1`)
	require.Contains(t, text, `readiness_check_up{check="other"} 0`)
}
