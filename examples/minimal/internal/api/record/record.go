// Package record keeps what the layers find out about a request, for the access
// log, the metrics and the traces.
package record

import (
	"net/http"
)

// Response is a ResponseWriter that records the response. The fields are set
// while the request is handled, by one goroutine at a time.
type Response struct {
	http.ResponseWriter

	// Status and Bytes are what has been sent. Status is 0 before that.
	Status int
	Bytes  int64

	// Route is the path template, such as /api/v1/orders/{id}. It is empty
	// until the router has matched a route.
	Route string

	// Err is the error that the request failed with. It is meant for the log,
	// not for the client.
	Err error
}

// New returns a Response that writes to w.
func New(w http.ResponseWriter) *Response { return &Response{ResponseWriter: w} }

// Of returns the Response that w writes to. If there is none, it returns one
// whose record is discarded.
func Of(w http.ResponseWriter) *Response {
	for inner := w; ; {
		switch wrapper := inner.(type) {
		case *Response:
			return wrapper
		case interface{ Unwrap() http.ResponseWriter }:
			inner = wrapper.Unwrap()
		default:
			return New(w)
		}
	}
}

// WriteHeader implements http.ResponseWriter.
func (r *Response) WriteHeader(status int) {
	if r.Status == 0 && status >= http.StatusOK {
		r.Status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *Response) Write(data []byte) (int, error) {
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(data)
	r.Bytes += int64(n)
	return n, err
}

// Flush implements http.Flusher, for handlers that check for it.
func (r *Response) Flush() {
	// If the writer cannot flush, the response is sent when it is complete.
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}

// Unwrap gives http.ResponseController access to the underlying writer.
func (r *Response) Unwrap() http.ResponseWriter { return r.ResponseWriter }
