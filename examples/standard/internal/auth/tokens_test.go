package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
)

const testSecret = "0123456789abcdef0123456789abcdef"

func keyPair(t testing.TB) (private, public string) {
	t.Helper()
	publicKey, privateKey, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(privateKey)
	require.NoError(t, err)
	pkix, err := x509.MarshalPKIXPublicKey(publicKey)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix}))
}

func newTokens(t testing.TB, cfg Config) *Tokens {
	t.Helper()
	cfg.Issuer, cfg.Audience = "issuer", "audience"
	cfg.AccessTTL, cfg.RefreshTTL = 15*time.Minute, 24*time.Hour
	tokens, err := NewTokens(cfg)
	require.NoError(t, err)
	return tokens
}

func testUser() models.User {
	return models.User{ID: uuid.New(), Role: models.RoleAdmin}
}

func TestVerifyAcceptsIssuedToken(t *testing.T) {
	private, _ := keyPair(t)
	for name, cfg := range map[string]Config{"EdDSA": {PrivateKey: private}, "HS256": {Secret: testSecret}} {
		t.Run(name, func(t *testing.T) {
			tokens, user, session := newTokens(t, cfg), testUser(), uuid.New()

			token, err := tokens.Issue(user, session, time.Now())
			require.NoError(t, err)
			caller, err := tokens.Verify(token)

			require.NoError(t, err)
			require.Equal(t, User{ID: user.ID, Roles: []string{user.Role}, SessionID: session}, caller)
		})
	}
}

func TestVerifyAcceptsPreviousKey(t *testing.T) {
	private, public := keyPair(t)
	next, _ := keyPair(t)
	for name, change := range map[string]struct{ old, rotated Config }{
		"EdDSA":          {Config{PrivateKey: private}, Config{PrivateKey: next, PreviousPublicKey: public}},
		"HS256":          {Config{Secret: testSecret}, Config{Secret: strings.Repeat("x", 32), PreviousSecret: testSecret}},
		"HS256 to EdDSA": {Config{Secret: testSecret}, Config{PrivateKey: next, PreviousSecret: testSecret}},
	} {
		t.Run(name, func(t *testing.T) {
			old, rotated := newTokens(t, change.old), newTokens(t, change.rotated)
			user := testUser()

			token, err := old.Issue(user, uuid.New(), time.Now())
			require.NoError(t, err)
			_, err = rotated.Verify(token)
			require.NoError(t, err)

			token, err = rotated.Issue(user, uuid.New(), time.Now())
			require.NoError(t, err)
			_, err = old.Verify(token)
			require.Error(t, err, "the previous key must not sign")
		})
	}
}

func TestTokensExpire(t *testing.T) {
	tokens := newTokens(t, Config{Secret: testSecret})
	synctest.Test(t, func(t *testing.T) {
		token, err := tokens.Issue(testUser(), uuid.New(), time.Now())
		require.NoError(t, err)

		time.Sleep(tokens.cfg.AccessTTL)
		_, err = tokens.Verify(token)
		require.NoError(t, err, "the leeway must be accepted")

		time.Sleep(leeway + time.Second)
		_, err = tokens.Verify(token)
		require.Equal(t, apperr.Unauthenticated, apperr.KindOf(err))
	})
}

func TestVerifiedTokenIsNotVerifiedAgainForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := newTokens(t, Config{Secret: testSecret})
		token, err := tokens.Issue(testUser(), uuid.New(), time.Now())
		require.NoError(t, err)
		user, err := tokens.Verify(token)
		require.NoError(t, err)

		tokens.keys = nil
		again, err := tokens.Verify(token)
		require.NoError(t, err)
		require.Equal(t, user, again)

		time.Sleep(verifiedTime)
		_, err = tokens.Verify(token)
		require.Equal(t, apperr.Unauthenticated, apperr.KindOf(err))
	})
}

