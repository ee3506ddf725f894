// Package authtest runs an OpenID provider for tests.
package authtest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/require"
)

const (
	// Audience is the audience of access tokens for the service.
	Audience = "test-service"

	// PublicURL is the URL of the service as browsers see it.
	PublicURL = "https://service.example.com"
)

// Provider is an OpenID provider that runs until the end of a test.
type Provider struct {
	t    testing.TB
	mock *mockoidc.MockOIDC

	away      atomic.Bool
	keysAsked atomic.Int64
}

// Start starts a provider that has the service registered as a client.
func Start(t testing.TB) *Provider {
	t.Helper()
	mock, err := mockoidc.NewServer(nil)
	require.NoError(t, err)
	p := &Provider{t: t, mock: mock}
	require.NoError(t, mock.AddMiddleware(p.strict))

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, mock.Start(listener, nil))
	t.Cleanup(func() { require.NoError(t, mock.Shutdown()) })
	return p
}

// strict adds what the mock lacks: it requires PKCE and a nonce, sends the iss
// parameter (RFC 9207), accepts the client secret in basic authentication, and
// can simulate an outage.
func (p *Provider) strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.away.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		switch r.URL.Path {
		case mockoidc.DiscoveryEndpoint:
			p.discovery(w, r, next)
		case mockoidc.AuthorizationEndpoint:
			p.authorize(w, r, next)
		case mockoidc.TokenEndpoint:
			id, secret, _ := r.BasicAuth()
			_ = r.ParseForm()
			r.Form.Set("client_id", id)
			r.Form.Set("client_secret", secret)
			next.ServeHTTP(w, r)
		case mockoidc.JWKSEndpoint:
			p.keysAsked.Add(1)
			next.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (p *Provider) discovery(w http.ResponseWriter, r *http.Request, next http.Handler) {
	response := httptest.NewRecorder()
	next.ServeHTTP(response, r)
	var metadata map[string]any
	_ = json.Unmarshal(response.Body.Bytes(), &metadata)
	metadata["authorization_response_iss_parameter_supported"] = true
	metadata["end_session_endpoint"] = p.Issuer() + "/logout"
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(metadata)
}

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request, next http.Handler) {
	query := r.URL.Query()
	if query.Get("nonce") == "" || query.Get("code_challenge") == "" || query.Get("code_challenge_method") != "S256" {
		http.Error(w, "a nonce and a code challenge are required", http.StatusBadRequest)
		return
	}
	response := httptest.NewRecorder()
	next.ServeHTTP(response, r)
	maps.Copy(w.Header(), response.Header())
	if location, err := response.Result().Location(); err == nil {
		w.Header().Set("Location", With(location.String(), "iss", p.Issuer()))
	}
	w.WriteHeader(response.Code)
}

// Issuer returns the issuer URL of the provider.
func (p *Provider) Issuer() string { return p.mock.Issuer() }

// ClientID returns the client ID of the service.
func (p *Provider) ClientID() string { return p.mock.ClientID }

// ClientSecret returns the client secret of the service.
func (p *Provider) ClientSecret() string { return p.mock.ClientSecret }

// Environ returns the environment variables for a service that uses the
// provider.
func (p *Provider) Environ() []string {
	return []string{
		"OIDC_ISSUER=" + p.Issuer(),
		"OIDC_AUDIENCE=" + Audience,
		"OIDC_CLIENT_ID=" + p.ClientID(),
		"OIDC_CLIENT_SECRET=" + p.ClientSecret(),
		"PUBLIC_URL=" + PublicURL,
	}
}

// Leave makes the provider fail all requests until Return is called.
func (p *Provider) Leave() { p.away.Store(true) }

// Return makes the provider available again.
func (p *Provider) Return() { p.away.Store(false) }

// KeysAsked returns how often the keys of the provider were requested.
func (p *Provider) KeysAsked() int { return int(p.keysAsked.Load()) }

// Rotate makes the provider sign with a new key and forget the previous one.
func (p *Provider) Rotate() {
	p.t.Helper()
	keys, err := mockoidc.RandomKeypair(2048)
	require.NoError(p.t, err)
	p.mock.Keypair = keys
}

// Token is an unsigned access token. Tests may modify any part of it.
type Token struct {
	Header map[string]any
	Claims map[string]any
	Method jwt.SigningMethod
	Key    any
}

// Token returns a valid access token for a subject.
func (p *Provider) Token(subject string) *Token {
	p.t.Helper()
	id, err := p.mock.Keypair.KeyID()
	require.NoError(p.t, err)
	now := time.Now()
	return &Token{
		Header: map[string]any{"typ": "at+jwt", "kid": id},
		Claims: map[string]any{
			"iss":       p.Issuer(),
			"aud":       Audience,
			"sub":       subject,
			"client_id": p.ClientID(),
			"iat":       now.Unix(),
			"exp":       now.Add(5 * time.Minute).Unix(),
			"jti":       uuid.NewString(),
		},
		Method: jwt.SigningMethodRS256,
		Key:    p.mock.Keypair.PrivateKey,
	}
}

// Sign returns the signed token.
func (t *Token) Sign(tb testing.TB) string {
	tb.Helper()
	token := jwt.NewWithClaims(t.Method, jwt.MapClaims(t.Claims))
	maps.Copy(token.Header, t.Header)
	signed, err := token.SignedString(t.Key)
	require.NoError(tb, err)
	return signed
}

// AccessToken returns a signed access token for a subject.
func (p *Provider) AccessToken(subject string) string {
	p.t.Helper()
	return p.Token(subject).Sign(p.t)
}

// OtherKey returns a key that is unknown to the provider.
func OtherKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

// SignIn signs a user in at the authorization URL, as a browser would, and
// returns the URL that the provider redirects to. The claims are added to the
// ID token and override those of the provider.
func (p *Provider) SignIn(location string, claims map[string]any) (callback string) {
	p.t.Helper()
	p.mock.QueueUser(user(claims))
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, location, nil)
	require.NoError(p.t, err)
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	require.NoError(p.t, err)
	defer response.Body.Close()
	require.Equal(p.t, http.StatusFound, response.StatusCode)
	return response.Header.Get("Location")
}

// With returns a URL with a query parameter set to value, or removed if value
// is empty.
func With(address, parameter, value string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	query := parsed.Query()
	query.Set(parameter, value)
	if value == "" {
		query.Del(parameter)
	}
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

// user is a user of the provider, represented by the claims about them.
type user map[string]any

// ID implements mockoidc.User.
func (u user) ID() string {
	subject, _ := u["sub"].(string)
	return subject
}

// Userinfo implements mockoidc.User.
func (u user) Userinfo([]string) ([]byte, error) { return json.Marshal(u) }

// Claims implements mockoidc.User.
func (u user) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	encoded, err := json.Marshal(base)
	if err != nil {
		return nil, err
	}
	claims := jwt.MapClaims{}
	err = json.Unmarshal(encoded, &claims)
	if err != nil {
		return nil, err
	}
	maps.Copy(claims, u)
	return claims, nil
}
