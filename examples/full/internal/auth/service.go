package auth

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/ratelimit"
)

// Limits of the credentials. The maximum length of passwords keeps clients from
// exhausting memory.
const (
	MinPasswordLength = 8
	MaxPasswordLength = 128
	MaxEmailLength    = 254
)

// Deps holds the dependencies of a Service. All of them are required.
type Deps struct {
	Users    UserRepository
	Sessions SessionRepository
	InTx     InTx
	Tokens   *Tokens
	Hasher   *Hasher

	// Attempts limits how often all clients together may try the password of
	// one account.
	Attempts ratelimit.Limiter

	// Refreshes limits how often one session may be refreshed.
	Refreshes ratelimit.Limiter

	// Grace is how long a refresh token can be exchanged again after the first
	// exchange.
	Grace time.Duration

	// Owned is the data that is deleted together with its owner. It may be
	// empty.
	Owned []Owned
}

// Owned is data that belongs to users.
type Owned interface {
	// DeleteOwned deletes everything that belongs to a user.
	DeleteOwned(ctx context.Context, owner uuid.UUID) error
}

// Service manages accounts and signs users in.
type Service struct {
	deps Deps
}

// NewService returns a Service.
func NewService(deps Deps) *Service {
	return &Service{deps: deps}
}

// UserChange is what admins can change of an account.
type UserChange struct {
	Role     string
	Disabled bool
}

