package auth

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
)

const (
	// tokenType is the type of access tokens (RFC 9068). It keeps tokens with
	// another purpose from being accepted.
	tokenType = "at+jwt"

	// leeway is the accepted clock difference between two replicas.
	leeway = 5 * time.Second
)

// Config configures the tokens. Set exactly one of PrivateKey and Secret.
type Config struct {
	// PrivateKey is an Ed25519 key, as PKCS#8 in PEM. It signs access tokens.
	PrivateKey string

	// Secret is a key for HS256. It signs access tokens.
	Secret string

	// The previous keys, which may be empty, only verify tokens.
	PreviousPublicKey string
	PreviousSecret    string

	Issuer   string
	Audience string

	// AccessTTL is how long an access token is valid.
	AccessTTL time.Duration

	// RefreshTTL is how long a sign-in lasts, even if it is refreshed.
	RefreshTTL time.Duration
}

// Tokens issues and verifies access tokens.
type Tokens struct {
	cfg     Config
	signing key
	keys    map[string]key
	parser  *jwt.Parser

	// verified holds the tokens that were verified a moment ago.
	verified verified

	// chaining is the key from which the successors of refresh tokens are
	// derived.
	chaining []byte
}

// key is a key and the ID that refers to it in the header of a token.
type key struct {
	id     string
	method jwt.SigningMethod
	sign   any
	verify any
}

// payload is the body of an access token.
type payload struct {
	jwt.RegisteredClaims

	Role      string `json:"role"`
	SessionID string `json:"sid"`
}

// NewTokens returns Tokens with the keys of cfg.
func NewTokens(cfg Config) (*Tokens, error) {
	signing, err := signingKey(cfg)
	if err != nil {
		return nil, err
	}
	previous, err := previousKeys(cfg)
	if err != nil {
		return nil, err
	}

	chaining, err := hkdf.Key(sha256.New, []byte(cfg.PrivateKey+cfg.Secret), nil, "refresh tokens", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of refresh tokens: %w", err)
	}

	t := &Tokens{cfg: cfg, signing: signing, keys: map[string]key{}, verified: newVerified(), chaining: chaining}
	var methods []string
	for _, k := range append(previous, signing) {
		t.keys[k.id] = k
		methods = append(methods, k.method.Alg())
	}
	t.parser = jwt.NewParser(
		jwt.WithValidMethods(methods),
		jwt.WithIssuer(cfg.Issuer),
		jwt.WithAudience(cfg.Audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithStrictDecoding(),
	)
	return t, nil
}

func signingKey(cfg Config) (key, error) {
	if (cfg.PrivateKey == "") == (cfg.Secret == "") {
		return key{}, errors.New("set either a private key or a secret for access tokens")
	}
	if cfg.Secret != "" {
		return secretKey(cfg.Secret), nil
	}
	parsed, err := jwt.ParseEdPrivateKeyFromPEM([]byte(cfg.PrivateKey))
	if err != nil {
		return key{}, fmt.Errorf("parse the private key: %w", err)
	}
	private := parsed.(ed25519.PrivateKey)
	k := publicKey(private.Public().(ed25519.PublicKey))
	k.sign = private
	return k, nil
}

func previousKeys(cfg Config) ([]key, error) {
	var keys []key
	if cfg.PreviousSecret != "" {
		keys = append(keys, secretKey(cfg.PreviousSecret))
	}
	if cfg.PreviousPublicKey != "" {
		parsed, err := jwt.ParseEdPublicKeyFromPEM([]byte(cfg.PreviousPublicKey))
		if err != nil {
			return nil, fmt.Errorf("parse the previous public key: %w", err)
		}
		keys = append(keys, publicKey(parsed.(ed25519.PublicKey)))
	}
	return keys, nil
}

func secretKey(secret string) key {
	return key{
		id:     thumbprint("oct", secret),
		method: jwt.SigningMethodHS256,
		sign:   []byte(secret),
		verify: []byte(secret),
	}
}

func publicKey(public ed25519.PublicKey) key {
	return key{
		id:     thumbprint("OKP", string(public)),
		method: jwt.SigningMethodEdDSA,
		verify: public,
	}
}

// thumbprint derives a key ID from the key itself, so that all replicas use the
// same ID without coordination.
func thumbprint(kind, material string) string {
	digest := sha256.Sum256([]byte(kind + ":" + material))
	return base64.RawURLEncoding.EncodeToString(digest[:12])
}

// Issue returns an access token for a session of a user.
func (t *Tokens) Issue(user models.User, session uuid.UUID, now time.Time) (string, error) {
	token := jwt.NewWithClaims(t.signing.method, payload{
		RegisteredClaims: jwt.RegisteredClaims{
			ID:        uuid.NewString(),
			Issuer:    t.cfg.Issuer,
			Audience:  jwt.ClaimStrings{t.cfg.Audience},
			Subject:   user.ID.String(),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(t.cfg.AccessTTL)),
		},
		Role:      user.Role,
		SessionID: session.String(),
	})
	token.Header["typ"] = tokenType
	token.Header["kid"] = t.signing.id

	signed, err := token.SignedString(t.signing.sign)
	if err != nil {
		return "", fmt.Errorf("sign an access token: %w", err)
	}
	return signed, nil
}

