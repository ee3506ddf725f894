// Package api contains the OpenAPI spec of the service.
package api

import _ "embed" // for OpenAPI

// OpenAPI is the OpenAPI spec of the service, in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte
