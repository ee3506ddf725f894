package middleware

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"example.com/shop-api/internal/api/problem"
)

// Methods handles HEAD requests, by discarding the body of the GET response,
// and OPTIONS * requests.
func Methods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodHead:
			get := r.WithContext(r.Context())
			get.Method = http.MethodGet
			response := &headResponse{ResponseWriter: w, status: http.StatusOK}
			next.ServeHTTP(response, get)
			response.finish()
		case r.Method == http.MethodOptions && r.RequestURI == "*":
			w.WriteHeader(http.StatusNoContent)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// headResponse counts the bytes of the body and discards them.
type headResponse struct {
	http.ResponseWriter

	status int
	length int
}

func (r *headResponse) WriteHeader(status int) { r.status = status }

func (r *headResponse) Write(data []byte) (int, error) {
	r.length += len(data)
	return len(data), nil
}

// Flush implements http.Flusher. It does nothing, because the headers are sent
// at the end.
func (r *headResponse) Flush() {}

func (r *headResponse) finish() {
	if r.length > 0 {
		r.Header().Set("Content-Length", strconv.Itoa(r.length))
	}
	r.ResponseWriter.WriteHeader(r.status)
}

// MethodNotAllowed responds to a request whose method the path does not
// support, or to an OPTIONS request. Allow lists the methods that the router
// knows. OPTIONS is always supported, and HEAD wherever GET is.
func MethodNotAllowed(w http.ResponseWriter, r *http.Request, allow string) {
	methods := append(strings.Split(allow, ", "), http.MethodOptions)
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	w.Header().Set("Allow", strings.Join(slices.Compact(methods), ", "))

	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	problem.Write(w, r, problem.New(http.StatusMethodNotAllowed, "the path does not support this method"))
}
