package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
)

const (
	// secretBytes is long enough that refresh tokens cannot be guessed.
	secretBytes = 32

	// maxUserAgentBytes limits the stored description of a client.
	maxUserAgentBytes = 256

	// maxSessions is the maximum number of sessions that a user can see.
	maxSessions = 100

	// endTimeout limits the deletion of a session, which continues if the
	// client disconnects.
	endTimeout = 5 * time.Second

	// expiredAtOnce is the number of expired sessions to delete per statement.
	// It keeps statements short even if there are many expired sessions.
	expiredAtOnce = 1000
)

// errReused means that a refresh token was exchanged before.
var errReused = errors.New("the token was used before, so its session has been ended")

// Client describes the client that a user signs in with.
type Client struct {
	UserAgent string
	Address   string
}

// Grant holds the tokens that a client gets when it signs in.
type Grant struct {
	AccessToken  string
	ExpiresIn    time.Duration
	RefreshToken string
}

// OwnSession is a session of the caller.
type OwnSession struct {
	models.Session

	// Current means that the request belongs to this session.
	Current bool
}

// start starts a session of a user whose password was verified. It returns
// apperr.Unauthenticated if the account has changed since it was read. If it
// fails, the session has ended.
func (s *Service) start(ctx context.Context, user models.User, client Client) (Grant, error) {
	session, token, err := s.newSession(user, client)
	if err != nil {
		return Grant{}, err
	}
	err = s.deps.Sessions.Create(ctx, session)
	if err != nil {
		return Grant{}, err
	}
	// The account may have been disabled or deleted, or its password changed,
	// after the password was verified but before the session could be ended by
	// it.
	current, err := s.deps.Users.Update(ctx, user.ID, func(current *models.User) error {
		if current.Disabled {
			return errDisabled()
		}
		if current.PasswordHash != user.PasswordHash {
			return wrongCredentials()
		}
		current.LastLoginAt = new(session.CreatedAt)
		return nil
	})
	if apperr.KindOf(err) == apperr.NotFound {
		err = wrongCredentials()
	}
	if err != nil {
		return Grant{}, errors.Join(err, s.end(ctx, session.ID))
	}
	return s.grant(current, session.ID, token, session.CreatedAt)
}

// newSession returns a session that isn't stored yet, and its refresh token.
func (s *Service) newSession(user models.User, client Client) (models.Session, string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return models.Session{}, "", fmt.Errorf("generate a session ID: %w", err)
	}
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails
	token, at := refreshToken(id, secret), now()
	return models.Session{
		ID:         id,
		UserID:     user.ID,
		TokenHash:  digest(token),
		CreatedAt:  at,
		LastUsedAt: at,
		ExpiresAt:  at.Add(s.deps.Tokens.cfg.RefreshTTL),
		UserAgent:  bounded(client.UserAgent),
		Address:    bounded(client.Address),
	}, token, nil
}

// Refresh exchanges a refresh token for a new grant. The exchange can be
// repeated for a short time, with the same result, because the response may get
// lost or a client may send several requests at once. If a token is used later,
// it has leaked, and the session is ended. If the token is rejected, the error
// is apperr.Unauthenticated and does not disclose the reason to the client.
func (s *Service) Refresh(ctx context.Context, token string) (Grant, error) {
	id, ok := sessionOf(token)
	if !ok {
		return Grant{}, invalidRefreshToken(errors.New("the token is malformed"))
	}
	decision := s.deps.Refreshes.Allow(ctx, id.String())
	if !decision.Allowed {
		return Grant{}, apperr.Limited("too many requests to refresh this session", decision.RetryAfter)
	}
	session, err := s.deps.Sessions.Get(ctx, id)
	if apperr.KindOf(err) == apperr.NotFound {
		return Grant{}, invalidRefreshToken(err)
	}
	if err != nil {
		return Grant{}, err
	}
	at := now()
	if !at.Before(session.ExpiresAt) {
		return Grant{}, invalidRefreshToken(errors.New("the session has expired"))
	}
	user, err := s.active(ctx, session.UserID)
	if err != nil {
		return Grant{}, err
	}
	next := s.deps.Tokens.successor(id, token)
	_, err = s.deps.Sessions.Update(ctx, id, func(session *models.Session) error {
		return exchange(session, digest(token), digest(next), at, s.deps.Grace)
	})
	switch {
	case errors.Is(err, errReused):
		err = s.end(ctx, id)
		if err != nil {
			return Grant{}, err
		}
		return Grant{}, invalidRefreshToken(errReused)
	case apperr.KindOf(err) == apperr.NotFound:
		return Grant{}, invalidRefreshToken(err)
	case err != nil:
		return Grant{}, err
	}
	return s.grant(user, id, next, at)
}

