package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/api"
)

// TestRoutesFollowTheirRules calls every route without a token and as a user
// without roles.
func TestRoutesFollowTheirRules(t *testing.T) {
	deps := newDeps(t)
	c := newClientOf(t, deps)
	anonymous := *c
	anonymous.token = ""
	rules := map[string]api.Rule{}
	for _, route := range api.Routes(deps) {
		name := route.Method + " " + route.Path
		require.NotContains(t, rules, name, "the route has two rules")
		rules[name] = route.Rule

		path := strings.NewReplacer("{id}", uuid.NewString(), "{file}", "swagger-ui.css").Replace(route.Path)
		without := anonymous.send(route.Method, path, nil).Code
		with := c.send(route.Method, path, nil).Code
		switch route.Rule {
		case api.SignedIn:
			require.Equal(t, http.StatusUnauthorized, without, name)
			require.NotEqual(t, http.StatusForbidden, with, name)
		case api.Admin:
			require.Equal(t, http.StatusUnauthorized, without, name)
			require.Equal(t, http.StatusForbidden, with, name)
		default:
			require.NotEqual(t, http.StatusUnauthorized, without, name)
			require.NotEqual(t, http.StatusForbidden, with, name)
		}
	}
	requireDocumented(t, rules)
}

// requireDocumented requires that the OpenAPI spec has the same routes, and that
// those without authentication are marked.
func requireDocumented(t *testing.T, rules map[string]api.Rule) {
	t.Helper()
	documented := map[string]bool{}
	for path, item := range document(t).Paths.Map() {
		for method, operation := range item.Operations() {
			name := method + " " + path
			documented[name] = true
			require.Contains(t, rules, name)
			if strings.HasPrefix(path, "/api/") {
				open := operation.Security != nil && len(*operation.Security) == 0
				require.Equal(t, rules[name] != api.SignedIn && rules[name] != api.Admin, open, name)
			}
		}
	}
	for name := range rules {
		require.True(t, documented[name] || !strings.Contains(name, " /api/"), name)
	}
}
