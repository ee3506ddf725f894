package config

import (
	"errors"
	"fmt"
	"net/url"
)

// Tracing holds the settings of OpenTelemetry. The exporter itself also reads
// the standard variables OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT, _COMPRESSION and
// _CERTIFICATE.
type Tracing struct {
	// Endpoint may be empty. Trace IDs are then logged, but no spans are sent.
	Endpoint    string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	ServiceName string `env:"OTEL_SERVICE_NAME" envDefault:"shop-api"`

	// SampleRatio is the fraction of traces that start in this service to
	// record.
	SampleRatio float64 `env:"TRACE_SAMPLE_RATIO"`
}

func (t *Tracing) setDefaults(env Env) {
	t.SampleRatio = 1
	if env == Production {
		t.SampleRatio = 0.1
	}
}

func (t *Tracing) check(Env) error {
	var problems []error
	if t.Endpoint != "" {
		u, err := url.Parse(t.Endpoint)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			problems = append(problems, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL such as http://localhost:4318, not %q", t.Endpoint))
		}
	}
	if !(t.SampleRatio >= 0 && t.SampleRatio <= 1) {
		problems = append(problems, fmt.Errorf("TRACE_SAMPLE_RATIO: must be between 0 and 1, not %v", t.SampleRatio))
	}
	return errors.Join(problems...)
}
