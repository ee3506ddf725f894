package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"example.com/shop-api/internal/api/docs"
	"example.com/shop-api/internal/api/handlers"
	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/models"
)

// Route is a route of the service.
type Route struct {
	Method string

	// Path is a template, such as /api/v1/orders/{id}.
	Path string

	// Rule says who may call the route.
	Rule Rule

	handler gin.HandlerFunc
}

// Routes returns all routes of the service and who may call them.
func Routes(deps Deps) []Route {
	routes := []Route{
		{http.MethodGet, "/livez", Public, gin.WrapF(livez)},
		{http.MethodGet, "/readyz", Public, gin.WrapF(readyz(deps.Health))},
		{http.MethodGet, "/openapi.yaml", Public, gin.WrapF(openAPI)},
	}
	if deps.Config.Docs {
		routes = append(routes,
			Route{http.MethodGet, "/docs", Public, gin.WrapF(docs.Page)},
			Route{http.MethodGet, "/docs/{file}", Public, gin.WrapF(docs.File)},
		)
	}

	auth := handlers.NewAuth(deps.Auth)
	routes = append(routes,
		Route{http.MethodPost, "/api/v1/auth/register", SignIn, handlers.Handle(auth.Register)},
		Route{http.MethodPost, "/api/v1/auth/login", SignIn, handlers.Handle(auth.Login)},
		Route{http.MethodPost, "/api/v1/auth/refresh", Public, handlers.Handle(auth.Refresh)},
		Route{http.MethodPost, "/api/v1/auth/logout", Public, handlers.Handle(auth.Logout)},
		Route{http.MethodGet, "/api/v1/me", SignedIn, handlers.Handle(auth.Me)},
		Route{http.MethodDelete, "/api/v1/me", SignedIn, handlers.Handle(auth.DeleteMe)},
		Route{http.MethodPut, "/api/v1/me/password", SignedIn, handlers.Handle(auth.ChangePassword)},
		Route{http.MethodGet, "/api/v1/sessions", SignedIn, handlers.Handle(auth.Sessions)},
		Route{http.MethodDelete, "/api/v1/sessions", SignedIn, handlers.Handle(auth.EndSessions)},
		Route{http.MethodDelete, "/api/v1/sessions/{id}", SignedIn, handlers.Handle(auth.EndSession)},
		Route{http.MethodGet, "/api/v1/users", Admin, handlers.Handle(auth.Users)},
		Route{http.MethodPatch, "/api/v1/users/{id}", Admin, handlers.Handle(auth.ChangeUser)},
	)

	customerHandlers := handlers.NewCustomers(deps.Services.Customers)
	routes = append(routes,
		Route{http.MethodPost, "/api/v1/customers", SignedIn, handlers.Handle(customerHandlers.Create)},
		Route{http.MethodGet, "/api/v1/customers", SignedIn, handlers.Handle(customerHandlers.List)},
		Route{http.MethodGet, "/api/v1/customers/{id}", SignedIn, handlers.Handle(customerHandlers.Get)},
		Route{http.MethodPut, "/api/v1/customers/{id}", SignedIn, handlers.Handle(customerHandlers.Replace)},
		Route{http.MethodPatch, "/api/v1/customers/{id}", SignedIn, handlers.Handle(customerHandlers.Patch)},
		Route{http.MethodDelete, "/api/v1/customers/{id}", SignedIn, handlers.Handle(customerHandlers.Delete)},
	)

	orderHandlers := handlers.NewOrders(deps.Services.Orders, deps.Services.Customers)
	routes = append(routes,
		Route{http.MethodPost, "/api/v1/orders", SignedIn, handlers.Handle(orderHandlers.Create)},
		Route{http.MethodGet, "/api/v1/orders", SignedIn, handlers.Handle(orderHandlers.List)},
		Route{http.MethodGet, "/api/v1/orders/{id}", SignedIn, handlers.Handle(orderHandlers.Get)},
		Route{http.MethodPut, "/api/v1/orders/{id}", SignedIn, handlers.Handle(orderHandlers.Replace)},
		Route{http.MethodPatch, "/api/v1/orders/{id}", SignedIn, handlers.Handle(orderHandlers.Patch)},
		Route{http.MethodDelete, "/api/v1/orders/{id}", SignedIn, handlers.Handle(orderHandlers.Delete)},
		Route{http.MethodGet, "/api/v1/customers/{id}/orders", SignedIn, handlers.Handle(orderHandlers.ListByCustomer)},
		Route{http.MethodGet, "/api/v1/customers/{id}/orders-by-invoice-to", SignedIn, handlers.Handle(orderHandlers.ListByInvoiceTo)},
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
			handlers.Guarded(deps.guard(route.Rule)),
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

// Rule says who may call a route.
type Rule string

// The rules.
const (
	// Public allows everyone.
	Public Rule = "public"

	// SignIn allows everyone who stays within the rate limit of sign-ins.
	SignIn Rule = "sign-in"

	// SignedIn allows users who are signed in.
	SignedIn Rule = "signed-in"

	// Admin allows users who are signed in and have the role admin.
	Admin Rule = "admin"
)

// guard returns the guard for a rule. An unknown rule is as strict as Admin.
func (deps Deps) guard(rule Rule) middleware.Guard {
	signedIn := middleware.Authenticated(deps.Tokens)
	switch rule {
	case Public:
		return middleware.All()
	case SignIn:
		return middleware.Within(deps.AuthLimiter)
	case SignedIn:
		return signedIn
	default:
		return middleware.All(signedIn, middleware.HasRole(models.RoleAdmin))
	}
}
