package middleware_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/ratelimit"
	"example.com/shop-api/internal/reqctx"
)

// tokens accepts a single token.
type tokens map[string]auth.Claims

func (t tokens) Verify(token string) (auth.Claims, error) {
	claims, ok := t[token]
	if !ok {
		return auth.Claims{}, apperr.New(apperr.Unauthenticated, "the access token is not valid")
	}
	return claims, nil
}

// guarded runs a guard on a request and fills info with the identity of the
// caller.
func guarded(t *testing.T, guard middleware.Guard, info *reqctx.Info, authorization string) error {
	t.Helper()
	r := get("/")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return guard(r.WithContext(reqctx.With(t.Context(), info)))
}

func TestAuthenticated(t *testing.T) {
	caller := auth.Claims{UserID: uuid.New(), Role: "user"}
	guard := middleware.Authenticated(tokens{"good": caller})
	for _, authorization := range []string{"Bearer good", "bearer good", "BEARER  good "} {
		var info reqctx.Info
		require.NoError(t, guarded(t, guard, &info, authorization))
		require.Equal(t, caller.UserID, info.UserID)
		require.Equal(t, caller.Role, info.Role)
	}
	for _, authorization := range []string{"", "good", "Bearer", "Bearer ", "Bearer bad", "Basic good", "Bearer good good", "Bearergood"} {
		var info reqctx.Info
		err := guarded(t, guard, &info, authorization)
		require.Equal(t, apperr.Unauthenticated, apperr.KindOf(err), authorization)
		require.Zero(t, info)
	}
}

func TestHasRole(t *testing.T) {
	guard := middleware.HasRole("admin")

	require.NoError(t, guarded(t, guard, &reqctx.Info{Role: "admin"}, ""))
	require.Equal(t, apperr.Forbidden, apperr.KindOf(guarded(t, guard, &reqctx.Info{Role: "user"}, "")))
	require.Equal(t, apperr.Forbidden, apperr.KindOf(guarded(t, guard, &reqctx.Info{}, "")))
}

func TestWithin(t *testing.T) {
	guard := middleware.Within(ratelimit.NewLocal(ratelimit.Rate{Requests: 1, Per: time.Minute}))

	require.NoError(t, guarded(t, guard, &reqctx.Info{ClientIP: "192.0.2.1"}, ""))
	require.Equal(t, apperr.RateLimited, apperr.KindOf(guarded(t, guard, &reqctx.Info{ClientIP: "192.0.2.1"}, "")))
	require.NoError(t, guarded(t, guard, &reqctx.Info{ClientIP: "192.0.2.2"}, ""))
}

func TestAccessLogContainsUser(t *testing.T) {
	var log bytes.Buffer
	id := uuid.New()
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reqctx.From(r.Context()).UserID = id })
	serve(handler, get("/"), middleware.Context(nil), middleware.AccessLog(newLog(&log)))
	serve(ok, get("/"), middleware.Context(nil), middleware.AccessLog(newLog(&log)))

	lines := logged(t, &log)
	require.Equal(t, id.String(), lines[0]["user_id"])
	require.NotContains(t, lines[1], "user_id")
}