// Register creates an account and signs the user in. It returns apperr.Conflict
// if the email is taken, and apperr.Invalid if the email is not valid or the
// password is too short, too long or too common. Too many attempts are
// apperr.RateLimited.
func (s *Service) Register(ctx context.Context, email, password string, client Client) (Grant, error) {
	email = normalEmail(email)
	err := s.attempt(ctx, "register:"+email)
	if err != nil {
		return Grant{}, err
	}
	err = invalid(checkEmail(email), checkPassword("password", password, email))
	if err != nil {
		return Grant{}, err
	}
	hash, err := s.deps.Hasher.Hash(ctx, password)
	if err != nil {
		return Grant{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Grant{}, fmt.Errorf("generate a user ID: %w", err)
	}
	user := models.User{
		ID:           id,
		Email:        email,
		PasswordHash: hash,
		Role:         models.RoleUser,
		CreatedAt:    now(),
	}
	session, token, err := s.newSession(user, client)
	if err != nil {
		return Grant{}, err
	}
	user.LastLoginAt = new(session.CreatedAt)
	// An account without its first session would refuse a repeated request,
	// because the email is taken.
	err = s.deps.InTx(ctx, func(ctx context.Context, users UserRepository, sessions SessionRepository) error {
		err := users.Create(ctx, user)
		if err != nil {
			return err
		}
		return sessions.Create(ctx, session)
	})
	if err != nil {
		return Grant{}, err
	}
	return s.grant(user, session.ID, token, session.CreatedAt)
}

// Login verifies a password and starts a session. A wrong email, a wrong
// password and a disabled account give the same apperr.Unauthenticated error in
// the same time, except for accounts whose hash still has an older cost. Too
// many attempts are apperr.RateLimited.
func (s *Service) Login(ctx context.Context, email, password string, client Client) (Grant, error) {
	email = normalEmail(email)
	err := s.attempt(ctx, email)
	if err != nil {
		return Grant{}, err
	}
	user, err := s.deps.Users.ByEmail(ctx, email)
	if apperr.KindOf(err) == apperr.NotFound {
		return Grant{}, s.refuseUnknown(ctx, password)
	}
	if err != nil {
		return Grant{}, err
	}
	matches, err := s.deps.Hasher.Matches(ctx, user.PasswordHash, password)
	if err != nil {
		return Grant{}, err
	}
	if !matches || user.Disabled {
		return Grant{}, wrongCredentials()
	}
	if outdated(user.PasswordHash) {
		user, err = s.setPassword(ctx, user, password)
		if err != nil {
			return Grant{}, err
		}
	}
	return s.start(ctx, user, client)
}

// attempt counts an attempt to use an account.
func (s *Service) attempt(ctx context.Context, key string) error {
	decision := s.deps.Attempts.Allow(ctx, key)
	if !decision.Allowed {
		return apperr.Limited("too many attempts for this account", decision.RetryAfter)
	}
	return nil
}

// refuseUnknown takes as long as the check of a wrong password, so that the
// response time does not disclose whether an account exists.
func (s *Service) refuseUnknown(ctx context.Context, password string) error {
	_, err := s.deps.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return wrongCredentials()
}

// setPassword stores a password. If the password was changed since the user was
// read, it returns apperr.Unauthenticated.
func (s *Service) setPassword(ctx context.Context, user models.User, password string) (models.User, error) {
	hash, err := s.deps.Hasher.Hash(ctx, password)
	if err != nil {
		return models.User{}, err
	}
	return s.deps.Users.Update(ctx, user.ID, func(current *models.User) error {
		if current.PasswordHash != user.PasswordHash {
			return wrongCredentials()
		}
		current.PasswordHash = hash
		return nil
	})
}

// Account returns the account of the caller. If the account no longer exists or
// is disabled, the error is apperr.Unauthenticated, because its tokens are
// invalid.
func (s *Service) Account(ctx context.Context) (models.User, error) {
	caller, err := UserFrom(ctx)
	if err != nil {
		return models.User{}, err
	}
	return s.active(ctx, caller.ID)
}

// active returns a user who may use the service.
func (s *Service) active(ctx context.Context, id uuid.UUID) (models.User, error) {
	user, err := s.deps.Users.Get(ctx, id)
	if apperr.KindOf(err) == apperr.NotFound {
		return models.User{}, apperr.Wrap(apperr.Unauthenticated, "the account no longer exists", err)
	}
	if err != nil {
		return models.User{}, err
	}
	if user.Disabled {
		return models.User{}, errDisabled()
	}
	return user, nil
}

// confirmed returns the account of the caller, who must know its password. The
// field is the name of the password in errors.
func (s *Service) confirmed(ctx context.Context, field, password string) (models.User, error) {
	user, err := s.Account(ctx)
	if err != nil {
		return models.User{}, err
	}
	err = s.attempt(ctx, user.Email)
	if err != nil {
		return models.User{}, err
	}
	matches, err := s.deps.Hasher.Matches(ctx, user.PasswordHash, password)
	if err != nil {
		return models.User{}, err
	}
	if !matches {
		return models.User{}, invalid([]apperr.Field{{Name: field, Reason: "is incorrect"}})
	}
	return user, nil
}

// ChangePassword changes the password of the caller and ends all other sessions.
// If a password is not valid, the error is apperr.Invalid.
func (s *Service) ChangePassword(ctx context.Context, current, next string) error {
	caller, err := UserFrom(ctx)
	if err != nil {
		return err
	}
	user, err := s.confirmed(ctx, "current_password", current)
	if err != nil {
		return err
	}
	err = invalid(checkPassword("new_password", next, user.Email))
	if err != nil {
		return err
	}
	_, err = s.setPassword(ctx, user, next)
	if err != nil {
		return err
	}
	return s.deps.Sessions.DeleteOfUser(ctx, user.ID, caller.SessionID)
}

// DeleteAccount deletes the account of the caller and everything that belongs to
// it. If it fails, the caller can try again.
func (s *Service) DeleteAccount(ctx context.Context, password string) error {
	user, err := s.confirmed(ctx, "password", password)
	if err != nil {
		return err
	}
	for _, owned := range s.deps.Owned {
		err = owned.DeleteOwned(ctx, user.ID)
		if err != nil {
			return err
		}
	}
	err = s.deps.Users.Delete(ctx, user.ID)
	if err != nil {
		return err
	}
	return s.deps.Sessions.DeleteOfUser(ctx, user.ID, uuid.Nil)
}

// Users returns a page of all users. It returns apperr.Forbidden unless the
// caller is an admin.
func (s *Service) Users(ctx context.Context, page models.PageRequest) (models.Page[models.User], error) {
	_, err := admin(ctx)
	if err != nil {
		return models.Page[models.User]{}, err
	}
	limit := page.Limit
	page.Limit++ // one more, to find out whether there is another page
	users, err := s.deps.Users.List(ctx, page)
	if err != nil {
		return models.Page[models.User]{}, err
	}
	result := models.Page[models.User]{Items: users}
	if len(users) > limit {
		result.Items = users[:limit]
		result.Next = &models.PagePosition{ID: users[limit-1].ID}
	}
	return result, nil
}

// ChangeUser changes the account of a user. Disabling it ends the sessions of
// the user. It returns apperr.Forbidden unless the caller is an admin. Admins
// cannot change their own account, so that there is always one left. Patch gets
// the current values and may be called more than once. If it returns an error,
// ChangeUser returns it unmodified and changes nothing.
func (s *Service) ChangeUser(ctx context.Context, id uuid.UUID, patch func(change *UserChange) error) (models.User, error) {
	caller, err := admin(ctx)
	if err != nil {
		return models.User{}, err
	}
	if caller.ID == id {
		return models.User{}, apperr.New(apperr.Forbidden, "admins cannot change their own account")
	}
	user, err := s.deps.Users.Update(ctx, id, func(user *models.User) error {
		change := UserChange{Role: user.Role, Disabled: user.Disabled}
		err := patch(&change)
		if err != nil {
			return err
		}
		user.Role, user.Disabled = change.Role, change.Disabled
		return nil
	})
	if err != nil {
		return models.User{}, err
	}
	if user.Disabled {
		err = s.deps.Sessions.DeleteOfUser(ctx, id, uuid.Nil)
	}
	return user, err
}

// admin returns the caller, who must be an admin.
func admin(ctx context.Context) (User, error) {
	caller, err := UserFrom(ctx)
	if err != nil {
		return User{}, err
	}
	if !caller.HasRole(models.RoleAdmin) {
		return User{}, apperr.New(apperr.Forbidden, "only admins may manage users")
	}
	return caller, nil
}

// SetRole sets the role of the user with the given email. Access tokens keep
// the old role until they expire.
func SetRole(ctx context.Context, users UserRepository, email, role string) error {
	if role != models.RoleUser && role != models.RoleAdmin {
		return apperr.New(apperr.Invalid, fmt.Sprintf("the role must be %s or %s", models.RoleUser, models.RoleAdmin))
	}
	user, err := users.ByEmail(ctx, normalEmail(email))
	if err != nil {
		return err
	}
	_, err = users.Update(ctx, user.ID, func(user *models.User) error {
		user.Role = role
		return nil
	})
	return err
}

func checkEmail(email string) []apperr.Field {
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > MaxEmailLength {
		return []apperr.Field{{Name: "email", Reason: "must be an email address"}}
	}
	return nil
}

// checkPassword checks a new password of the account with the given email. The
// field is the name of the password in errors.
func checkPassword(field, password, email string) []apperr.Field {
	length := utf8.RuneCountInString(password)
	if length < MinPasswordLength || length > MaxPasswordLength {
		reason := fmt.Sprintf("must have %d to %d characters", MinPasswordLength, MaxPasswordLength)
		return []apperr.Field{{Name: field, Reason: reason}}
	}
	if isCommon(password) || resembles(password, email) {
		return []apperr.Field{{Name: field, Reason: "is too easy to guess"}}
	}
	return nil
}

// invalid returns an apperr.Invalid error for all fields, or nil if there are
// none.
func invalid(fields ...[]apperr.Field) error {
	all := slices.Concat(fields...)
	if len(all) == 0 {
		return nil
	}
	return apperr.New(apperr.Invalid, "the request is not valid", all...)
}

func wrongCredentials() error {
	return apperr.New(apperr.Unauthenticated, "the email or password is incorrect")
}

func errDisabled() error {
	return apperr.New(apperr.Unauthenticated, "the account is disabled")
}

// normalEmail returns the canonical form of an email.
func normalEmail(email string) string {
	return strings.ToLower(strings.TrimSpace(email))
}

// now returns the current time in the form in which repositories return it.
func now() time.Time {
	return models.StoredTime(time.Now())
}
