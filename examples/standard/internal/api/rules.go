package api

import (
	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/models"
)

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
