package api

import (
	"encoding/json"
	"net/http"

	spec "example.com/hello-api/api"
	"example.com/hello-api/internal/api/record"
	"example.com/hello-api/internal/health"
)

// livez is the liveness probe. It does not check dependencies, because a
// restart of the service would not help if one is down.
func livez(w http.ResponseWriter, _ *http.Request) {
	writeState(w, http.StatusOK, state{Status: health.OK})
}

// readyz is the readiness probe.
func readyz(checker *health.Checker) func(w http.ResponseWriter, r *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		report := checker.Ready(r.Context())
		record.Of(w).Err = report.Err
		status := http.StatusOK
		if !report.Ready() {
			status = http.StatusServiceUnavailable
		}
		writeState(w, status, state{Status: report.Status, Checks: report.Checks})
	}
}

// state is the JSON representation of the health of the service.
type state struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks,omitempty"`
}

func writeState(w http.ResponseWriter, status int, body state) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)

	// This only fails if the client has disconnected.
	_ = json.NewEncoder(w).Encode(body)
}

// openAPI serves the OpenAPI spec.
func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(spec.OpenAPI)
}
