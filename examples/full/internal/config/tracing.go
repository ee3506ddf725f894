package config

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// The values of OTEL_TRACES_SAMPLER that the service supports. The parent of a
// span that starts in this service is the span of a trusted proxy.
const (
	AlwaysOn            = "always_on"
	AlwaysOff           = "always_off"
	Ratio               = "traceidratio"
	ParentBasedOn       = "parentbased_always_on"
	ParentBasedOff      = "parentbased_always_off"
	ParentBasedRatio    = "parentbased_traceidratio"
	defaultSpansTimeout = 10 * time.Second
)

// Tracing holds the settings of OpenTelemetry. Most of them are texts, because
// OpenTelemetry requires that an invalid value is reported and then ignored.
type Tracing struct {
	Disabled string `env:"OTEL_SDK_DISABLED"`

	// Endpoint is the base URL of the receiver of spans, and TracesEndpoint the
	// full one, which takes precedence, as the other settings of traces do. If
	// both are empty, trace IDs are logged, but no spans are sent.
	Endpoint       string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	TracesEndpoint string `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"`
	Headers        Secret `env:"OTEL_EXPORTER_OTLP_HEADERS"`
	TracesHeaders  Secret `env:"OTEL_EXPORTER_OTLP_TRACES_HEADERS"`
	Timeout        string `env:"OTEL_EXPORTER_OTLP_TIMEOUT"`
	TracesTimeout  string `env:"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"`

	ServiceName        string `env:"OTEL_SERVICE_NAME"`
	ResourceAttributes string `env:"OTEL_RESOURCE_ATTRIBUTES"`

	// SampleRatio is the fraction of traces that start in this service to
	// record. Sampler and SamplerArg take precedence.
	SampleRatio float64 `env:"TRACE_SAMPLE_RATIO"`
	Sampler     string  `env:"OTEL_TRACES_SAMPLER"`
	SamplerArg  string  `env:"OTEL_TRACES_SAMPLER_ARG"`
}

func (t *Tracing) setDefaults(env Env) {
	t.SampleRatio = 1
	if env == Production {
		t.SampleRatio = 0.1
	}
}

func (t *Tracing) check(Env) error {
	problems := []error{
		receiver("OTEL_EXPORTER_OTLP_ENDPOINT", t.Endpoint),
		receiver("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", t.TracesEndpoint),
	}
	if !isRatio(t.SampleRatio) {
		problems = append(problems, fmt.Errorf("TRACE_SAMPLE_RATIO: must be between 0 and 1, not %v", t.SampleRatio))
	}
	return errors.Join(problems...)
}

func receiver(name, value string) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		return nil
	}
	return fmt.Errorf("%s: must be a URL such as http://localhost:4318", name)
}

func isRatio(value float64) bool { return value >= 0 && value <= 1 }

// Spans is what to record and where to send it.
type Spans struct {
	// URL receives the spans. If it is empty, none are sent.
	URL     string
	Headers map[string]string
	Timeout time.Duration

	// Attributes describe the service. They are from the environment, so they
	// take precedence over those that the service knows itself.
	Attributes map[string]string

	// Sampler is a value of OTEL_TRACES_SAMPLER, and SampleRatio its argument.
	Sampler     string
	SampleRatio float64
}

// Spans returns what the settings mean together.
func (t Tracing) Spans() Spans {
	spans, _ := t.resolve()
	return spans
}

