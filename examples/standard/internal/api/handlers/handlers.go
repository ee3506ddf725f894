// Package handlers implements the HTTP handlers. Each handler decodes a
// request, calls a service and encodes the result.
package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/api/record"
	"example.com/shop-api/internal/api/request"
	"example.com/shop-api/internal/models"
)

// RecordRoute records the route of a request.
func RecordRoute(path string) gin.HandlerFunc {
	return func(c *gin.Context) { record.Of(c.Writer).Route = path }
}

// HandleErrors responds with a problem if a handler recorded an error. Gin
// itself records an error if a response cannot be encoded as JSON.
func HandleErrors(c *gin.Context) {
	c.Next()
	if recorded := c.Errors.Last(); recorded != nil && !c.Writer.Written() {
		problem.Write(c.Writer, c.Request, recorded.Err)
	}
}

// Handle converts a handler that returns an error. The error is recorded for
// HandleErrors.
func Handle(handler func(c *gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := handler(c); err != nil {
			_ = c.Error(err)
			c.Abort()
		}
	}
}

// NotFound handles requests for unknown paths.
func NotFound(c *gin.Context) {
	problem.Write(c.Writer, c.Request, problem.New(http.StatusNotFound, "the path does not exist"))
}

// MethodNotAllowed handles requests with unsupported methods.
func MethodNotAllowed(c *gin.Context) {
	middleware.MethodNotAllowed(c.Writer, c.Request, c.Writer.Header().Get("Allow"))
}

// Guarded converts a guard to middleware.
func Guarded(guard middleware.Guard) gin.HandlerFunc {
	return Handle(func(c *gin.Context) error {
		ctx, err := guard(c.Writer, c.Request)
		if err != nil {
			return err
		}
		c.Request = c.Request.WithContext(ctx)
		return nil
	})
}

// reply responds with the result of an action as JSON.
func reply[T any](c *gin.Context, status int, act func(r *http.Request) (T, error)) error {
	body, err := act(c.Request)
	if err != nil {
		return err
	}
	c.JSON(status, body)
	return nil
}

// done responds without a body after an action.
func done(c *gin.Context, act func(r *http.Request) error) error {
	if err := act(c.Request); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// setVersion sets the headers of a response that contains a version of an item.
// Clients can store it, but have to ask whether it is still current.
func setVersion(header http.Header, version int64) {
	header.Set("ETag", request.ETag(version))
	header.Set("Cache-Control", "private, no-cache")
	header.Add("Vary", "Authorization")
}

// list is the JSON representation of a page.
type list[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
	Total      *int64  `json:"total,omitempty"`
}

// listOf converts a page of a list in the given order to its JSON representation.
func listOf[V, T any](page models.Page[V], sort models.PageSort, output func(V) T) list[T] {
	items := make([]T, len(page.Items))
	for i, item := range page.Items {
		items[i] = output(item)
	}
	return list[T]{Items: items, NextCursor: request.Cursor(sort, page.Next), Total: page.Total}
}
