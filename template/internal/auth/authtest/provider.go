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
	// Audience is what the provider calls the service.
	Audience = "test-service"

	// PublicURL is where browsers find the service.
	PublicURL = "https://service.example.com"
)

// Provider is an OpenID provider that runs until the end of a test.
type Provider struct {
	t    testing.TB
	mock *mockoidc.MockOIDC

	away      atomic.Bool
	keysAsked atomic.Int64
}

// Start starts a provider that knows the service as a client.
func Start(t testing.TB) *Provider {
	t.Helper()
	mock, err := mockoidc.NewServer(nil)
	require.NoError(t, err)
	p := &Provider{t: t, mock: mock}
	require.NoError(t, mock.AddMiddleware(p.strictly))

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, mock.Start(listener, nil))
	t.Cleanup(func() { require.NoError(t, mock.Shutdown()) })
	return p
}

// strictly adds to the provider what it lacks: it insists on PKCE and on a
// nonce, names itself in its answers (RFC 9207), takes the client's secret as a
// password, and can be away.
func (p *Provider) strictly(next http.Handler) http.Handler {
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
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	var metadata map[string]any
	_ = json.Unmarshal(answer.Body.Bytes(), &metadata)
	metadata["authorization_response_iss_parameter_supported"] = true
	metadata["end_session_endpoint"] = p.Issuer() + "/logout"
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(metadata)
}

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request, next http.Handler) {
	query := r.URL.Query()
	if query.Get("nonce") == "" || query.Get("code_challenge") == "" || query.Get("code_challenge_method") != "S256" {
		http.Error(w, "a nonce and a code challenge are needed", http.StatusBadRequest)
		return
	}
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	maps.Copy(w.Header(), answer.Header())
	if location, err := answer.Result().Location(); err == nil {
		w.Header().Set("Location", With(location.String(), "iss", p.Issuer()))
	}
	w.WriteHeader(answer.Code)
}

// Issuer returns the URL of the provider.
func (p *Provider) Issuer() string { return p.mock.Issuer() }

// ClientID returns what the provider knows the service as.
func (p *Provider) ClientID() string { return p.mock.ClientID }

// ClientSecret returns the secret of the service.
func (p *Provider) ClientSecret() string { return p.mock.ClientSecret }

// Environ returns the environment of a service that uses the provider.
func (p *Provider) Environ() []string {
	return []string{
		"OIDC_ISSUER=" + p.Issuer(),
		"OIDC_AUDIENCE=" + Audience,
		"OIDC_CLIENT_ID=" + p.ClientID(),
		"OIDC_CLIENT_SECRET=" + p.ClientSecret(),
		"PUBLIC_URL=" + PublicURL,
	}
}

// Leave makes the provider answer nothing until it is back.
func (p *Provider) Leave() { p.away.Store(true) }

// Return makes the provider answer again.
func (p *Provider) Return() { p.away.Store(false) }

// KeysAsked returns how often the provider was asked for its keys.
func (p *Provider) KeysAsked() int { return int(p.keysAsked.Load()) }

// Rotate makes the provider sign with another key, and forget the last one.
func (p *Provider) Rotate() {
	p.t.Helper()
	keys, err := mockoidc.RandomKeypair(2048)
	require.NoError(p.t, err)
	p.mock.Keypair = keys
}

// Token is an access token before it is signed: a test may change anything.
type Token struct {
	Header map[string]any
	Claims map[string]any
	Method jwt.SigningMethod
	Key    any
}

// Token returns an access token of a subject, with everything right.
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

// Sign returns the token as it is sent.
func (t *Token) Sign(tb testing.TB) string {
	tb.Helper()
	token := jwt.NewWithClaims(t.Method, jwt.MapClaims(t.Claims))
	maps.Copy(token.Header, t.Header)
	signed, err := token.SignedString(t.Key)
	require.NoError(tb, err)
	return signed
}

// AccessToken returns an access token of a subject.
func (p *Provider) AccessToken(subject string) string {
	p.t.Helper()
	return p.Token(subject).Sign(p.t)
}

// OtherKey returns a key that the provider does not know.
func OtherKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

// SignIn follows a browser to the provider, where somebody signs in, and
// returns where it is sent back to. The claims go into the ID token, also in
// the place of those that the provider makes.
func (p *Provider) SignIn(location string, claims map[string]any) (callback string) {
	p.t.Helper()
	p.mock.QueueUser(user(claims))
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, location, nil)
	require.NoError(p.t, err)
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request)
	require.NoError(p.t, err)
	defer answer.Body.Close()
	require.Equal(p.t, http.StatusFound, answer.StatusCode)
	return answer.Header.Get("Location")
}

// With returns a URL with another value of a parameter; an empty one removes it.
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

// user is somebody who signs in: the claims about them.
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
