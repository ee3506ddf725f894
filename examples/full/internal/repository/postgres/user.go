package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository/pgerr"
)

// Users stores accounts in PostgreSQL.
type Users struct {
	table *table[models.User]
}

// NewUsers returns a repository of accounts.
func NewUsers(pool *pgxpool.Pool) *Users {
	return &Users{table: newTable(pool, "users", "user", columnsOfUser,
		pgerr.Unique{Field: "email", Constraint: "users_email_key"},
	)}
}

func columnsOfUser(user *models.User) []column {
	return []column{
		{"id", &user.ID},
		{"email", &user.Email},
		{"password_hash", &user.PasswordHash},
		{"role", &user.Role},
		{"disabled", &user.Disabled},
		{"created_at", &user.CreatedAt},
	}
}

// Create stores a new user.
func (r *Users) Create(ctx context.Context, user models.User) error {
	return r.table.create(ctx, user)
}

// Get returns the user with the given ID.
func (r *Users) Get(ctx context.Context, id uuid.UUID) (models.User, error) {
	return r.table.get(ctx, id)
}

// ByEmail returns the user with the given email.
func (r *Users) ByEmail(ctx context.Context, email string) (models.User, error) {
	return r.table.getBy(ctx, "email", email)
}

// List returns a page of users.
func (r *Users) List(ctx context.Context, page models.PageRequest) ([]models.User, error) {
	return r.table.list(ctx, page, conditions{})
}

// Update changes one user atomically.
func (r *Users) Update(ctx context.Context, id uuid.UUID, change func(*models.User) error) (models.User, error) {
	return r.table.update(ctx, id, change)
}

// Delete deletes one user.
func (r *Users) Delete(ctx context.Context, id uuid.UUID) error {
	return r.table.delete(ctx, id, func(models.User) error { return nil })
}
