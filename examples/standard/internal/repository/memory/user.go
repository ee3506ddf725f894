package memory

import (
	"context"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
)

// Users stores accounts in memory.
type Users struct {
	table *table[models.User]
}

// NewUsers returns an empty repository.
func NewUsers() *Users {
	return &Users{table: newTable("user", func(user models.User) models.User { return user },
		newUnique("email", func(user models.User) any { return user.Email }),
	)}
}

// Create stores a new user.
func (r *Users) Create(_ context.Context, user models.User) error {
	return r.table.create(user.ID, user)
}

// Get returns the user with the given ID.
func (r *Users) Get(_ context.Context, id uuid.UUID) (models.User, error) {
	return r.table.get(id)
}

// ByEmail returns the user with the given email.
func (r *Users) ByEmail(_ context.Context, email string) (models.User, error) {
	found := r.table.list(models.PageRequest{Limit: 1}, func(user models.User) bool {
		return user.Email == email
	})
	if len(found) == 0 {
		return models.User{}, apperr.New(apperr.NotFound, "user not found")
	}
	return found[0], nil
}

// List returns a page of users.
func (r *Users) List(_ context.Context, page models.PageRequest) ([]models.User, error) {
	return r.table.list(page, func(models.User) bool { return true }), nil
}

// SetRole sets the role of the user with the given email.
func (r *Users) SetRole(ctx context.Context, email, role string) error {
	user, err := r.ByEmail(ctx, email)
	if err != nil {
		return err
	}
	_, err = r.table.update(user.ID, func(user *models.User) error {
		user.Role = role
		return nil
	})
	return err
}

// ReplacePasswordHash replaces the password hash of a user, if it is still old.
func (r *Users) ReplacePasswordHash(_ context.Context, id uuid.UUID, old, hash string) error {
	_, err := r.table.update(id, func(user *models.User) error {
		if user.PasswordHash == old {
			user.PasswordHash = hash
		}
		return nil
	})
	return err
}
