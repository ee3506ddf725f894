package middleware

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"example.com/market-api/internal/api/problem"
)

// Methods answers what no handler should have to: HEAD with the headers of
// GET, and OPTIONS * with nothing.
func Methods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodHead:
			get := r.WithContext(r.Context())
			get.Method = http.MethodGet
			answer := &headAnswer{ResponseWriter: w, status: http.StatusOK}
			next.ServeHTTP(answer, get)
			answer.finish()
		case r.Method == http.MethodOptions && r.RequestURI == "*":
			w.WriteHeader(http.StatusNoContent)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// headAnswer counts the body that it throws away.
type headAnswer struct {
	http.ResponseWriter

	status int
	length int
}

func (a *headAnswer) WriteHeader(status int) { a.status = status }

func (a *headAnswer) Write(data []byte) (int, error) {
	a.length += len(data)
	return len(data), nil
}

// Flush implements http.Flusher: there is nothing to send before the end.
func (a *headAnswer) Flush() {}

func (a *headAnswer) finish() {
	if a.length > 0 {
		a.Header().Set("Content-Length", strconv.Itoa(a.length))
	}
	a.ResponseWriter.WriteHeader(a.status)
}

// MethodNotAllowed answers a request whose method its path does not have. The
// router says which methods it has; OPTIONS is the request to be told these.
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
	problem.Write(w, r, problem.New(http.StatusMethodNotAllowed, "the path does not have this method"))
}
