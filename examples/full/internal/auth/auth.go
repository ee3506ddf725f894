// Package auth authenticates callers. It manages accounts, verifies passwords,
// and issues access and refresh tokens.
package auth

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
)

// User is the caller of a request. It must not be modified after it has been
// added to a context.
type User struct {
	ID    uuid.UUID
	Roles []string

	// SessionID is the sign-in that the access token was issued for.
	SessionID uuid.UUID
}

// HasRole reports whether the user has a role.
func (u User) HasRole(role string) bool { return slices.Contains(u.Roles, role) }

// MayAccess reports whether the user may access the data of an owner. Admins may
// access the data of all owners.
func (u User) MayAccess(owner uuid.UUID) bool {
	return u.ID == owner || u.HasRole(models.RoleAdmin)
}

type userKey struct{}

// WithUser returns a context whose caller is user.
func WithUser(ctx context.Context, user User) context.Context {
	return context.WithValue(ctx, userKey{}, user)
}

// UserFrom returns the caller. If there is none, because the caller is not
// signed in or the route does not require it, the error is
// apperr.Unauthenticated.
func UserFrom(ctx context.Context) (User, error) {
	user, ok := ctx.Value(userKey{}).(User)
	if !ok || user.ID == uuid.Nil {
		return User{}, apperr.New(apperr.Unauthenticated, "signing in is required")
	}
	return user, nil
}

// UserRepository stores accounts. The methods return apperr.NotFound if the
// user does not exist, and apperr.Unavailable if the database does not respond.
type UserRepository interface {
	// Create stores a new user. If the email is taken, it returns
	// apperr.Conflict with the name of the field.
	Create(ctx context.Context, user models.User) error

	// Get returns the user with the given ID.
	Get(ctx context.Context, id uuid.UUID) (models.User, error)

	// ByEmail returns the user with the given email, which must be in lower
	// case.
	ByEmail(ctx context.Context, email string) (models.User, error)

	// List returns up to page.Limit users, newest first.
	List(ctx context.Context, page models.PageRequest) ([]models.User, error)

	// Update changes one user atomically and returns the result. If change
	// returns an error, Update returns it unmodified and stores nothing. Change
	// may be called more than once.
	Update(ctx context.Context, id uuid.UUID, change func(user *models.User) error) (models.User, error)

	// Delete deletes one user and, in a relational database, its sessions.
	Delete(ctx context.Context, id uuid.UUID) error
}

// SessionRepository stores sessions. The methods return apperr.Unavailable if
// the database does not respond.
type SessionRepository interface {
	// Create stores a new session.
	Create(ctx context.Context, session models.Session) error

	// Get returns the session with the given ID, or apperr.NotFound.
	Get(ctx context.Context, id uuid.UUID) (models.Session, error)

	// Update changes one session atomically and returns the result. It returns
	// apperr.NotFound if the session does not exist. If change returns an
	// error, Update returns it unmodified and stores nothing. Change may be
	// called more than once.
	Update(ctx context.Context, id uuid.UUID, change func(session *models.Session) error) (models.Session, error)

	// OfUser returns up to limit sessions of a user, newest first.
	OfUser(ctx context.Context, userID uuid.UUID, limit int) ([]models.Session, error)

	// Delete deletes one session of any user, if it exists.
	Delete(ctx context.Context, id uuid.UUID) error

	// DeleteOfUser deletes all sessions of a user except for one, which may be
	// the zero ID.
	DeleteOfUser(ctx context.Context, userID, except uuid.UUID) error
}

// ExpiringSessions is implemented by a SessionRepository whose database doesn't
// delete expired sessions itself.
type ExpiringSessions interface {
	// DeleteExpired deletes up to limit expired sessions and returns the number
	// of deleted sessions.
	DeleteExpired(ctx context.Context, now time.Time, limit int) (int64, error)
}

// InTx calls fn with repositories whose operations are one transaction. It
// commits if fn returns nil, and rolls back otherwise.
type InTx func(ctx context.Context, fn func(ctx context.Context, users UserRepository, sessions SessionRepository) error) error
