package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository/pgerr"
)

// Users stores accounts in PostgreSQL.
type Users struct {
	db DB
}

// NewUsers returns a repository that uses a pool or a transaction.
func NewUsers(db DB) *Users {
	return &Users{db: db}
}

// Create stores a new user.
func (r *Users) Create(ctx context.Context, user models.User) error {
	_, err := r.db.Exec(ctx, `
		INSERT INTO users (id, email, password_hash, role, disabled, created_at)
		VALUES (@id, @email, @password_hash, @role, @disabled, @created_at)`, userArgs(user))
	return pgerr.Translate(err, "create", "user")
}

// Get returns the user with the given ID.
func (r *Users) Get(ctx context.Context, id uuid.UUID) (models.User, error) {
	return one(ctx, r.db, scanUser, "get", "user", `
		SELECT id, email, password_hash, role, disabled, created_at
		FROM users
		WHERE id = @id`, pgx.NamedArgs{"id": id})
}

// ByEmail returns the user with the given email.
func (r *Users) ByEmail(ctx context.Context, email string) (models.User, error) {
	return one(ctx, r.db, scanUser, "get", "user", `
		SELECT id, email, password_hash, role, disabled, created_at
		FROM users
		WHERE email = @email`, pgx.NamedArgs{"email": email})
}

// List returns a page of users, the newest first.
func (r *Users) List(ctx context.Context, page models.PageRequest) ([]models.User, error) {
	args := pgx.NamedArgs{}
	return many(ctx, r.db, scanUser, "list", "users", `
		SELECT id, email, password_hash, role, disabled, created_at
		FROM users
		WHERE true`+pageOf(page, args), args)
}

// Update changes one user atomically.
func (r *Users) Update(ctx context.Context, id uuid.UUID, change func(*models.User) error) (models.User, error) {
	var user models.User
	err := pgx.BeginFunc(ctx, r.db, func(tx pgx.Tx) (err error) {
		user, err = one(ctx, tx, scanUser, "get", "user", `
			SELECT id, email, password_hash, role, disabled, created_at
			FROM users
			WHERE id = @id
			FOR UPDATE`, pgx.NamedArgs{"id": id})
		if err != nil {
			return err
		}
		if err := change(&user); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE users
			SET email = @email, password_hash = @password_hash, role = @role, disabled = @disabled
			WHERE id = @id`, userArgs(user))
		return err
	})
	if err != nil {
		return models.User{}, pgerr.Translate(err, "update", "user")
	}
	return user, nil
}

// Delete deletes one user.
func (r *Users) Delete(ctx context.Context, id uuid.UUID) error {
	result, err := r.db.Exec(ctx, `DELETE FROM users WHERE id = @id`, pgx.NamedArgs{"id": id})
	if err == nil && result.RowsAffected() == 0 {
		err = pgx.ErrNoRows
	}
	return pgerr.Translate(err, "delete", "user")
}

func userArgs(user models.User) pgx.NamedArgs {
	return pgx.NamedArgs{
		"id":            user.ID,
		"email":         user.Email,
		"password_hash": user.PasswordHash,
		"role":          user.Role,
		"disabled":      user.Disabled,
		"created_at":    user.CreatedAt,
	}
}

func scanUser(row pgx.CollectableRow) (models.User, error) {
	var user models.User
	err := row.Scan(&user.ID, &user.Email, &user.PasswordHash, &user.Role, &user.Disabled, &user.CreatedAt)
	return user, err
}
