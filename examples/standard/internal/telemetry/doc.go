// Package telemetry provides metrics and traces of the service. It has no
// global state: everything is passed explicitly.
package telemetry
