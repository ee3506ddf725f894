package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/ratelimit"
	"example.com/shop-api/internal/reqctx"
)

// The bounds of what a client may choose. A long password is as good as any
// other to a hash; the bound keeps it from being a way to use up memory.
const (
	MinPasswordLength = 8
	MaxPasswordLength = 128
	MaxEmailLength    = 254
)

// refreshTokenBytes makes refresh tokens impossible to guess.
const refreshTokenBytes = 32

// revokeTimeout bounds the revoking of a family, which no client can stop.
const revokeTimeout = 5 * time.Second

// expiredAtOnce is how many expired tokens are deleted at a time, so that no
// statement takes long, however many there are.
const expiredAtOnce = 1000

// Grant is what a client gets for signing in.
type Grant struct {
	AccessToken  string
	ExpiresIn    time.Duration
	RefreshToken string
}

// Service keeps the accounts and signs their users in.
type Service struct {
	users         UserRepository
	refreshTokens RefreshTokenRepository
	tokens        *Tokens
	hasher        *Hasher
	attempts      ratelimit.Limiter
}

// NewService returns a Service. Attempts limits how often one account may be
// tried, by all clients together.
func NewService(users UserRepository, refreshTokens RefreshTokenRepository, tokens *Tokens, hasher *Hasher, attempts ratelimit.Limiter) *Service {
	return &Service{users: users, refreshTokens: refreshTokens, tokens: tokens, hasher: hasher, attempts: attempts}
}

// Register creates an account. An email that is taken is apperr.Conflict; one
// that is none, or a password that is too short or too long, apperr.Invalid.
func (s *Service) Register(ctx context.Context, email, password string) (models.User, error) {
	email = normalEmail(email)
	err := checkCredentials(email, password)
	if err != nil {
		return models.User{}, err
	}
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return models.User{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return models.User{}, fmt.Errorf("make a user id: %w", err)
	}
	user := models.User{
		ID:           id,
		Email:        email,
		PasswordHash: hash,
		Role:         models.RoleUser,
		CreatedAt:    now(),
	}
	err = s.users.Create(ctx, user)
	if err != nil {
		return models.User{}, err
	}
	return user, nil
}

// Login checks a password and starts a family of refresh tokens. Whether the
// email or the password is wrong, the error is the same apperr.Unauthenticated,
// and it takes the same time, unless the account's hash has an older cost: then
// it does once its user has signed in. Too many attempts are apperr.RateLimited.
func (s *Service) Login(ctx context.Context, email, password string) (Grant, error) {
	email = normalEmail(email)
	decision := s.attempts.Allow(ctx, email)
	if !decision.Allowed {
		return Grant{}, apperr.Limited("too many attempts to sign in to this account", decision.RetryAfter)
	}
	user, err := s.users.ByEmail(ctx, email)
	if apperr.KindOf(err) == apperr.NotFound {
		return Grant{}, s.refuseUnknown(ctx, password)
	}
	if err != nil {
		return Grant{}, err
	}
	matches, err := s.hasher.Matches(ctx, user.PasswordHash, password)
	if err != nil {
		return Grant{}, err
	}
	if !matches {
		return Grant{}, wrongCredentials()
	}
	if outdated(user.PasswordHash) {
		err = s.rehash(ctx, user, password)
		if err != nil {
			return Grant{}, err
		}
	}
	family, err := uuid.NewV7()
	if err != nil {
		return Grant{}, fmt.Errorf("make a family id: %w", err)
	}
	at := now()
	grant, token, err := s.grant(user, family, at, at.Add(s.tokens.cfg.RefreshTTL))
	if err != nil {
		return Grant{}, err
	}
	err = s.refreshTokens.Create(ctx, token)
	if err != nil {
		return Grant{}, err
	}
	return grant, nil
}

// rehash stores a hash of today's cost. Now is the time: nobody knows the
// password later.
func (s *Service) rehash(ctx context.Context, user models.User, password string) error {
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.users.ReplacePasswordHash(ctx, user.ID, user.PasswordHash, hash)
}

// refuseUnknown takes as long as refusing a wrong password does, so that the
// time does not tell who has an account.
func (s *Service) refuseUnknown(ctx context.Context, password string) error {
	_, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return wrongCredentials()
}

// Refresh exchanges a refresh token for the next one; whatever else fails, the
// client may try again with the same one. A token that was used before is in two
// hands, so the whole family is revoked. What is wrong with a token that is
// refused, the client does not learn: it is apperr.Unauthenticated.
func (s *Service) Refresh(ctx context.Context, refreshToken string) (Grant, error) {
	at := now()
	token, err := s.refreshTokens.ByHash(ctx, digest(refreshToken))
	if apperr.KindOf(err) == apperr.NotFound {
		return Grant{}, invalidRefreshToken(err)
	}
	if err != nil {
		return Grant{}, err
	}
	if token.RevokedAt != nil || !at.Before(token.ExpiresAt) {
		return Grant{}, invalidRefreshToken(errors.New("it was revoked or has expired"))
	}
	user, err := s.User(ctx, token.UserID)
	if err != nil {
		return Grant{}, err
	}
	grant, next, err := s.grant(user, token.FamilyID, at, token.ExpiresAt)
	if err != nil {
		return Grant{}, err
	}
	err = s.refreshTokens.Exchange(ctx, token.Hash, next, at)
	if apperr.KindOf(err) == apperr.Stale {
		return Grant{}, s.revokeReused(ctx, token.FamilyID, at)
	}
	if err != nil {
		return Grant{}, err
	}
	return grant, nil
}

