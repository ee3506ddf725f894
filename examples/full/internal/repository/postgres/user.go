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
		pgerr.Unique{Field: "email", Constraint: "users__email_key"},
	)}
}

func columnsOfUser(user *models.User) []column {
	return []column{
		{"id", &user.ID},
		{"email", &user.Email},
		{"password_hash", &user.PasswordHash},
		{"role", &user.Role},
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

// SetRole sets the role of the user with the given email.
func (r *Users) SetRole(ctx context.Context, email, role string) error {
	user, err := r.ByEmail(ctx, email)
	if err != nil {
		return err
	}
	_, err = r.table.update(ctx, user.ID, func(user *models.User) error {
		user.Role = role
		return nil
	})
	return err
}

// ReplacePasswordHash replaces the password hash of a user, if it is still old.
func (r *Users) ReplacePasswordHash(ctx context.Context, id uuid.UUID, old, hash string) error {
	_, err := r.table.update(ctx, id, func(user *models.User) error {
		if user.PasswordHash == old {
			user.PasswordHash = hash
		}
		return nil
	})
	return err
}
