// Package docs serves a page that displays the OpenAPI spec. The program
// contains all files of the page.
package docs

import (
	"embed"
	"io/fs"
	"net/http"
	"path"

	swagger "github.com/swaggo/files/v2"

	"example.com/shop-api/internal/api/problem"
)

//go:embed index.html initializer.js
var page embed.FS

// policy allows the scripts of the page, and the inline styles that Swagger UI
// needs.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// files are the files available at /docs/{file}.
var files = map[string]fs.FS{
	"initializer.js":       page,
	"favicon-32x32.png":    swagger.FS,
	"swagger-ui.css":       swagger.FS,
	"swagger-ui-bundle.js": swagger.FS,
}

// Page serves the page.
func Page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", policy)
	http.ServeFileFS(w, r, page, "index.html")
}

// File serves one of the files of the page.
func File(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	source, ok := files[name]
	if !ok {
		problem.Write(w, r, problem.New(http.StatusNotFound, "page not found"))
		return
	}
	http.ServeFileFS(w, r, source, name)
}
