// Package api holds the description of the HTTP API.
package api

import _ "embed" // OpenAPI is a file

// OpenAPI is the API's OpenAPI document, in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte
