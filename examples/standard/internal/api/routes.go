package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/shop-api/internal/api/docs"
	"example.com/shop-api/internal/api/handlers"
	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/models"
)

// routes returns the router of everything that the service answers.
func routes(deps Deps) http.Handler {
	router := newRouter()
	root := router.Group("/", handlers.RecordRoute, handlers.AnswerFailures)

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
	v1.POST("/auth/register", limited, auth.Register)
	v1.POST("/auth/login", limited, auth.Login)
	v1.POST("/auth/refresh", limited, auth.Refresh)
	v1.POST("/auth/logout", auth.Logout)

	signedIn := v1.Group("", handlers.Guarded(middleware.Authenticated(deps.Tokens)))
	signedIn.GET("/me", auth.Me)
	signedIn.GET("/users", handlers.Guarded(middleware.HasRole(models.RoleAdmin)), auth.Users)

	handlers.NewTasks(deps.Services.Tasks).Register(signedIn)

	return router
}

// newRouter returns a gin that takes paths and headers as they are.
func newRouter() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()

	// An escaped slash is a part of its segment, and another path is not this
	// path: nothing is redirected.
	router.UseRawPath = true
	router.RedirectTrailingSlash = false

	// The context of a request is gin's own as well, so that both end together.
	router.ContextWithFallback = true

	// Who the client is, the middleware has found out: gin trusts no header.
	_ = router.SetTrustedProxies(nil)

	router.NoRoute(handlers.NotFound)
	router.HandleMethodNotAllowed = true
	router.NoMethod(handlers.MethodNotAllowed)
	return router
}