// Verify returns the user that an access token was issued to. If the token is invalid, the
// error is apperr.Unauthenticated and does not disclose the reason to the
// client.
func (t *Tokens) Verify(token string) (User, error) {
	if user, ok := t.verified.find(token, 0); ok {
		return user, nil
	}
	var body payload
	_, err := t.parser.ParseWithClaims(token, &body, t.key)
	if err != nil {
		return User{}, invalidToken(err)
	}
	id, err := uuid.Parse(body.Subject)
	if err != nil {
		return User{}, invalidToken(err)
	}
	session, err := uuid.Parse(body.SessionID)
	if err != nil {
		return User{}, invalidToken(err)
	}
	user := User{ID: id, Roles: []string{body.Role}, SessionID: session}
	t.verified.keep(token, 0, user, body.ExpiresAt.Time)
	return user, nil
}

// successor returns the refresh token that follows another one. It is derived
// from the token, so that repeating an exchange gives the same result, and from
// a key, so that only the service can derive it.
func (t *Tokens) successor(session uuid.UUID, token string) string {
	mac := hmac.New(sha256.New, t.chaining)
	mac.Write([]byte(token))
	return refreshToken(session, mac.Sum(nil))
}

// key returns the key for a token. The algorithm is bound to the key, so a
// token cannot select another one.
func (t *Tokens) key(token *jwt.Token) (any, error) {
	_, critical := token.Header["crit"]
	if token.Header["typ"] != tokenType || critical {
		return nil, errors.New("the token is not an access token")
	}
	id, _ := token.Header["kid"].(string)
	k, known := t.keys[id]
	if !known || k.method.Alg() != token.Method.Alg() {
		return nil, errors.New("the token was not signed with a known key")
	}
	return k.verify, nil
}

func invalidToken(cause error) error {
	return apperr.Wrap(apperr.Unauthenticated, "the access token is not valid", cause)
}

const (
	// verifiedTime is how long a verified token is not verified again. It never
	// is beyond the expiry of the token.
	verifiedTime = time.Minute

	// maxVerified limits the number of tokens, which take a few MB.
	maxVerified = 10_000
)

// verified remembers the users of tokens that were verified a moment ago, because
// clients use a token many times, and a signature is expensive to verify. It has
// hashes of the tokens, not the tokens.
type verified struct {
	users *lru.Cache[digestOfToken, verifiedUser]
}

type digestOfToken = [sha256.Size]byte

type verifiedUser struct {
	user  User
	until time.Time

	// keys identifies the keys that the token was verified with.
	keys uint64
}

func newVerified() verified {
	users, err := lru.New[digestOfToken, verifiedUser](maxVerified)
	if err != nil {
		panic(fmt.Sprintf("auth: %v", err)) // only happens for a size below 1
	}
	return verified{users}
}

// find returns the user of a token that was verified with the current keys.
func (v verified) find(token string, keys uint64) (User, bool) {
	known, ok := v.users.Get(sha256.Sum256([]byte(token)))
	if !ok || known.keys != keys || !time.Now().Before(known.until) {
		return User{}, false
	}
	return known.user, true
}

// keep remembers the user of a token that expires at the given time.
func (v verified) keep(token string, keys uint64, user User, expires time.Time) {
	until := time.Now().Add(verifiedTime)
	if expires.Before(until) {
		until = expires
	}
	v.users.Add(sha256.Sum256([]byte(token)), verifiedUser{user, until, keys})
}
