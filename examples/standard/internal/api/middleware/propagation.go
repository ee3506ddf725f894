package middleware

import "go.opentelemetry.io/otel/propagation"

// propagator returns the trace context format that clients use: W3C Trace
// Context.
func propagator() propagation.TextMapPropagator {
	return propagation.TraceContext{}
}
