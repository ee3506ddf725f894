// Package telemetry shows what the service is doing while it runs. It keeps no
// global state: whatever is measured or traced is handed what it needs.
package telemetry
