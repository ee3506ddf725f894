package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"example.com/hello-api/internal/api/docs"
	"example.com/hello-api/internal/api/handlers"
)

// Route is a route of the service.
type Route struct {
	Method string

	// Path is a template, such as /api/v1/orders/{id}.
	Path string

	handler gin.HandlerFunc
}

// Routes returns all routes of the service.
func Routes(deps Deps) []Route {
	routes := []Route{
		{http.MethodGet, "/livez", gin.WrapF(livez)},
		{http.MethodGet, "/readyz", gin.WrapF(readyz(deps.Health))},
		{http.MethodGet, "/openapi.yaml", gin.WrapF(openAPI)},
	}
	if deps.Config.Docs {
		routes = append(routes,
			Route{http.MethodGet, "/docs", gin.WrapF(docs.Page)},
			Route{http.MethodGet, "/docs/{file}", gin.WrapF(docs.File)},
		)
	}

	taskHandlers := handlers.NewTasks(deps.Services.Tasks)
	routes = append(routes,
		Route{http.MethodPost, "/api/v1/tasks", handlers.Handle(taskHandlers.Create)},
		Route{http.MethodGet, "/api/v1/tasks", handlers.Handle(taskHandlers.List)},
		Route{http.MethodGet, "/api/v1/tasks/{id}", handlers.Handle(taskHandlers.Get)},
		Route{http.MethodPut, "/api/v1/tasks/{id}", handlers.Handle(taskHandlers.Replace)},
		Route{http.MethodPatch, "/api/v1/tasks/{id}", handlers.Handle(taskHandlers.Patch)},
		Route{http.MethodDelete, "/api/v1/tasks/{id}", handlers.Handle(taskHandlers.Delete)},
	)
	return routes
}

// parameters converts the parameters of a path to the syntax of Gin: {id}
// becomes :id.
var parameters = strings.NewReplacer("{", ":", "}", "")

// newRouter returns a router with all routes.
func newRouter(deps Deps) http.Handler {
	router := emptyRouter()
	for _, route := range Routes(deps) {
		router.Handle(route.Method, parameters.Replace(route.Path),
			handlers.RecordRoute(route.Path),
			handlers.HandleErrors,
			route.handler,
		)
	}
	return router
}

// emptyRouter returns a Gin router that does not interpret paths and headers.
func emptyRouter() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()

	// An escaped slash is part of a path segment, not a separator. Similar
	// paths are different paths, so there are no redirects.
	router.UseRawPath = true
	router.RedirectTrailingSlash = false

	// Make the gin context end together with the request context.
	router.ContextWithFallback = true

	// The middleware already determines the client address, so gin must not
	// trust any headers.
	_ = router.SetTrustedProxies(nil)

	router.NoRoute(handlers.NotFound)
	router.HandleMethodNotAllowed = true
	router.NoMethod(handlers.MethodNotAllowed)
	return router
}
