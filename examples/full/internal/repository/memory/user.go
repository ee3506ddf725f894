package memory

import (
	"context"
	"maps"

	"github.com/google/uuid"

	"example.com/market-api/internal/models"
)

// Users stores accounts in memory.
type Users struct {
	session session
}

// NewUsers returns an empty repository with a store of its own.
func NewUsers() *Users {
	return &Users{session{store: NewStore()}}
}

// Create stores a new user.
func (r *Users) Create(_ context.Context, user models.User) error {
	return r.session.write(func(data *tables) error {
		if _, exists := data.users[user.ID]; exists {
			return taken("user", "id")
		}
		if _, err := data.userByEmail(user.Email); err == nil {
			return taken("user", "email")
		}
		data.users[user.ID] = user
		return nil
	})
}

// Get returns the user with the given ID.
func (r *Users) Get(_ context.Context, id uuid.UUID) (models.User, error) {
	var user models.User
	err := r.session.read(func(data *tables) error {
		var exists bool
		user, exists = data.users[id]
		if !exists {
			return notFound("user")
		}
		return nil
	})
	return user, err
}

// ByEmail returns the user with the given email.
func (r *Users) ByEmail(_ context.Context, email string) (models.User, error) {
	var user models.User
	err := r.session.read(func(data *tables) (err error) {
		user, err = data.userByEmail(email)
		return err
	})
	return user, err
}

// List returns a page of users, the newest first.
func (r *Users) List(_ context.Context, page models.PageRequest) ([]models.User, error) {
	var users []models.User
	err := r.session.read(func(data *tables) error {
		users = data.users.list(page, positionOfUser, func(models.User) bool { return true })
		return nil
	})
	return users, err
}

// Update changes one user atomically.
func (r *Users) Update(_ context.Context, id uuid.UUID, change func(*models.User) error) (models.User, error) {
	var user models.User
	err := r.session.write(func(data *tables) error {
		var exists bool
		user, exists = data.users[id]
		if !exists {
			return notFound("user")
		}
		if err := change(&user); err != nil {
			return err
		}
		data.users[id] = user
		return nil
	})
	if err != nil {
		return models.User{}, err
	}
	return user, nil
}

// Delete deletes one user and its sessions.
func (r *Users) Delete(_ context.Context, id uuid.UUID) error {
	return r.session.write(func(data *tables) error {
		if _, exists := data.users[id]; !exists {
			return notFound("user")
		}
		delete(data.users, id)
		maps.DeleteFunc(data.sessions, func(_ uuid.UUID, session models.Session) bool { return session.UserID == id })
		return nil
	})
}

func positionOfUser(user models.User, _ models.PageSort) models.PagePosition {
	return models.PagePosition{ID: user.ID}
}

func (t *tables) userByEmail(email string) (models.User, error) {
	for _, user := range t.users {
		if user.Email == email {
			return user, nil
		}
	}
	return models.User{}, notFound("user")
}
