package api

import (
	"encoding/json"
	"net/http"

	spec "example.com/shop-api/api"
	"example.com/shop-api/internal/health"
	"example.com/shop-api/internal/reqctx"
)

// livez tells an orchestrator that the process need not be restarted. It asks
// no dependency: restarting would bring none of them back.
func livez(w http.ResponseWriter, _ *http.Request) {
	writeState(w, http.StatusOK, state{Status: health.OK})
}

// readyz tells an orchestrator whether to send requests here.
func readyz(checker *health.Checker) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		report := checker.Ready(r.Context())
		reqctx.From(r.Context()).Err = report.Err
		status := http.StatusOK
		if !report.Ready() {
			status = http.StatusServiceUnavailable
		}
		writeState(w, status, state{Status: report.Status, Checks: report.Checks})
	}
}

// state is the JSON of the service's health.
type state struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks,omitempty"`
}

func writeState(w http.ResponseWriter, status int, body state) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)

	// Only a client who has gone away would miss it.
	_ = json.NewEncoder(w).Encode(body)
}

// openAPI returns the document that describes this API.
func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(spec.OpenAPI)
}
