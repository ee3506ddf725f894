package e2e_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// accepts reports whether a service accepts an access token.
func (s *service) accepts(t *testing.T, token string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v1/sessions", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	received, err := s.contract.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, received.Body.Close())
	return received.StatusCode == http.StatusOK
}

func TestTokensAreIssuedAsConfigured(t *testing.T) {
	s := start(t, "JWT_ISSUER=https://issuer.example.com", "JWT_AUDIENCE=some-api", "JWT_ACCESS_TTL=7m", "JWT_REFRESH_TTL=9h")
	c := signIn(t, s)

	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(c.token, ".")[1])
	require.NoError(t, err)
	var claims struct {
		Issuer   string   `json:"iss"`
		Audience []string `json:"aud"`
		Issued   int64    `json:"iat"`
		Expires  int64    `json:"exp"`
	}
	require.NoError(t, json.Unmarshal(payload, &claims))
	require.Equal(t, "https://issuer.example.com", claims.Issuer)
	require.Equal(t, []string{"some-api"}, claims.Audience)
	require.EqualValues(t, 7*60, claims.Expires-claims.Issued)

	session := c.call(http.StatusOK, http.MethodGet, "/api/v1/sessions", nil).body["items"].([]any)[0].(map[string]any)
	created, err := time.Parse(time.RFC3339, session["created_at"].(string))
	require.NoError(t, err)
	expires, err := time.Parse(time.RFC3339, session["expires_at"].(string))
	require.NoError(t, err)
	require.Equal(t, 9*time.Hour, expires.Sub(created))
}

func TestKeysCanBeRotated(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	encodedPrivate, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	encodedPublic, err := x509.MarshalPKIXPublicKey(public)
	require.NoError(t, err)
	secret := strings.Repeat("s", 32)
	for name, rotation := range map[string]struct{ current, previous string }{
		"secret": {"JWT_SECRET=" + secret, "JWT_PREVIOUS_SECRET=" + secret},
		"key pair": {
			"JWT_PRIVATE_KEY=" + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encodedPrivate})),
			"JWT_PREVIOUS_PUBLIC_KEY=" + string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: encodedPublic})),
		},
	} {
		t.Run(name, func(t *testing.T) {
			token := signIn(t, start(t, rotation.current)).token

			require.True(t, start(t, rotation.current).accepts(t, token))
			require.True(t, start(t, "JWT_SECRET="+strings.Repeat("n", 32), rotation.previous).accepts(t, token))
			require.False(t, start(t, "JWT_SECRET="+strings.Repeat("n", 32)).accepts(t, token))
		})
	}
}

// Without a key, each service has a temporary one of its own.
func TestTemporaryKeysDiffer(t *testing.T) {
	require.False(t, start(t).accepts(t, signIn(t, start(t)).token))
}

func TestRefreshesAreLimited(t *testing.T) {
	s := start(t, "AUTH_SESSION_LIMIT_REQUESTS=2")
	c, a := register(t, s)
	token := c.login(a)
	for range 2 {
		token = c.call(http.StatusOK, http.MethodPost, "/api/v1/auth/refresh", refreshing(token)).body["refresh_token"].(string)
	}
	c.call(http.StatusTooManyRequests, http.MethodPost, "/api/v1/auth/refresh", refreshing(token))
}

func TestGracePeriodOfRefreshTokensEnds(t *testing.T) {
	s := start(t, "SESSION_GRACE=1ms")
	c, a := register(t, s)
	token := c.login(a)
	c.call(http.StatusOK, http.MethodPost, "/api/v1/auth/refresh", refreshing(token))
	time.Sleep(10 * time.Millisecond)
	c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(token))
}