// resolve also returns warnings about the values that it ignores.
func (t Tracing) resolve() (spans Spans, warnings []string) {
	ignore := func(name, format string, args ...any) {
		warnings = append(warnings, name+" is ignored: "+fmt.Sprintf(format, args...))
	}
	spans = Spans{
		URL:         t.TracesEndpoint,
		Headers:     pairs("OTEL_EXPORTER_OTLP_HEADERS", string(t.Headers), ignore),
		Timeout:     defaultSpansTimeout,
		Attributes:  pairs("OTEL_RESOURCE_ATTRIBUTES", t.ResourceAttributes, ignore),
		Sampler:     ParentBasedRatio,
		SampleRatio: t.SampleRatio,
	}
	if spans.URL == "" && t.Endpoint != "" {
		spans.URL = strings.TrimSuffix(t.Endpoint, "/") + "/v1/traces"
	}
	if disabled, err := strconv.ParseBool(t.Disabled); err == nil && disabled {
		spans.URL = ""
	} else if err != nil && t.Disabled != "" {
		ignore("OTEL_SDK_DISABLED", "must be true or false, not %q", t.Disabled)
	}
	maps.Copy(spans.Headers, pairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS", string(t.TracesHeaders), ignore))
	for _, timeout := range []struct{ name, value string }{
		{"OTEL_EXPORTER_OTLP_TIMEOUT", t.Timeout},
		{"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", t.TracesTimeout},
	} {
		if timeout.value == "" {
			continue
		}
		milliseconds, err := strconv.ParseInt(timeout.value, 10, 64)
		if err != nil || milliseconds <= 0 || milliseconds > math.MaxInt64/int64(time.Millisecond) {
			ignore(timeout.name, "must be a number of milliseconds, not %q", timeout.value)
			continue
		}
		spans.Timeout = time.Duration(milliseconds) * time.Millisecond
	}
	if t.ServiceName != "" {
		spans.Attributes["service.name"] = t.ServiceName
	}
	t.sample(&spans, ignore)
	return spans, warnings
}

func (t Tracing) sample(spans *Spans, ignore func(name, format string, args ...any)) {
	byRatio := []string{Ratio, ParentBasedRatio}
	switch {
	case slices.Contains(byRatio, t.Sampler):
		spans.Sampler = t.Sampler
	case slices.Contains([]string{AlwaysOn, AlwaysOff, ParentBasedOn, ParentBasedOff}, t.Sampler):
		spans.Sampler = t.Sampler
	case t.Sampler != "":
		ignore("OTEL_TRACES_SAMPLER", "%q is not supported", t.Sampler)
	}
	if t.SamplerArg == "" {
		return
	}
	ratio, err := strconv.ParseFloat(t.SamplerArg, 64)
	switch {
	case !slices.Contains(byRatio, t.Sampler):
		ignore("OTEL_TRACES_SAMPLER_ARG", "the sampler has no argument")
	case err != nil || !isRatio(ratio):
		ignore("OTEL_TRACES_SAMPLER_ARG", "must be between 0 and 1, not %q", t.SamplerArg)
	default:
		spans.SampleRatio = ratio
	}
}

// pairs parses a list such as key=value,key=value, whose values are
// percent-encoded. It skips empty entries and never repeats a value, because it
// may be a secret.
func pairs(name, list string, ignore func(name, format string, args ...any)) map[string]string {
	found := map[string]string{}
	for entry := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		key, value, ok := strings.Cut(entry, "=")
		key = strings.TrimSpace(key)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || key == "" || err != nil {
			ignore("an entry of "+name, "it must look like key=value, with a percent-encoded value")
			continue
		}
		found[key] = value
	}
	return found
}

// sdkVariables are read by the libraries of OpenTelemetry.
var sdkVariables = []string{
	"OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
	"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
	"OTEL_EXPORTER_OTLP_CLIENT_KEY", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
	"OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
}

// warnings includes the variables of OpenTelemetry that have no effect.
func (t Tracing) warnings(environ []string) []string {
	_, warnings := t.resolve()
	known := append(variables(&struct{ Tracing Tracing }{}), sdkVariables...)
	environment := env.ToMap(environ)
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		value := clean(environment[name])
		switch {
		case value == "", !strings.HasPrefix(name, "OTEL_"), slices.Contains(known, strings.TrimSuffix(name, fileSuffix)):
		case strings.HasPrefix(name, "OTEL_BSP_"), strings.HasPrefix(name, "OTEL_SPAN_"), strings.HasPrefix(name, "OTEL_EVENT_"), strings.HasPrefix(name, "OTEL_LINK_"):
		case harmless[name] == value:
		default:
			warnings = append(warnings, name+" is ignored: it is not supported")
		}
	}
	return warnings
}

// harmless are values of unsupported variables that describe what the service
// does anyway.
var harmless = map[string]string{
	"OTEL_TRACES_EXPORTER":               "otlp",
	"OTEL_EXPORTER_OTLP_PROTOCOL":        "http/protobuf",
	"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
	"OTEL_METRICS_EXPORTER":              "none",
	"OTEL_LOGS_EXPORTER":                 "none",
	"OTEL_PROPAGATORS":                   "tracecontext",
}
