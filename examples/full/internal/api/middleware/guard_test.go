package middleware_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/api/middleware"
	"example.com/market-api/internal/api/record"
	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/ratelimit"
)

// guarded runs a guard on a request with the given pairs of headers, and returns
// the user in the resulting context.
func guarded(t *testing.T, guard middleware.Guard, method string, headers ...string) (auth.User, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response := record.New(httptest.NewRecorder())
	ctx, err := guard(response, r)
	if err != nil {
		require.Zero(t, response.UserID)
		return auth.User{}, err
	}
	user, err := auth.UserFrom(ctx)
	require.NoError(t, err)
	require.Equal(t, user.ID, response.UserID)
	return user, nil
}

func TestAllRunsGuardsInOrder(t *testing.T) {
	user := auth.User{ID: uuid.New(), Roles: []string{"admin"}}
	signIn := func(_ http.ResponseWriter, r *http.Request) (context.Context, error) {
		return auth.WithUser(r.Context(), user), nil
	}
	hasRole := middleware.HasRole("admin")

	ctx, err := middleware.All(signIn, hasRole)(httptest.NewRecorder(), get("/"))
	require.NoError(t, err)
	found, err := auth.UserFrom(ctx)
	require.NoError(t, err)
	require.Equal(t, user, found)

	_, err = middleware.All(hasRole, signIn)(httptest.NewRecorder(), get("/"))
	require.Equal(t, apperr.Unauthenticated, apperr.KindOf(err))
	_, err = middleware.All()(httptest.NewRecorder(), get("/"))
	require.NoError(t, err)
}

func TestHasRole(t *testing.T) {
	guard := middleware.HasRole("admin")
	as := func(roles ...string) error {
		ctx := auth.WithUser(t.Context(), auth.User{ID: uuid.New(), Roles: roles})
		_, err := guard(httptest.NewRecorder(), get("/").WithContext(ctx))
		return err
	}

	require.NoError(t, as("user", "admin"))
	require.Equal(t, apperr.Forbidden, apperr.KindOf(as("user")))
	require.Equal(t, apperr.Forbidden, apperr.KindOf(as()))
	_, err := guard(httptest.NewRecorder(), get("/"))
	require.Equal(t, apperr.Unauthenticated, apperr.KindOf(err))
}

func TestWithin(t *testing.T) {
	guard := middleware.Within(ratelimit.NewLocal(ratelimit.Rate{Requests: 1, Per: time.Minute}))
	from := func(address string) error {
		r := get("/")
		r.RemoteAddr = address
		var err error
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, err = guard(w, r) })
		serve(handler, r, middleware.Context(nil))
		return err
	}

	require.NoError(t, from("192.0.2.1:1"))
	require.Equal(t, apperr.RateLimited, apperr.KindOf(from("192.0.2.1:2")))
	require.NoError(t, from("192.0.2.2:1"))
}

// The clients behind an unknown proxy do not lock each other out.
func TestWithinKnowsSharedAddresses(t *testing.T) {
	within := func(peer string, trusted []netip.Prefix, times int) error {
		guard := middleware.Within(ratelimit.NewLocal(ratelimit.Rate{Requests: 1, Per: time.Minute}))
		var err error
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, err = guard(w, r) })
		for range times {
			serve(handler, forwarded(peer), middleware.Context(trusted))
		}
		return err
	}
	for _, peer := range []string{"10.0.0.1:1", "127.0.0.1:1", "[::1]:1", "[fd00::1]:1", "[::ffff:192.168.0.1]:1", "169.254.0.1:1"} {
		require.NoError(t, within(peer, nil, 3), peer)
		require.Error(t, within(peer, []netip.Prefix{}, 3), peer)
		require.Error(t, within(peer, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, 3), peer)
	}
	require.Error(t, within("192.0.2.1:1", nil, 3), "a client on the internet")
}

func TestAccessLogContainsUser(t *testing.T) {
	var log bytes.Buffer
	id := uuid.New()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { record.Of(w).UserID = id })
	serve(handler, get("/"), middleware.Context(nil), middleware.AccessLog(newLog(&log)))
	serve(ok, get("/"), middleware.Context(nil), middleware.AccessLog(newLog(&log)))

	lines := logged(t, &log)
	require.Equal(t, id.String(), lines[0]["user_id"])
	require.NotContains(t, lines[1], "user_id")
}
