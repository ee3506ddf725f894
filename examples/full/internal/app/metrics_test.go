package app

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMetricsArePublished(t *testing.T) {
	a, _ := start(t, "REDIS_URL=redis://127.0.0.1:1")
	status, _ := get(t, "http://"+a.Addr()+"/openapi.yaml")
	require.Equal(t, http.StatusOK, status)

	_, text := get(t, "http://"+a.AdminAddr()+"/metrics")
	for _, metric := range []string{
		`http_requests_total{method="GET",route="/openapi.yaml",status="200"} 1`,
		`rate_limit_decisions_total{decision="allowed",limiter="client"} 1`,
		`rate_limit_decisions_total{decision="allowed",limiter="sign-in"} 0`,
		`rate_limit_decisions_total{decision="allowed",limiter="account"} 0`,
		`readiness_check_up{check="cache"} 0`,
		`events_workers 4`,
		`events_in_progress 0`,
		`version="test"} 1`,
	} {
		require.Contains(t, text, metric)
	}
}

func TestCertificateIsMeasured(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writeCertificate(t, certFile, keyFile, 1)
	a, _ := start(t, "TLS_CERT_FILE="+certFile, "TLS_KEY_FILE="+keyFile)

	_, text := get(t, "http://"+a.AdminAddr()+"/metrics")
	require.Contains(t, text, "\ntls_certificate_expiry_timestamp_seconds ")
}
