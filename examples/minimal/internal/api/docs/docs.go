// Package docs shows the OpenAPI document to people. Everything that the page
// needs is part of the program.
package docs

import (
	"embed"
	"io/fs"
	"net/http"
	"path"

	swagger "github.com/swaggo/files/v2"

	"example.com/hello-api/internal/api/problem"
)

//go:embed index.html initializer.js
var page embed.FS

// policy lets the page run its own scripts. Swagger UI styles its elements
// inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// files are what /docs/{file} answers with.
var files = map[string]fs.FS{
	"initializer.js":       page,
	"favicon-32x32.png":    swagger.FS,
	"swagger-ui.css":       swagger.FS,
	"swagger-ui-bundle.js": swagger.FS,
}

// Page answers with the page.
func Page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", policy)
	http.ServeFileFS(w, r, page, "index.html")
}

// File answers with one of the files that the page loads.
func File(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	source, ok := files[name]
	if !ok {
		problem.Write(w, r, problem.New(http.StatusNotFound, "there is no such page"))
		return
	}
	http.ServeFileFS(w, r, source, name)
}
