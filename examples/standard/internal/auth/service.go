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

// Limits of the credentials. The maximum length of passwords keeps clients from
// exhausting memory.
const (
	MinPasswordLength = 8
	MaxPasswordLength = 128
	MaxEmailLength    = 254
)

// refreshTokenBytes is long enough that refresh tokens cannot be guessed.
const refreshTokenBytes = 32

// revokeTimeout limits the revocation of a family, which continues if the
// client disconnects.
const revokeTimeout = 5 * time.Second

// expiredAtOnce is the number of expired tokens to delete per statement. It
// keeps statements short even if there are many expired tokens.
const expiredAtOnce = 1000

// Grant holds the tokens that a client gets when it signs in.
type Grant struct {
	AccessToken  string
	ExpiresIn    time.Duration
	RefreshToken string
}

// Service manages accounts and signs users in.
type Service struct {
	users         UserRepository
	refreshTokens RefreshTokenRepository
	tokens        *Tokens
	hasher        *Hasher
	attempts      ratelimit.Limiter
}

// NewService returns a Service. Attempts limits how often all clients together
// may try to sign in to one account.
func NewService(users UserRepository, refreshTokens RefreshTokenRepository, tokens *Tokens, hasher *Hasher, attempts ratelimit.Limiter) *Service {
	return &Service{users: users, refreshTokens: refreshTokens, tokens: tokens, hasher: hasher, attempts: attempts}
}

// Register creates an account. It returns apperr.Conflict if the email is
// taken, and apperr.Invalid if the email is not valid or the password is too
// short or too long.
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
		return models.User{}, fmt.Errorf("generate a user ID: %w", err)
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

// Login verifies a password and starts a new family of refresh tokens. A wrong
// email and a wrong password give the same apperr.Unauthenticated error in the
// same time, except for accounts whose hash still has an older cost. Too many
// attempts are apperr.RateLimited.
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
		return Grant{}, fmt.Errorf("generate a family ID: %w", err)
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

// rehash stores a hash with the current cost. This is only possible at sign-in,
// when the password is known.
func (s *Service) rehash(ctx context.Context, user models.User, password string) error {
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.users.ReplacePasswordHash(ctx, user.ID, user.PasswordHash, hash)
}

// refuseUnknown takes as long as the check of a wrong password, so that the
// response time does not disclose whether an account exists.
func (s *Service) refuseUnknown(ctx context.Context, password string) error {
	_, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return wrongCredentials()
}

// Refresh exchanges a refresh token for a new grant. After a temporary failure
// the client may retry with the same token. If a token is used twice, it has
// leaked, so the whole family is revoked. If the token is rejected, the error
// is apperr.Unauthenticated and does not disclose the reason to the client.
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
		return Grant{}, invalidRefreshToken(errors.New("the token was revoked or has expired"))
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
	return invalidRefreshToken(errors.New("the token was used before"))
}

// revoke revokes a family of tokens. It continues if the client disconnects, so
// that an attacker cannot prevent it.
func (s *Service) revoke(ctx context.Context, family uuid.UUID, at time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTimeout)
	defer cancel()
	return s.refreshTokens.RevokeFamily(ctx, family, at)
}

// Logout revokes the family of a refresh token. An unknown token is not an
// error, because the caller is signed out in any case.
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

// User returns the user that a token was issued to. If the account no longer
// exists, the error is apperr.Unauthenticated, because its tokens are invalid.
func (s *Service) User(ctx context.Context, id uuid.UUID) (models.User, error) {
	user, err := s.users.Get(ctx, id)
	if apperr.KindOf(err) == apperr.NotFound {
		return models.User{}, apperr.Wrap(apperr.Unauthenticated, "the account no longer exists", err)
	}
	return user, err
}

// Users returns a page of all users. It returns apperr.Forbidden unless the
// caller is an admin.
func (s *Service) Users(ctx context.Context, page models.PageRequest) (models.Page[models.User], error) {
	if reqctx.From(ctx).Role != models.RoleAdmin {
		return models.Page[models.User]{}, apperr.New(apperr.Forbidden, "only admins may list users")
	}
	limit := page.Limit
	page.Limit++ // one more, to find out whether there is another page
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

// DeleteExpired deletes expired refresh tokens and returns the number of
// deleted tokens.
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

// grant creates an access token and the next refresh token of a family, which
// the caller must store. Refreshing does not extend the lifetime of the family.
func (s *Service) grant(user models.User, family uuid.UUID, at, expires time.Time) (Grant, models.RefreshToken, error) {
	access, err := s.tokens.Issue(user, at)
	if err != nil {
		return Grant{}, models.RefreshToken{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Grant{}, models.RefreshToken{}, fmt.Errorf("generate a refresh token ID: %w", err)
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

// SetRole sets the role of the user with the given email. Access tokens keep
// the old role until they expire.
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
	return apperr.New(apperr.Unauthenticated, "the email or password is incorrect")
}

func invalidRefreshToken(cause error) error {
	return apperr.Wrap(apperr.Unauthenticated, "the refresh token is not valid", cause)
}

// normalEmail returns the canonical form of an email.
func normalEmail(email string) string {
	return strings.ToLower(strings.TrimSpace(email))
}

func randomToken() string {
	token := make([]byte, refreshTokenBytes)
	_, _ = rand.Read(token) // never fails
	return base64.RawURLEncoding.EncodeToString(token)
}

// digest returns the hash under which a refresh token is stored. It needs
// neither salt nor cost, because the token is random and too long to guess.
func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// now returns the current time with the precision that databases store.
func now() time.Time {
	return time.Now().UTC().Truncate(time.Microsecond)
}