// exchange replaces the token of a session. It returns errReused unless the
// given token is the current one, or the previous one within the grace period.
func exchange(session *models.Session, given, next []byte, at time.Time, grace time.Duration) error {
	switch {
	case hmac.Equal(session.TokenHash, given):
		session.PreviousHash, session.ReplacedAt = given, &at
	case hmac.Equal(session.PreviousHash, given) && at.Sub(*session.ReplacedAt) < grace:
		// The successor is the current token already, unless the key of the
		// service has changed in the meantime.
	default:
		return errReused
	}
	session.TokenHash, session.LastUsedAt = next, at
	return nil
}

// Logout ends the session of a refresh token. An unknown token is not an error,
// because the caller is signed out in any case.
func (s *Service) Logout(ctx context.Context, token string) error {
	id, ok := sessionOf(token)
	if !ok {
		return nil
	}
	return s.end(ctx, id)
}

// end ends a session. It continues if the client disconnects, so that an
// attacker cannot prevent it.
func (s *Service) end(ctx context.Context, id uuid.UUID) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	return s.deps.Sessions.Delete(ctx, id)
}

// Sessions returns the sessions of the caller, newest first.
func (s *Service) Sessions(ctx context.Context) ([]OwnSession, error) {
	caller, err := UserFrom(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := s.deps.Sessions.OfUser(ctx, caller.ID, maxSessions)
	if err != nil {
		return nil, err
	}
	var own []OwnSession
	for _, session := range sessions {
		if now().Before(session.ExpiresAt) {
			own = append(own, OwnSession{Session: session, Current: session.ID == caller.SessionID})
		}
	}
	return own, nil
}

// EndSession ends a session of the caller. It returns apperr.NotFound if the
// caller has no such session.
func (s *Service) EndSession(ctx context.Context, id uuid.UUID) error {
	caller, err := UserFrom(ctx)
	if err != nil {
		return err
	}
	session, err := s.deps.Sessions.Get(ctx, id)
	if err != nil {
		return err
	}
	if session.UserID != caller.ID {
		return apperr.New(apperr.NotFound, "session not found")
	}
	return s.end(ctx, id)
}

// EndSessions ends all sessions of the caller.
func (s *Service) EndSessions(ctx context.Context) error {
	caller, err := UserFrom(ctx)
	if err != nil {
		return err
	}
	return s.deps.Sessions.DeleteOfUser(ctx, caller.ID, uuid.Nil)
}

// DeleteExpired deletes all expired sessions and returns their number.
func DeleteExpired(ctx context.Context, sessions ExpiringSessions) (int64, error) {
	at, total := now(), int64(0)
	for {
		deleted, err := sessions.DeleteExpired(ctx, at, expiredAtOnce)
		total += deleted
		if err != nil || deleted < expiredAtOnce {
			return total, err
		}
	}
}

// grant returns a new access token and a refresh token of a session.
func (s *Service) grant(user models.User, session uuid.UUID, token string, at time.Time) (Grant, error) {
	access, err := s.deps.Tokens.Issue(user, session, at)
	if err != nil {
		return Grant{}, err
	}
	return Grant{AccessToken: access, ExpiresIn: s.deps.Tokens.cfg.AccessTTL, RefreshToken: token}, nil
}

// refreshToken returns a refresh token. It begins with the ID of its session, so
// that the session of a token that was replaced long ago can be ended.
func refreshToken(session uuid.UUID, secret []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(session[:], secret...))
}

// sessionOf returns the session of a refresh token, unless the token is
// malformed.
func sessionOf(token string) (id uuid.UUID, ok bool) {
	content, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(content) != len(id)+secretBytes {
		return uuid.Nil, false
	}
	return uuid.UUID(content[:len(id)]), true
}

// digest returns the hash under which a refresh token is stored. It needs
// neither salt nor cost, because the token is random and too long to guess.
func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// bounded returns a text that can be stored and shown.
func bounded(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == '\x7f' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if len(text) <= maxUserAgentBytes {
		return text
	}
	end := maxUserAgentBytes
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

func invalidRefreshToken(cause error) error {
	return apperr.Wrap(apperr.Unauthenticated, "the refresh token is not valid", cause)
}
