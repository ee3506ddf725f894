package memory

import (
	"bytes"
	"context"
	"maps"
	"time"

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
		data.users[user.ID] = copyUser(user)
		return nil
	})
}

// Get returns the user with the given ID.
func (r *Users) Get(_ context.Context, id uuid.UUID) (models.User, error) {
	var user models.User
	err := r.session.read(func(data *tables) error {
		stored, exists := data.users[id]
		if !exists {
			return notFound("user")
		}
		user = copyUser(stored)
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
	for i := range users {
		users[i] = copyUser(users[i])
	}
	return users, err
}

// Update changes one user atomically.
func (r *Users) Update(_ context.Context, id uuid.UUID, change func(*models.User) error) (models.User, error) {
	var user models.User
	err := r.session.write(func(data *tables) error {
		stored, exists := data.users[id]
		if !exists {
			return notFound("user")
		}
		user = copyUser(stored)
		if err := change(&user); err != nil {
			return err
		}
		data.users[id] = copyUser(user)
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
			return copyUser(user), nil
		}
	}
	return models.User{}, notFound("user")
}

// copyUser returns a deep copy of a user.
func copyUser(user models.User) models.User {
	if user.LastLoginAt != nil {
		user.LastLoginAt = new(*user.LastLoginAt)
	}
	return user
}

// Sessions stores sessions in memory.
type Sessions struct {
	session session
}

// NewSessions returns an empty repository with a store of its own.
func NewSessions() *Sessions {
	return &Sessions{session{store: NewStore()}}
}

// Create stores a new session.
func (r *Sessions) Create(_ context.Context, session models.Session) error {
	return r.session.write(func(data *tables) error {
		if _, exists := data.sessions[session.ID]; exists {
			return taken("session", "id")
		}
		data.sessions[session.ID] = copySession(session)
		return nil
	})
}

// Get returns the session with the given ID.
func (r *Sessions) Get(_ context.Context, id uuid.UUID) (models.Session, error) {
	var session models.Session
	err := r.session.read(func(data *tables) error {
		stored, exists := data.sessions[id]
		if !exists {
			return notFound("session")
		}
		session = copySession(stored)
		return nil
	})
	return session, err
}

// Update changes one session atomically.
func (r *Sessions) Update(_ context.Context, id uuid.UUID, change func(*models.Session) error) (models.Session, error) {
	var session models.Session
	err := r.session.write(func(data *tables) error {
		stored, exists := data.sessions[id]
		if !exists {
			return notFound("session")
		}
		session = copySession(stored)
		if err := change(&session); err != nil {
			return err
		}
		data.sessions[id] = copySession(session)
		return nil
	})
	if err != nil {
		return models.Session{}, err
	}
	return session, nil
}

// OfUser returns up to limit sessions of a user, the newest first.
func (r *Sessions) OfUser(_ context.Context, userID uuid.UUID, limit int) ([]models.Session, error) {
	var sessions []models.Session
	err := r.session.read(func(data *tables) error {
		sessions = data.sessions.list(models.PageRequest{Limit: limit}, positionOfSession, func(session models.Session) bool {
			return session.UserID == userID
		})
		return nil
	})
	for i := range sessions {
		sessions[i] = copySession(sessions[i])
	}
	return sessions, err
}

// Delete deletes one session, if it exists.
func (r *Sessions) Delete(_ context.Context, id uuid.UUID) error {
	return r.session.write(func(data *tables) error {
		delete(data.sessions, id)
		return nil
	})
}

// DeleteOfUser deletes all sessions of a user except for one.
func (r *Sessions) DeleteOfUser(_ context.Context, userID, except uuid.UUID) error {
	return r.session.write(func(data *tables) error {
		maps.DeleteFunc(data.sessions, func(id uuid.UUID, session models.Session) bool {
			return session.UserID == userID && id != except
		})
		return nil
	})
}

// DeleteExpired deletes up to limit expired sessions.
func (r *Sessions) DeleteExpired(_ context.Context, now time.Time, limit int) (int64, error) {
	deleted := 0
	err := r.session.write(func(data *tables) error {
		for id, session := range data.sessions {
			if deleted < limit && !session.ExpiresAt.After(now) {
				delete(data.sessions, id)
				deleted++
			}
		}
		return nil
	})
	return int64(deleted), err
}

func positionOfSession(session models.Session, _ models.PageSort) models.PagePosition {
	return models.PagePosition{ID: session.ID}
}

// copySession returns a deep copy of a session.
func copySession(session models.Session) models.Session {
	session.TokenHash = bytes.Clone(session.TokenHash)
	session.PreviousHash = bytes.Clone(session.PreviousHash)
	if session.ReplacedAt != nil {
		session.ReplacedAt = new(*session.ReplacedAt)
	}
	return session
}
