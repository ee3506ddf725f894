package memory

import (
	"context"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
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

// Update changes one user atomically.
func (r *Users) Update(_ context.Context, id uuid.UUID, change func(*models.User) error) (models.User, error) {
	return r.table.update(id, change)
}

// Delete deletes one user.
func (r *Users) Delete(_ context.Context, id uuid.UUID) error {
	return r.table.delete(id, func(models.User) error { return nil })
}
