package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/shop-api/internal/api/docs"
	"example.com/shop-api/internal/api/handlers"
	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/models"
)

// routes returns a router with all routes of the service.
func routes(deps Deps) http.Handler {
	router := newRouter()
	root := router.Group("/", handlers.RecordRoute, handlers.HandleErrors)

	root.GET("/livez", gin.WrapF(livez))
	root.GET("/readyz", gin.WrapF(readyz(deps.Health)))
	root.GET("/openapi.yaml", gin.WrapF(openAPI))
	if deps.Config.Docs {
		root.GET("/docs", gin.WrapF(docs.Page))
		root.GET("/docs/:file", gin.WrapF(docs.File))
	}

	v1 := root.Group("/api/v1")

	auth := handlers.NewAuth(deps.Auth)
	limited := handlers.Guarded(middleware.Within(deps.AuthLimiter))
	v1.POST("/auth/register", limited, handlers.Handle(auth.Register))
	v1.POST("/auth/login", limited, handlers.Handle(auth.Login))
	v1.POST("/auth/refresh", limited, handlers.Handle(auth.Refresh))
	v1.POST("/auth/logout", handlers.Handle(auth.Logout))

	signedIn := v1.Group("", handlers.Guarded(middleware.Authenticated(deps.Tokens)))
	signedIn.GET("/me", handlers.Handle(auth.Me))
	signedIn.GET("/users", handlers.Guarded(middleware.HasRole(models.RoleAdmin)), handlers.Handle(auth.Users))

	handlers.NewTasks(deps.Services.Tasks).Register(signedIn)

	return router
}

// newRouter returns a Gin router that does not interpret paths and headers.
func newRouter() *gin.Engine {
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
