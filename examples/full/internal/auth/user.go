package auth

import (
	"context"
	"slices"

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