func TestVerifyRejectsForgedTokens(t *testing.T) {
	private, public := keyPair(t)
	other, _ := keyPair(t)
	tokens := newTokens(t, Config{PrivateKey: private, PreviousSecret: testSecret})
	own := tokens.signing
	previous := secretKey(testSecret)
	foreign := newTokens(t, Config{PrivateKey: other}).signing

	// forge signs a valid token after applying a change.
	forge := func(method jwt.SigningMethod, key any, change func(header map[string]any, claims jwt.MapClaims)) string {
		claims := jwt.MapClaims{
			"iss": "issuer", "aud": "audience", "sub": uuid.NewString(), "role": "admin", "sid": uuid.NewString(),
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		}
		token := jwt.NewWithClaims(method, claims)
		token.Header["typ"], token.Header["kid"] = tokenType, own.id
		change(token.Header, claims)
		signed, err := token.SignedString(key)
		require.NoError(t, err)
		return signed
	}
	edDSA, hs256 := jwt.SigningMethodEdDSA, jwt.SigningMethodHS256
	header := func(name string, value any) func(map[string]any, jwt.MapClaims) {
		return func(header map[string]any, _ jwt.MapClaims) { header[name] = value }
	}
	claim := func(name string, value any) func(map[string]any, jwt.MapClaims) {
		return func(_ map[string]any, claims jwt.MapClaims) { claims[name] = value }
	}
	good := forge(edDSA, own.sign, header("typ", tokenType))
	_, err := tokens.Verify(good)
	require.NoError(t, err)

	for name, token := range map[string]string{
		"empty":                           "",
		"not a token":                     "a.b.c",
		"no signature":                    strings.Join(strings.Split(good, ".")[:2], ".") + ".",
		"padded":                          good + "=",
		"extra segment":                   good + ".x",
		"alg none":                        forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, header("typ", tokenType)),
		"the public key as a secret":      forge(hs256, []byte(public), header("typ", tokenType)),
		"the other algorithm's key id":    forge(edDSA, own.sign, header("kid", previous.id)),
		"a method that is not configured": forge(jwt.SigningMethodHS512, []byte(testSecret), header("kid", previous.id)),
		"another key":                     forge(edDSA, foreign.sign, header("typ", tokenType)),
		"another key and its id":          forge(edDSA, foreign.sign, header("kid", foreign.id)),
		"no key id":                       forge(edDSA, own.sign, func(h map[string]any, _ jwt.MapClaims) { delete(h, "kid") }),
		"a key ID that is not a string":   forge(edDSA, own.sign, header("kid", 1)),
		"another type":                    forge(edDSA, own.sign, header("typ", "JWT")),
		"a critical header":               forge(edDSA, own.sign, header("crit", []string{"exp"})),
		"expired":                         forge(edDSA, own.sign, claim("exp", time.Now().Add(-time.Minute).Unix())),
		"no expiry":                       forge(edDSA, own.sign, func(_ map[string]any, c jwt.MapClaims) { delete(c, "exp") }),
		"issued in the future":            forge(edDSA, own.sign, claim("iat", time.Now().Add(time.Minute).Unix())),
		"not valid yet":                   forge(edDSA, own.sign, claim("nbf", time.Now().Add(time.Minute).Unix())),
		"another issuer":                  forge(edDSA, own.sign, claim("iss", "somebody")),
		"another audience":                forge(edDSA, own.sign, claim("aud", "somebody")),
		"a subject that is not a user ID": forge(edDSA, own.sign, claim("sub", "admin")),
		"no session":                      forge(edDSA, own.sign, func(_ map[string]any, c jwt.MapClaims) { delete(c, "sid") }),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tokens.Verify(token)

			require.Equal(t, apperr.Unauthenticated, apperr.KindOf(err))
		})
	}
}

func TestSuccessorsDependOnKey(t *testing.T) {
	session := uuid.New()
	one, same, other := newTokens(t, Config{Secret: testSecret}), newTokens(t, Config{Secret: testSecret}), newTokens(t, Config{Secret: strings.Repeat("x", 32)})

	require.Equal(t, one.successor(session, "a"), same.successor(session, "a"))
	require.NotEqual(t, one.successor(session, "a"), other.successor(session, "a"))
	require.NotEqual(t, one.successor(session, "a"), one.successor(session, "b"))
	found, ok := sessionOf(one.successor(session, "a"))
	require.True(t, ok)
	require.Equal(t, session, found)
}

func TestNewTokensRequiresOneKey(t *testing.T) {
	private, _ := keyPair(t)
	for name, cfg := range map[string]Config{
		"none":                {},
		"both":                {PrivateKey: private, Secret: testSecret},
		"broken private key":  {PrivateKey: "key"},
		"broken previous key": {Secret: testSecret, PreviousPublicKey: "key"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewTokens(cfg)

			require.Error(t, err)
		})
	}
}

func FuzzVerify(f *testing.F) {
	tokens := newTokens(f, Config{Secret: testSecret})
	token, err := tokens.Issue(testUser(), uuid.New(), time.Now())
	require.NoError(f, err)
	f.Add(token)
	f.Add("a.b.c")

	f.Fuzz(func(t *testing.T, input string) {
		_, err := tokens.Verify(input)
		if err == nil && input != token {
			t.Fatalf("a token that was not issued is valid: %q", input)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	private, _ := keyPair(b)
	for name, cfg := range map[string]Config{"EdDSA": {PrivateKey: private}, "HS256": {Secret: testSecret}} {
		b.Run(name, func(b *testing.B) {
			tokens := newTokens(b, cfg)
			token, err := tokens.Issue(testUser(), uuid.New(), time.Now())
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = tokens.Verify(token)
			}
		})
	}
}
