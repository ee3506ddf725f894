// Package handlers answers the routes: each handler reads a request, calls a
// service and writes what it returns.
package handlers

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/api/request"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/reqctx"
)

// RecordRoute notes which route a request has matched.
func RecordRoute(c *gin.Context) {
	reqctx.From(c.Request.Context()).Route = braced(c.FullPath())
}

// AnswerFailures answers for the handlers whose answer could not be written as
// JSON: gin notes why, and would send a success without a body.
func AnswerFailures(c *gin.Context) {
	c.Next()
	if err := c.Errors.Last(); err != nil && !c.Writer.Written() {
		problem.Write(c.Writer, c.Request, err)
	}
}

// NotFound answers for the paths that do not exist.
func NotFound(c *gin.Context) {
	fail(c, problem.New(http.StatusNotFound, "there is nothing at this path"))
}

// MethodNotAllowed answers for the methods that a path does not have.
func MethodNotAllowed(c *gin.Context) {
	middleware.MethodNotAllowed(c.Writer, c.Request, c.Writer.Header().Get("Allow"))
}

// Guarded lets the requests pass that a guard lets pass.
func Guarded(guard middleware.Guard) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := guard(c.Request); err != nil {
			fail(c, err)
		}
	}
}

// fail answers with the problem that err is, and with nothing after it.
func fail(c *gin.Context, err error) {
	problem.Write(c.Writer, c.Request, err)
	c.Abort()
}

// list is the JSON representation of a page.
type list[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// listOf converts a page to its JSON representation.
func listOf[V, T any](page models.Page[V], output func(V) T) list[T] {
	items := make([]T, len(page.Items))
	for i, item := range page.Items {
		items[i] = output(item)
	}
	return list[T]{Items: items, NextCursor: request.Cursor(page.Next)}
}

// braced converts the parameters of a route to the syntax of OpenAPI: :id
// becomes {id}.
func braced(route string) string {
	segments := strings.Split(route, "/")
	for i, segment := range segments {
		if name, ok := strings.CutPrefix(segment, ":"); ok {
			segments[i] = "{" + name + "}"
		}
	}
	return strings.Join(segments, "/")
}
