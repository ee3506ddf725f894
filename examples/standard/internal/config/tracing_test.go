package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSpans(t *testing.T) {
	plain := Spans{
		Headers:     map[string]string{},
		Timeout:     10 * time.Second,
		Attributes:  map[string]string{},
		Sampler:     ParentBasedRatio,
		SampleRatio: 1,
	}
	with := func(change func(*Spans)) Spans {
		changed := plain
		change(&changed)
		return changed
	}
	for _, test := range []struct {
		name    string
		environ []string
		want    Spans
		warning string
	}{
		{"nothing", nil, plain, ""},
		{"a base URL", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318/otlp/"}, with(func(s *Spans) { s.URL = "http://collector:4318/otlp/v1/traces" }), ""},
		{"a full URL", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://traces/in"}, with(func(s *Spans) { s.URL = "http://traces/in" }), ""},
		{"disabled", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318", "OTEL_SDK_DISABLED=TRUE"}, plain, ""},
		{"disabled by a wrong value", []string{"OTEL_SDK_DISABLED=perhaps"}, plain, "OTEL_SDK_DISABLED is ignored"},
		{"headers", []string{"OTEL_EXPORTER_OTLP_HEADERS=a=1, b=2%203,", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=a=9"}, with(func(s *Spans) { s.Headers = map[string]string{"a": "9", "b": "2 3"} }), ""},
		{"a wrong header", []string{"OTEL_EXPORTER_OTLP_HEADERS=hunter2,a=1"}, with(func(s *Spans) { s.Headers = map[string]string{"a": "1"} }), "an entry of OTEL_EXPORTER_OTLP_HEADERS is ignored"},
		{"a timeout", []string{"OTEL_EXPORTER_OTLP_TIMEOUT=500"}, with(func(s *Spans) { s.Timeout = 500 * time.Millisecond }), ""},
		{"a timeout of traces", []string{"OTEL_EXPORTER_OTLP_TIMEOUT=500", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=700"}, with(func(s *Spans) { s.Timeout = 700 * time.Millisecond }), ""},
		{"a wrong timeout", []string{"OTEL_EXPORTER_OTLP_TIMEOUT=5s"}, plain, "OTEL_EXPORTER_OTLP_TIMEOUT is ignored"},
		{"a timeout of zero", []string{"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=0"}, plain, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT is ignored"},
		{"attributes", []string{"OTEL_RESOURCE_ATTRIBUTES=,cloud.region=eu, service.name=a%2Cb,"}, with(func(s *Spans) { s.Attributes = map[string]string{"cloud.region": "eu", "service.name": "a,b"} }), ""},
		{"wrong attributes", []string{"OTEL_RESOURCE_ATTRIBUTES=a,b=1,=2,c=%zz"}, with(func(s *Spans) { s.Attributes = map[string]string{"b": "1"} }), "an entry of OTEL_RESOURCE_ATTRIBUTES is ignored"},
		{"a name", []string{"OTEL_RESOURCE_ATTRIBUTES=service.name=a", "OTEL_SERVICE_NAME=b"}, with(func(s *Spans) { s.Attributes = map[string]string{"service.name": "b"} }), ""},
		{"a ratio", []string{"TRACE_SAMPLE_RATIO=0.5"}, with(func(s *Spans) { s.SampleRatio = 0.5 }), ""},
		{"a sampler", []string{"OTEL_TRACES_SAMPLER=always_off"}, with(func(s *Spans) { s.Sampler = AlwaysOff }), ""},
		{"a sampler with a ratio", []string{"TRACE_SAMPLE_RATIO=0.5", "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.25"}, with(func(s *Spans) { s.Sampler, s.SampleRatio = Ratio, 0.25 }), ""},
		{"a sampler with a wrong ratio", []string{"TRACE_SAMPLE_RATIO=0.5", "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=2"}, with(func(s *Spans) { s.Sampler, s.SampleRatio = Ratio, 0.5 }), "OTEL_TRACES_SAMPLER_ARG is ignored"},
		{"an unknown sampler", []string{"OTEL_TRACES_SAMPLER=xray"}, plain, "OTEL_TRACES_SAMPLER is ignored"},
		{"a ratio without a sampler", []string{"OTEL_TRACES_SAMPLER_ARG=0.5"}, plain, "OTEL_TRACES_SAMPLER_ARG is ignored"},
		{"another propagator", []string{"OTEL_PROPAGATORS=xray"}, plain, "OTEL_PROPAGATORS is ignored"},
		{"settings of the libraries", []string{"OTEL_PROPAGATORS=tracecontext", "OTEL_BSP_SCHEDULE_DELAY=1", "OTEL_EXPORTER_OTLP_COMPRESSION=gzip", "OTEL_LOGS_EXPORTER="}, plain, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg, err := Load(test.environ)
			require.NoError(t, err)

			require.Equal(t, test.want, cfg.Tracing.Spans())
			warnings := cfg.Warnings(test.environ)
			if test.warning == "" {
				require.Empty(t, warnings)
				return
			}
			require.Contains(t, warnings[0], test.warning)
			require.NotContains(t, warnings[0], "hunter2")
		})
	}
}