func (s *Service) revokeReused(ctx context.Context, family uuid.UUID, at time.Time) error {
	err := s.revoke(ctx, family, at)
	if err != nil {
		return err
	}
	return invalidRefreshToken(errors.New("it was used before"))
}

// revoke revokes a family of tokens. Whoever has one of them that they should
// not cannot prevent it by going away.
func (s *Service) revoke(ctx context.Context, family uuid.UUID, at time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTimeout)
	defer cancel()
	return s.refreshTokens.RevokeFamily(ctx, family, at)
}

// Logout ends the sign-in that a refresh token belongs to. A token that nobody
// knows is no error: what was asked for is the case.
func (s *Service) Logout(ctx context.Context, refreshToken string) error {
	token, err := s.refreshTokens.ByHash(ctx, digest(refreshToken))
	if apperr.KindOf(err) == apperr.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return s.revoke(ctx, token.FamilyID, now())
}

// User returns the user that a token was issued to. When the account is gone,
// its tokens are worth nothing: the error is apperr.Unauthenticated.
func (s *Service) User(ctx context.Context, id uuid.UUID) (models.User, error) {
	user, err := s.users.Get(ctx, id)
	if apperr.KindOf(err) == apperr.NotFound {
		return models.User{}, apperr.Wrap(apperr.Unauthenticated, "the account does not exist any more", err)
	}
	return user, err
}

// Users returns a page of all users. It is for admins: to others it is
// apperr.Forbidden.
func (s *Service) Users(ctx context.Context, page models.PageRequest) (models.Page[models.User], error) {
	if reqctx.From(ctx).Role != models.RoleAdmin {
		return models.Page[models.User]{}, apperr.New(apperr.Forbidden, "only an admin may list the users")
	}
	limit := page.Limit
	page.Limit++ // One more tells whether there is another page.
	users, err := s.users.List(ctx, page)
	if err != nil {
		return models.Page[models.User]{}, err
	}
	result := models.Page[models.User]{Items: users}
	if len(users) > limit {
		result.Items = users[:limit]
		result.Next = users[limit-1].ID
	}
	return result, nil
}

// DeleteExpired deletes the refresh tokens that have expired, and returns how
// many these were.
func (s *Service) DeleteExpired(ctx context.Context) (int64, error) {
	at, total := now(), int64(0)
	for {
		deleted, err := s.refreshTokens.DeleteExpired(ctx, at, expiredAtOnce)
		total += deleted
		if err != nil || deleted < expiredAtOnce {
			return total, err
		}
	}
}

// grant makes an access token and the next refresh token of a family, which is
// still to be stored. The expiry is the family's: refreshing does not put it off.
func (s *Service) grant(user models.User, family uuid.UUID, at, expires time.Time) (Grant, models.RefreshToken, error) {
	access, err := s.tokens.Issue(user, at)
	if err != nil {
		return Grant{}, models.RefreshToken{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Grant{}, models.RefreshToken{}, fmt.Errorf("make a refresh token id: %w", err)
	}
	refresh := randomToken()
	token := models.RefreshToken{
		ID:        id,
		FamilyID:  family,
		UserID:    user.ID,
		Hash:      digest(refresh),
		CreatedAt: at,
		ExpiresAt: expires,
	}
	return Grant{AccessToken: access, ExpiresIn: s.tokens.cfg.AccessTTL, RefreshToken: refresh}, token, nil
}

// SetRole gives the user with an email a role. Access tokens keep the old role
// until they expire.
func SetRole(ctx context.Context, users UserRepository, email, role string) error {
	if role != models.RoleUser && role != models.RoleAdmin {
		return apperr.New(apperr.Invalid, fmt.Sprintf("the role must be %s or %s", models.RoleUser, models.RoleAdmin))
	}
	return users.SetRole(ctx, normalEmail(email), role)
}

func checkCredentials(email, password string) error {
	var fields []apperr.Field
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > MaxEmailLength {
		fields = append(fields, apperr.Field{Name: "email", Reason: "must be an email address"})
	}
	length := utf8.RuneCountInString(password)
	if length < MinPasswordLength || length > MaxPasswordLength {
		reason := fmt.Sprintf("must have %d to %d characters", MinPasswordLength, MaxPasswordLength)
		fields = append(fields, apperr.Field{Name: "password", Reason: reason})
	}
	if len(fields) > 0 {
		return apperr.New(apperr.Invalid, "the request is not valid", fields...)
	}
	return nil
}

func wrongCredentials() error {
	return apperr.New(apperr.Unauthenticated, "the email or the password is wrong")
}

func invalidRefreshToken(cause error) error {
	return apperr.Wrap(apperr.Unauthenticated, "the refresh token is not valid", cause)
}

// normalEmail makes the ways to write an email one.
func normalEmail(email string) string {
	return strings.ToLower(strings.TrimSpace(email))
}

func randomToken() string {
	token := make([]byte, refreshTokenBytes)
	_, _ = rand.Read(token) // It never fails.
	return base64.RawURLEncoding.EncodeToString(token)
}

// digest is what is stored of a refresh token. It needs no salt and no cost:
// the token is random, and too long to guess.
func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// now is the time in the precision that databases keep.
func now() time.Time {
	return time.Now().UTC().Truncate(time.Microsecond)
}
